// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QLabel>

namespace roundhouse::widgets {

// Plain text of any kind over several lines, to select and copy. Long words (paths, names, digests) break where they
// must: an ordinary label is never narrower than its longest word, and what is cut off cannot be read.
class WrappedLabel : public QLabel {
  Q_OBJECT
 public:
  explicit WrappedLabel(QWidget* parent = nullptr);

  // text() holds marks of no width besides; what is copied does not.
  void setWholeText(const QString& text);
  const QString& wholeText() const { return whole_; }

 protected:
  void keyPressEvent(QKeyEvent* event) override;
  void contextMenuEvent(QContextMenuEvent* event) override;

 private:
  void copy() const;
  QString whole_;
};

}  // namespace roundhouse::widgets
