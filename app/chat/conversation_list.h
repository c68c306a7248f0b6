// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QTimer>
#include <QWidget>

#include "app/chat/conversation_list_model.h"

class QLabel;
class QListView;
class QPushButton;
class QStackedWidget;

namespace roundhouse::widgets {
class SearchField;
}

namespace roundhouse::app {

// The sidebar of the chat: search, the conversations, and the way back from a deletion.
class ConversationList : public QWidget {
  Q_OBJECT
 public:
  explicit ConversationList(ConversationLibrary& library, QWidget* parent = nullptr);

  ConversationListModel& model() { return *model_; }
  // All conversations, whatever is searched for.
  const QList<ConversationSummary>& everything() const { return everything_; }
  void setCurrent(const QString& id);
  void focusSearch();
  // Offers to bring a deleted conversation back and, with `redactable`, to take its texts out of the audit log; an empty
  // id: neither.
  void offerUndo(const QString& id, const QString& title = {}, bool redactable = false);
  // Says something for a few seconds, below the list; then the offer stands there again.
  void showNotice(const QString& text, int forMs = 8000);
  void refresh();

 Q_SIGNALS:
  void opened(const QString& id);
  void newRequested();
  void renameRequested(const QString& id, const QString& title);
  void removeRequested(const QString& id);
  void restoreRequested(const QString& id);
  void redactRequested(const QString& id);
  void exportRequested(const QString& id);

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  void showMenu(const QPoint& at);
  void showOffer();
  void showFoot(const QString& text);

  ConversationLibrary& library_;
  ConversationListModel* model_;
  widgets::SearchField* search_;
  QPushButton* new_;
  QListView* view_;
  QLabel* empty_;
  QStackedWidget* stack_;
  QWidget* undo_bar_;
  QLabel* undo_label_;
  QPushButton *undo_, *redact_;
  QTimer refresh_timer_, notice_timer_;
  QList<ConversationSummary> everything_;
  QString current_, undo_id_, undo_title_;
  bool everything_stale_ = true;
  bool redactable_ = false;
  bool selecting_ = false;
};

}  // namespace roundhouse::app
