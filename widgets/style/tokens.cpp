// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/style/tokens.h"

#include <QGuiApplication>

#include <algorithm>
#include <array>
#include <cmath>

namespace roundhouse::widgets {
namespace {

constexpr int kCount = int(ColorToken::Count);
using Table = std::array<QRgb, kCount>;

struct Entry {
  ColorToken token;
  QRgb light;
  QRgb dark;
};

constexpr QRgb opaque(unsigned rgb) { return 0xFF000000u | rgb; }

constexpr std::array<Entry, kCount> kEntries{{
    {ColorToken::Background, 0xF3F5F7, 0x14181C},
    {ColorToken::Surface, 0xFFFFFF, 0x1B2025},
    {ColorToken::Raised, 0xFFFFFF, 0x252B31},
    {ColorToken::Sunken, 0xEBEEF1, 0x0F1316},
    {ColorToken::Hover, 0xE6EAEE, 0x2A3138},
    {ColorToken::Pressed, 0xDBE1E6, 0x343C44},
    {ColorToken::Border, 0xD5DBE1, 0x323A42},
    {ColorToken::BorderStrong, 0x7C8894, 0x7A8793},
    {ColorToken::Text, 0x1A2027, 0xE7EBEF},
    {ColorToken::TextMuted, 0x535E6A, 0xA7B1BB},
    {ColorToken::TextDisabled, 0x5F6A75, 0x98A3AD},
    {ColorToken::Accent, 0x0B6B88, 0x57B8D6},
    {ColorToken::AccentHover, 0x095B74, 0x74C8E2},
    {ColorToken::AccentPressed, 0x074A5F, 0x92D6EA},
    {ColorToken::TextOnAccent, 0xFFFFFF, 0x06202A},
    {ColorToken::AccentSubtle, 0xDCEDF3, 0x1C3A46},
    {ColorToken::TextOnSubtle, 0x0A4A5E, 0xA9E0F1},
    {ColorToken::Link, 0x0A6280, 0x6FC6E2},
    {ColorToken::Danger, 0xB3261E, 0xFF8A80},
    {ColorToken::DangerSubtle, 0xFBE9E7, 0x3B1F1E},
    {ColorToken::Warning, 0x855300, 0xF2BC57},
    {ColorToken::WarningSubtle, 0xFFF1D6, 0x372A12},
    {ColorToken::Success, 0x1C6B3A, 0x72CF93},
    {ColorToken::SuccessSubtle, 0xE2F3E7, 0x183325},
    {ColorToken::SelectionGround, 0xBBDDEA, 0x2B5567},
    {ColorToken::SelectionText, 0x10181F, 0xFFFFFF},
    {ColorToken::MarkGround, 0xFFE08A, 0x6B5200},
    {ColorToken::MarkText, 0x2A2000, 0xFFF3D0},
    {ColorToken::CodeGround, 0xEBEEF1, 0x0F1316},
    {ColorToken::CodeKeyword, 0x8A2BA0, 0xD6A2EA},
    {ColorToken::CodeType, 0x0A6280, 0x6FC6E2},
    {ColorToken::CodeString, 0x1C6B3A, 0x8BD5A4},
    {ColorToken::CodeNumber, 0x9A4A00, 0xF2B27A},
    {ColorToken::CodeComment, 0x5A6570, 0x98A3AD},
    {ColorToken::CodeFunction, 0x1F4FA8, 0x9CBBF7},
    {ColorToken::CodePreprocessor, 0xA3154B, 0xF598B8},
}};

constexpr bool inOrder() {
  for (int i = 0; i < kCount; ++i)
    if (int(kEntries[i].token) != i) return false;
  return true;
}
static_assert(inOrder(), "the colour table follows the order of ColorToken");

constexpr Table column(bool dark) {
  Table table{};
  for (int i = 0; i < kCount; ++i) table[i] = opaque(dark ? kEntries[i].dark : kEntries[i].light);
  return table;
}
constexpr Table kLight = column(false);
constexpr Table kDark = column(true);

// Okabe and Ito, "Color Universal Design" (2008): hues that stay apart under colour-vision deficiency. On the
// light surface three hues fall below 3:1; they are darkened at constant hue.
constexpr std::array<QRgb, Tokens::kCategories> kCategoriesDark{0xFF56B4E9, 0xFFE69F00, 0xFF009E73, 0xFFF0E442,
                                                                0xFF3D95CF, 0xFFD55E00, 0xFFCC79A7};
constexpr std::array<QRgb, Tokens::kCategories> kCategoriesLight{0xFF0072B2, 0xFFD55E00, 0xFF009E73, 0xFFB97F00,
                                                                 0xFF3A93C5, 0xFFB85688, 0xFF8A8200};

double linear(double channel) {
  return channel <= 0.04045 ? channel / 12.92 : std::pow((channel + 0.055) / 1.055, 2.4);
}

}  // namespace

const Tokens& Tokens::of(Scheme scheme) {
  static const Tokens light(Scheme::Light, kLight.data());
  static const Tokens dark(Scheme::Dark, kDark.data());
  return scheme == Scheme::Dark ? dark : light;
}

const Tokens& Tokens::of(const QPalette& palette) { return of(schemeOf(palette)); }
const Tokens& Tokens::current() { return of(QGuiApplication::palette()); }

QColor Tokens::category(int index) const {
  const auto& table = scheme_ == Scheme::Dark ? kCategoriesDark : kCategoriesLight;
  return QColor::fromRgba(table[size_t(((index % kCategories) + kCategories) % kCategories)]);
}

Scheme schemeOf(const QPalette& palette) {
  return relativeLuminance(palette.color(QPalette::Active, QPalette::Window)) < 0.18 ? Scheme::Dark : Scheme::Light;
}

double relativeLuminance(const QColor& color) {
  return 0.2126 * linear(color.redF()) + 0.7152 * linear(color.greenF()) + 0.0722 * linear(color.blueF());
}

double contrastRatio(const QColor& a, const QColor& b) {
  const double one = relativeLuminance(a), two = relativeLuminance(b);
  return (std::max(one, two) + 0.05) / (std::min(one, two) + 0.05);
}

QColor inkOn(const QColor& ground) {
  return contrastRatio(Qt::white, ground) >= contrastRatio(Qt::black, ground) ? QColor(Qt::white) : QColor(Qt::black);
}

QList<TokenPair> textPairs() {
  using T = ColorToken;
  QList<TokenPair> pairs;
  for (T ground : {T::Background, T::Surface, T::Raised, T::Sunken, T::Hover, T::Pressed, T::AccentSubtle})
    for (T text : {T::Text, T::TextMuted, T::Link, T::Danger, T::Warning, T::Success, T::Accent})
      pairs.append({text, ground});
  for (T ground : {T::Background, T::Surface, T::Raised, T::Sunken, T::Hover}) pairs.append({T::TextDisabled, ground});
  for (T ground : {T::Accent, T::AccentHover, T::AccentPressed}) pairs.append({T::TextOnAccent, ground});
  pairs.append({T::TextOnSubtle, T::AccentSubtle});
  for (const auto& [text, ground] : {TokenPair{T::Danger, T::DangerSubtle}, TokenPair{T::Warning, T::WarningSubtle},
                                     TokenPair{T::Success, T::SuccessSubtle}}) {
    pairs.append({text, ground});
    pairs.append({T::Text, ground});
    pairs.append({T::TextMuted, ground});
  }
  pairs.append({T::SelectionText, T::SelectionGround});
  pairs.append({T::MarkText, T::MarkGround});
  for (T text : {T::Text, T::TextMuted, T::CodeKeyword, T::CodeType, T::CodeString, T::CodeNumber, T::CodeComment,
                 T::CodeFunction, T::CodePreprocessor})
    pairs.append({text, T::CodeGround});
  return pairs;
}

QList<TokenPair> outlinePairs() {
  using T = ColorToken;
  QList<TokenPair> pairs;
  for (T ground : {T::Background, T::Surface, T::Raised, T::Sunken})
    for (T outline : {T::BorderStrong, T::Accent}) pairs.append({outline, ground});
  return pairs;
}

}  // namespace roundhouse::widgets
