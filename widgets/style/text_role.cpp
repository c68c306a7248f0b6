// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/style/text_role.h"

#include <QFrame>
#include <QLabel>
#include <QStyle>

namespace roundhouse::widgets {
namespace {

QString nameOf(TextRole role) {
  switch (role) {
    case TextRole::Small: return QStringLiteral("small");
    case TextRole::Title: return QStringLiteral("title");
    case TextRole::Display: return QStringLiteral("display");
    case TextRole::Body: break;
  }
  return QStringLiteral("body");
}

QString nameOf(Tone tone) {
  switch (tone) {
    case Tone::Muted: return QStringLiteral("muted");
    case Tone::Primary: return QStringLiteral("primary");
    case Tone::Danger: return QStringLiteral("danger");
    case Tone::Warning: return QStringLiteral("warning");
    case Tone::Success: return QStringLiteral("success");
    case Tone::Quiet: return QStringLiteral("quiet");
    case Tone::Normal: break;
  }
  return QStringLiteral("normal");
}

// The style sheet reads properties only when a widget is polished.
void setMark(QWidget* widget, const char* name, const QVariant& value) {
  if (widget->property(name) == value) return;
  widget->setProperty(name, value);
  widget->style()->unpolish(widget);
  widget->style()->polish(widget);
}

}  // namespace

void setTextRole(QLabel* label, TextRole role, Tone tone) {
  setMark(label, "textRole", nameOf(role));
  setMark(label, "tone", nameOf(tone));
}

void setTone(QWidget* widget, Tone tone) { setMark(widget, "tone", nameOf(tone)); }

void makeCard(QFrame* frame) { setMark(frame, "card", true); }

}  // namespace roundhouse::widgets
