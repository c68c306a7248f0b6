// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/tokens/token_strip.h"

#include <QAccessible>
#include <QApplication>
#include <QClipboard>
#include <QHash>
#include <QHelpEvent>
#include <QLocale>
#include <QMouseEvent>
#include <QPainter>
#include <QScrollBar>
#include <QToolTip>

#include <algorithm>
#include <cmath>

#include "widgets/style/color_map.h"
#include "widgets/style/escape_key.h"
#include "widgets/style/metrics.h"
#include "widgets/tokens/token_accessible.h"

namespace roundhouse::widgets {
namespace {

constexpr int kPadding = 3;     // left and right within a token
constexpr int kGap = 1;         // between tokens
constexpr int kHeat = 4;        // room of the underline, whose thickness grows with the heat too
constexpr int kLineGap = 6;
constexpr int kLongestShown = 200;

bool endsLine(const QString& text) { return text.endsWith(QLatin1Char('\n')); }

bool isMark(QChar c) {
  return c == QChar(0x00B7) || c == QChar(0x21B5) || c == QChar(0x2192) || c == QChar(0x240D) || c == QChar(0x2423);
}

}  // namespace

TokenStrip::TokenStrip(QWidget* parent) : QAbstractScrollArea(parent), tokens_(std::make_shared<const TokenSequence>()) {
  installTokenAccessibility();
  setFrameShape(QFrame::NoFrame);
  setFocusPolicy(Qt::StrongFocus);
  setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  viewport()->setMouseTracking(true);
  viewport()->setAttribute(Qt::WA_OpaquePaintEvent);
  setAccessibleName(tr("Tokens"));
}

TokenStrip::~TokenStrip() = default;

void TokenStrip::setTokens(TokenSequencePtr tokens) {
  if (!tokens) tokens = std::make_shared<const TokenSequence>();
  const bool at_end = verticalScrollBar()->value() == verticalScrollBar()->maximum();
  int same = 0;
  const int common = std::min(tokens->size(), tokens_->size());
  while (same < common && tokens->tokens[size_t(same)].text == tokens_->tokens[size_t(same)].text) ++same;
  const bool longer = same == tokens_->size() && tokens->size() > same && same > 0;
  tokens_ = std::move(tokens);
  measure(same);
  breakLines(same);
  updateScrollBar();
  if (longer && at_end) verticalScrollBar()->setValue(verticalScrollBar()->maximum());
  if (last_ >= tokens_->size()) {
    anchor_ = current_ = -1;
    first_ = last_ = -1;
    announce();
  }
  if (current_ >= tokens_->size()) current_ = -1;
  if (hover_ >= tokens_->size()) hover_ = -1;
  viewport()->update();
}

void TokenStrip::setEmptyText(const QString& text) {
  empty_text_ = text;
  viewport()->update();
}

// Layout ---------------------------------------------------------------------------------------------------------

void TokenStrip::measure(int from) {
  const QFontMetrics metrics(tabularFont());
  QHash<QString, int> known;
  shown_.resize(tokens_->tokens.size());
  widths_.resize(tokens_->tokens.size());
  for (size_t i = size_t(from); i < tokens_->tokens.size(); ++i) {
    QString shown = visibleToken(tokens_->tokens[i].text.left(kLongestShown));
    if (shown.isEmpty()) shown = QString(QChar(0x2205));
    int& width = known[shown];
    if (width == 0) width = metrics.horizontalAdvance(shown) + 2 * kPadding;
    widths_[i] = width;
    shown_[i] = std::move(shown);
  }
}

void TokenStrip::breakLines(int from) {
  const int room = std::max(40, viewport()->width() - 2);
  // The line that holds `from` may change; those before stay.
  while (!lines_.empty() && lines_.back().first + lines_.back().count > from) lines_.pop_back();
  if (!lines_.empty()) lines_.pop_back();
  int token = lines_.empty() ? 0 : lines_.back().first + lines_.back().count;
  lefts_.resize(tokens_->tokens.size());
  while (token < tokens_->size()) {
    Line line{token, 0};
    int x = 0;
    while (token < tokens_->size()) {
      const int width = std::min(widths_[size_t(token)], room);
      if (line.count > 0 && x + width > room) break;
      lefts_[size_t(token)] = x;
      x += width + kGap;
      ++line.count;
      const bool end = endsLine(tokens_->tokens[size_t(token)].text);
      ++token;
      if (end) break;
    }
    lines_.push_back(line);
  }
}

int TokenStrip::lineHeight() const { return QFontMetrics(tabularFont()).height() + 2 + kHeat + kLineGap; }

void TokenStrip::updateScrollBar() {
  const int content = int(lines_.size()) * lineHeight();
  verticalScrollBar()->setRange(0, std::max(0, content - viewport()->height()));
  verticalScrollBar()->setPageStep(viewport()->height());
  verticalScrollBar()->setSingleStep(lineHeight());
}

int TokenStrip::lineOf(int token) const {
  const auto after = std::upper_bound(lines_.begin(), lines_.end(), token,
                                      [](int value, const Line& line) { return value < line.first; });
  return int(after - lines_.begin()) - 1;
}

QRect TokenStrip::tokenRect(int token) const {
  if (token < 0 || token >= tokens_->size()) return {};
  const int height = lineHeight();
  const int width = std::min(widths_[size_t(token)], std::max(40, viewport()->width() - 2));
  return {1 + lefts_[size_t(token)], lineOf(token) * height - verticalScrollBar()->value(), width, height - kLineGap};
}

int TokenStrip::tokenAt(const QPoint& viewportPoint) const {
  const int y = viewportPoint.y() + verticalScrollBar()->value();
  if (y < 0) return -1;
  const int line = y / lineHeight();
  if (line >= int(lines_.size())) return -1;
  const int token = nearestInLine(line, viewportPoint.x());
  const QRect rect = tokenRect(token);
  return viewportPoint.x() >= rect.left() - kGap && viewportPoint.x() <= rect.right() ? token : -1;
}

int TokenStrip::nearestInLine(int line, int x) const {
  const Line& range = lines_[size_t(line)];
  const auto begin = lefts_.begin() + range.first, end = begin + range.count;
  const auto after = std::upper_bound(begin, end, x - 1);
  return range.first + std::max(0, int(after - begin) - 1);
}

// Selection ------------------------------------------------------------------------------------------------------

void TokenStrip::announce() {
  viewport()->update();
  Q_EMIT selectionChanged(first_, last_);
  if (QAccessible::isActive()) announceTokenSelection(this);
}

void TokenStrip::select(int first, int last) {
  if (first > last) std::swap(first, last);
  if (first < 0 || first >= tokens_->size()) first = last = -1;
  last = std::min(last, tokens_->size() - 1);
  if (first == first_ && last == last_) return;
  first_ = first;
  last_ = last;
  if (current_ < first || current_ > last) {
    current_ = last;
    anchor_ = first;
  }
  if (current_ >= 0) ensureVisible(current_);
  announce();
}

void TokenStrip::moveTo(int token, bool extend) {
  if (tokens_->size() == 0) return;
  token = std::clamp(token, 0, tokens_->size() - 1);
  current_ = token;
  if (!extend || anchor_ < 0) anchor_ = token;
  ensureVisible(token);
  select(std::min(anchor_, token), std::max(anchor_, token));
  viewport()->update();
}

void TokenStrip::ensureVisible(int token) {
  const QRect rect = tokenRect(token);
  if (rect.isEmpty()) return;
  QScrollBar* bar = verticalScrollBar();
  if (rect.top() < 0)
    bar->setValue(bar->value() + rect.top());
  else if (rect.bottom() > viewport()->height())
    bar->setValue(bar->value() + rect.bottom() - viewport()->height() + kLineGap);
}

QString TokenStrip::selectedText() const {
  QString text;
  for (int i = first_; i >= 0 && i <= last_; ++i) text += tokens_->tokens[size_t(i)].text;
  return text;
}

// Events ---------------------------------------------------------------------------------------------------------

void TokenStrip::setHover(int token) {
  if (token == hover_) return;
  hover_ = token;
  viewport()->update();
}

bool TokenStrip::event(QEvent* event) {
  // Escape takes the choice back.
  return (first_ >= 0 && claimsEscape(event)) || QAbstractScrollArea::event(event);
}

bool TokenStrip::viewportEvent(QEvent* event) {
  if (event->type() == QEvent::Leave) setHover(-1);
  if (event->type() == QEvent::ToolTip) {
    const auto* help = static_cast<QHelpEvent*>(event);
    const int token = tokenAt(help->pos());
    if (token < 0) {
      QToolTip::hideText();
      return true;
    }
    const TokenPiece& piece = tokens_->tokens[size_t(token)];
    QString text = tr("Token %1: “%2”").arg(QLocale().toString(token + 1), shown_[size_t(token)].left(60));
    if (piece.marked && !tokens_->markName.isEmpty()) text += QLatin1Char('\n') + tokens_->markName;
    if (!std::isnan(piece.heat)) {
      const double value = tokens_->heatLow + double(piece.heat) * (tokens_->heatHigh - tokens_->heatLow);
      text += QStringLiteral("\n%1: %2 %3").arg(tokens_->heatName, QLocale().toString(value, 'g', 3), tokens_->heatUnit).trimmed();
    }
    QToolTip::showText(help->globalPos(), text.toHtmlEscaped().replace(QLatin1Char('\n'), QStringLiteral("<br>")),
                       viewport(), tokenRect(token));
    return true;
  }
  return QAbstractScrollArea::viewportEvent(event);
}

void TokenStrip::mousePressEvent(QMouseEvent* event) {
  if (event->button() != Qt::LeftButton) return;
  const int token = tokenAt(event->position().toPoint());
  if (token < 0) return clearSelection();
  moveTo(token, event->modifiers() & Qt::ShiftModifier);
}

void TokenStrip::mouseMoveEvent(QMouseEvent* event) {
  const QPoint point = event->position().toPoint();
  if (!(event->buttons() & Qt::LeftButton)) return setHover(tokenAt(point));
  if (lines_.empty() || anchor_ < 0) return;
  const int line = std::clamp((point.y() + verticalScrollBar()->value()) / lineHeight(), 0, int(lines_.size()) - 1);
  moveTo(nearestInLine(line, point.x()), true);
}

void TokenStrip::keyPressEvent(QKeyEvent* event) {
  if (tokens_->size() == 0) return QAbstractScrollArea::keyPressEvent(event);
  if (event->matches(QKeySequence::Copy) && first_ >= 0) {
    QApplication::clipboard()->setText(selectedText());
    return;
  }
  const bool extend = event->modifiers() & Qt::ShiftModifier;
  const bool control = event->modifiers() & Qt::ControlModifier;
  const bool started = current_ >= 0;
  const int at = started ? current_ : 0;
  const int line = lineOf(at);
  const auto toLine = [&](int target) {
    target = std::clamp(target, 0, int(lines_.size()) - 1);
    const QRect rect = tokenRect(at);
    moveTo(target == line ? at : nearestInLine(target, rect.center().x()), extend);
  };
  const int page = std::max(1, viewport()->height() / lineHeight() - 1);
  switch (event->key()) {
    case Qt::Key_Left: return moveTo(started ? at - 1 : 0, extend);
    case Qt::Key_Right: return moveTo(started ? at + 1 : 0, extend);
    case Qt::Key_Up: return toLine(line - 1);
    case Qt::Key_Down: return toLine(line + 1);
    case Qt::Key_PageUp: return toLine(line - page);
    case Qt::Key_PageDown: return toLine(line + page);
    case Qt::Key_Home: return moveTo(control ? 0 : lines_[size_t(line)].first, extend);
    case Qt::Key_End:
      return moveTo(control ? tokens_->size() - 1 : lines_[size_t(line)].first + lines_[size_t(line)].count - 1, extend);
    case Qt::Key_A:
      if (!control) break;
      anchor_ = 0;
      current_ = tokens_->size() - 1;
      return select(0, tokens_->size() - 1);
    case Qt::Key_Escape:
      if (first_ < 0) break;
      return clearSelection();
    default: break;
  }
  QAbstractScrollArea::keyPressEvent(event);
}

void TokenStrip::contextMenuEvent(QContextMenuEvent* event) {
  const bool keyboard = event->reason() == QContextMenuEvent::Keyboard;
  const int token = keyboard ? current_ : tokenAt(viewport()->mapFromGlobal(event->globalPos()));
  if (token >= 0 && (token < first_ || token > last_)) moveTo(token, false);
  event->accept();
  Q_EMIT contextMenuRequested(
      token, keyboard && token >= 0 ? viewport()->mapToGlobal(tokenRect(token).center()) : event->globalPos());
}

void TokenStrip::resizeEvent(QResizeEvent* event) {
  if (event->size().width() != event->oldSize().width()) {
    lines_.clear();
    breakLines(0);
  }
  updateScrollBar();
}

void TokenStrip::scrollContentsBy(int, int) { viewport()->update(); }

void TokenStrip::changeEvent(QEvent* event) {
  QAbstractScrollArea::changeEvent(event);
  switch (event->type()) {
    case QEvent::FontChange:
    case QEvent::ApplicationFontChange:
    case QEvent::StyleChange:
      measure(0);
      lines_.clear();
      breakLines(0);
      updateScrollBar();
      [[fallthrough]];
    case QEvent::PaletteChange: viewport()->update(); break;
    default: break;
  }
}

void TokenStrip::focusInEvent(QFocusEvent* event) {
  QAbstractScrollArea::focusInEvent(event);
  viewport()->update();
}

void TokenStrip::focusOutEvent(QFocusEvent* event) {
  QAbstractScrollArea::focusOutEvent(event);
  viewport()->update();
}

// Painting -------------------------------------------------------------------------------------------------------

void TokenStrip::paintEvent(QPaintEvent* event) {
  const Tokens& colors = Tokens::current();
  QPainter painter(viewport());
  painter.fillRect(event->rect(), colors[ColorToken::Surface]);
  if (tokens_->size() == 0) {
    painter.setPen(colors[ColorToken::TextMuted]);
    painter.drawText(viewport()->rect().adjusted(grid::kLarge, 0, -grid::kLarge, 0), Qt::AlignCenter | Qt::TextWordWrap,
                     empty_text_);
    return;
  }
  const QFont font = tabularFont();
  const QFontMetrics metrics(font);
  painter.setFont(font);
  const ColorMap map;
  const int height = lineHeight();
  const int top = verticalScrollBar()->value();
  const int first_line = std::max(0, (event->rect().top() + top) / height);
  const int last_line = std::min(int(lines_.size()) - 1, (event->rect().bottom() + top) / height);
  for (int line = first_line; line <= last_line; ++line)
    for (int i = 0; i < lines_[size_t(line)].count; ++i) {
      const int token = lines_[size_t(line)].first + i;
      const TokenPiece& piece = tokens_->tokens[size_t(token)];
      const QRect rect = tokenRect(token);
      const QRect box = rect.adjusted(0, 0, 0, -kHeat);
      const bool selected = token >= first_ && token <= last_ && first_ >= 0;
      ColorToken ground = ColorToken::Background;
      ColorToken ink = ColorToken::Text;
      if (piece.role == TokenRole::Prompt) ink = ColorToken::TextMuted;
      if (piece.role == TokenRole::Special) {
        ground = ColorToken::Sunken;
        ink = ColorToken::TextMuted;
      }
      if (piece.marked) {
        ground = ColorToken::MarkGround;
        ink = ColorToken::MarkText;
      }
      if (token == hover_ && !piece.marked) ground = ColorToken::Hover;
      if (selected) {
        ground = ColorToken::AccentSubtle;
        ink = ColorToken::TextOnSubtle;
      }
      painter.fillRect(box, colors[ground]);
      // Whitespace marks are quieter than text.
      const QColor text_color = colors[ink];
      QColor quiet = colors[selected ? ColorToken::TextOnSubtle : ColorToken::TextMuted];
      quiet.setAlphaF(0.7f);
      const QString& shown = shown_[size_t(token)];
      int x = rect.left() + kPadding;
      const int baseline = box.top() + 1 + metrics.ascent();
      const bool overlong = widths_[size_t(token)] > rect.width();
      if (overlong) {
        painter.setPen(text_color);
        painter.drawText(x, baseline, metrics.elidedText(shown, Qt::ElideRight, rect.width() - 2 * kPadding));
      } else {
        for (qsizetype at = 0; at < shown.size();) {
          const bool mark = isMark(shown[at]);
          qsizetype end = at + 1;
          while (end < shown.size() && isMark(shown[end]) == mark) ++end;
          const QString part = shown.mid(at, end - at);
          painter.setPen(mark ? quiet : text_color);
          painter.drawText(x, baseline, part);
          x += metrics.horizontalAdvance(part);
          at = end;
        }
      }
      if (!std::isnan(piece.heat))
        painter.fillRect(QRect(rect.left(), box.bottom() + 1, rect.width(),
                               1 + int(std::lround(std::clamp(piece.heat, 0.0f, 1.0f) * (kHeat - 1)))),
                         map.color(piece.heat));
      // Seen without colour, too.
      if (piece.marked) painter.fillRect(QRect(rect.left(), box.bottom() + 1, rect.width(), kHeat / 2), colors[ColorToken::Accent]);
      if (selected) {
        // A line above and below, and at the ends: seen without colour.
        painter.setPen(colors[ColorToken::Accent]);
        painter.drawLine(box.topLeft(), box.topRight());
        painter.drawLine(box.bottomLeft(), box.bottomRight());
        if (token == first_) painter.drawLine(box.topLeft(), box.bottomLeft());
        if (token == last_) painter.drawLine(box.topRight(), box.bottomRight());
      }
      if (token == current_ && hasFocus()) {
        painter.setPen(QPen(colors[ColorToken::Accent], 2));
        painter.setBrush(Qt::NoBrush);
        painter.drawRect(box.adjusted(1, 1, 0, 0));
      }
    }
}

QSize TokenStrip::sizeHint() const { return {480, 4 * lineHeight()}; }
QSize TokenStrip::minimumSizeHint() const { return {120, lineHeight() + kLineGap}; }

}  // namespace roundhouse::widgets
