// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QPushButton>

namespace roundhouse::widgets {

// A push button that gives way: it takes the width of its text where there is room, else the text ends in "…" and the
// whole is told by the tool tip. The accessible name is always the whole.
class ElidedButton : public QPushButton {
  Q_OBJECT
 public:
  explicit ElidedButton(QWidget* parent = nullptr);

  // The hint stands in the tool tip, below the text where that is cut.
  void setWholeText(const QString& text, const QString& hint = {});
  const QString& wholeText() const { return whole_; }

  QSize sizeHint() const override;
  QSize minimumSizeHint() const override;

 protected:
  void resizeEvent(QResizeEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  void fit();
  int textWidth(const QString& text) const;
  QString whole_, hint_;
};

}  // namespace roundhouse::widgets
