// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include <optional>
#include <vector>

#include "app/bridge/answer_snapshot.h"
#include "app/chat/conversation_tree.h"
#include "app/chat/token_bar.h"

class QLabel;
class QPlainTextEdit;
class QProgressBar;
class QPushButton;
class QToolButton;
class QVBoxLayout;

namespace roundhouse::widgets {
class ElidedButton;
class ElidedLabel;
class ErrorBar;
class MarkdownView;
class WrappedLabel;
}

namespace roundhouse::app {

class ReasoningFold;

// One message of the path: who, what, its branches, and what can be done with it.
class MessageCard : public QWidget {
  Q_OBJECT
 public:
  explicit MessageCard(const ChatMessage& message, QWidget* parent = nullptr);

  const QString& id() const { return id_; }
  bool isAnswer() const { return answer_; }
  // `snapshot` may be null: an answer of an earlier run, or a question. `waiting`: no model is loaded yet.
  void showMessage(const ChatMessage& message, const AnswerSnapshotPtr& snapshot, bool waiting);
  void showBranches(int index, int count);
  // False while an answer is coming: no editing, no new branches.
  void setChangeable(bool changeable);
  void beginEditing();
  // The question's text being edited; nothing while it is not.
  std::optional<QString> editedText() const;
  void openEditor(const QString& text);
  void closeEditor();

  // Marks tokens [first, last) of the context, and tells about them; first < 0: none.
  void markTokens(int first, int last, const TokenBar::TokenText& tokenText);
  QString copyText() const;

 Q_SIGNALS:
  void regenerateRequested(const QString& id);
  // The editor stays open: whoever takes the text closes it.
  void editRequested(const QString& id, const QString& text);
  void branchRequested(const QString& id, int by);
  // Positions in the context of this answer; -1: it was not recorded. `extend`: from the present choice up to here.
  void tokenClicked(const QString& id, int position, bool extend);
  void tokenStepRequested(const QString& id, int by);
  void tokenCleared();
  void linkActivated(const QString& href);
  void editedChipClicked(const QString& id);

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  struct Segment {
    bool reasoning = false;
    std::uint32_t begin = 0;          // bytes of the raw answer; meaningful with a snapshot
    std::uint32_t end = 0;
    QWidget* widget = nullptr;        // ReasoningFold or MarkdownView
  };

  bool growing() const;
  void buildHeader(QVBoxLayout* column);
  void showSegments(const ChatMessage& message);
  void showFooter(const ChatMessage& message, bool waiting);
  void showFiles(const ChatMessage& message);
  widgets::MarkdownView* viewOf(const Segment& segment) const;
  void connectView(widgets::MarkdownView* view, std::size_t index);
  void askEdited();

  QString id_;
  bool answer_;
  bool changeable_ = true;
  AnswerSnapshotPtr snapshot_;
  QString plain_;                     // what copy copies, unless the answer is growing
  QString edited_line_;               // goes before it: how the routing was edited
  std::vector<Segment> segments_;
  widgets::ElidedLabel* role_;
  QToolButton *back_, *forward_, *copy_, *edit_, *again_;
  QLabel* branch_;
  QWidget* body_;
  QVBoxLayout* body_column_;
  QWidget* files_ = nullptr;
  widgets::WrappedLabel* question_ = nullptr;  // questions only
  QWidget* editor_ = nullptr;
  QPlainTextEdit* editor_text_ = nullptr;
  QPushButton* editor_ask_ = nullptr;
  QProgressBar* progress_;
  QLabel* state_;                     // what happens now, or how it ended
  widgets::ErrorBar* error_;
  QString error_told_;
  widgets::ElidedButton* edited_;     // the routing was edited for this answer
  QLabel* footer_;
  TokenBar* tokens_;
};

}  // namespace roundhouse::app
