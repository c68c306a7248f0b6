// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/controls/wrapped_label.h"

#include <QClipboard>
#include <QContextMenuEvent>
#include <QGuiApplication>
#include <QKeyEvent>
#include <QMenu>
#include <QRegularExpression>

namespace roundhouse::widgets {
namespace {

constexpr QChar kBreak(0x200B);
constexpr int kLongest = 16;  // characters without a place to break

QString broken(const QString& word) {
  QString result;
  int since = 0;
  for (qsizetype i = 0; i < word.size(); ++i) {
    const QChar c = word[i];
    result += c;
    ++since;
    const bool joint = c == u'.' || c == u'_' || c == u'-' || c == u'/' || c == u'\\';
    // Never within a character of two units, nor before a mark that belongs to the one before it.
    const bool may = i + 1 < word.size() && !c.isHighSurrogate() && !word[i + 1].isMark();
    if (may && (joint || since >= kLongest)) {
      result += kBreak;
      since = 0;
    }
  }
  return result;
}

QString breakable(const QString& text) {
  static const QRegularExpression longWord(QStringLiteral("\\S{24,}"));
  QString result;
  qsizetype end = 0;
  for (auto found = longWord.globalMatch(text); found.hasNext();) {
    const QRegularExpressionMatch word = found.next();
    result += text.mid(end, word.capturedStart() - end) + broken(word.captured());
    end = word.capturedEnd();
  }
  return result + text.mid(end);
}

}  // namespace

WrappedLabel::WrappedLabel(QWidget* parent) : QLabel(parent) {
  setTextFormat(Qt::PlainText);
  setWordWrap(true);
  setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
}

void WrappedLabel::setWholeText(const QString& text) {
  whole_ = text;
  setText(breakable(text));
}

void WrappedLabel::copy() const { QGuiApplication::clipboard()->setText(selectedText().remove(kBreak)); }

void WrappedLabel::keyPressEvent(QKeyEvent* event) {
  if (!event->matches(QKeySequence::Copy) || !hasSelectedText()) return QLabel::keyPressEvent(event);
  copy();
  event->accept();
}

void WrappedLabel::contextMenuEvent(QContextMenuEvent* event) {
  auto* menu = new QMenu(this);  // not exec(): the label may go while the menu is open
  menu->setAttribute(Qt::WA_DeleteOnClose);
  QAction* copy_selection = menu->addAction(tr("Copy"), this, &WrappedLabel::copy);
  copy_selection->setShortcut(QKeySequence::Copy);
  copy_selection->setEnabled(hasSelectedText());
  menu->addAction(tr("Select all"), this, [this] { setSelection(0, int(text().size())); })->setShortcut(QKeySequence::SelectAll);
  menu->popup(event->globalPos());
  event->accept();
}

}  // namespace roundhouse::widgets
