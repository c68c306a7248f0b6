// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

class QToolButton;
class QVariantAnimation;

namespace roundhouse::widgets {

class ElidedLabel;

// A heading that opens and closes what is below it. Keys: Space or Enter toggles, Right opens, Left closes.
class FoldSection : public QWidget {
  Q_OBJECT
 public:
  explicit FoldSection(const QString& title = {}, QWidget* parent = nullptr);

  void setTitle(const QString& title);
  // Short muted text beside the title, e.g. "2.4 s, 310 tokens".
  void setSummary(const QString& summary);
  // Takes ownership; replaces the content before.
  void setContent(QWidget* content);
  QWidget* content() const { return content_; }
  bool expanded() const { return expanded_; }
  // Moves in at most 150 ms when visible; at once with reduced motion.
  void setExpanded(bool expanded);

 Q_SIGNALS:
  void expandedChanged(bool expanded);

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  void refresh();

  QToolButton* head_;
  ElidedLabel* summary_;
  QWidget* frame_;
  QWidget* content_ = nullptr;
  QVariantAnimation* motion_;
  bool expanded_ = false;
};

}  // namespace roundhouse::widgets
