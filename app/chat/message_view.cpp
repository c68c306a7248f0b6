// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/chat/message_view.h"

#include <QHBoxLayout>
#include <QPushButton>
#include <QScrollBar>
#include <QToolButton>
#include <QVBoxLayout>

#include "app/chat/message_card.h"
#include "widgets/style/icon.h"
#include "widgets/style/metrics.h"

namespace roundhouse::app {

namespace grid = widgets::grid;

namespace {
constexpr int kSettleMs = 400;  // until cards that were put in above have their heights
}

MessageView::MessageView(ChatController& chat, SessionHub& sessions, TokenSelection& selection, QWidget* parent)
    : QScrollArea(parent), chat_(chat), sessions_(sessions), selection_(selection) {
  setObjectName(QStringLiteral("messages"));
  setAccessibleName(tr("Messages"));
  setWidgetResizable(true);
  setFrameShape(QFrame::NoFrame);
  setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  setFocusPolicy(Qt::StrongFocus);  // scrolls by keyboard
  auto* inner = new QWidget(this);
  auto* row = new QHBoxLayout(inner);
  row->setContentsMargins(grid::kLarge, grid::kLarge, grid::kLarge, grid::kSmall);
  column_ = new QWidget(inner);
  column_->setMaximumWidth(grid::kReadingWidth);
  layout_ = new QVBoxLayout(column_);
  layout_->setContentsMargins(0, 0, 0, 0);
  layout_->setSpacing(grid::kMedium);
  earlier_ = new QPushButton(tr("Show earlier messages"), column_);
  earlier_->setObjectName(QStringLiteral("showEarlier"));
  earlier_->hide();
  layout_->addWidget(earlier_, 0, Qt::AlignHCenter);
  layout_->addStretch(1);
  row->addStretch(1);
  row->addWidget(column_, 1000);
  row->addStretch(1);
  setWidget(inner);

  to_end_ = new QToolButton(this);
  to_end_->setObjectName(QStringLiteral("toEnd"));
  to_end_->setIcon(widgets::icon(QStringLiteral("chevron-down")));
  to_end_->setToolTip(tr("To the end"));
  to_end_->setAccessibleName(tr("To the end"));
  to_end_->setFocusPolicy(Qt::NoFocus);  // End does the same
  to_end_->setProperty("floating", true);
  to_end_->hide();
  connect(to_end_, &QToolButton::clicked, this, &MessageView::scrollToEnd);

  keep_.setSingleShot(true);
  keep_.setInterval(kSettleMs);
  connect(earlier_, &QPushButton::clicked, this, [this] {
    limit_ += kFirstCards;
    following_ = false;
    from_end_ = verticalScrollBar()->maximum() - verticalScrollBar()->value();
    keep_.start();
    showPath();
  });
  connect(verticalScrollBar(), &QScrollBar::rangeChanged, this, [this] {
    if (keep_.isActive()) verticalScrollBar()->setValue(verticalScrollBar()->maximum() - from_end_);
    else if (following_ && !cards_.isEmpty()) verticalScrollBar()->setValue(verticalScrollBar()->maximum());  // what greets is read from its top
    to_end_->setVisible(!atEnd() && !cards_.isEmpty());
  });
  connect(verticalScrollBar(), &QScrollBar::valueChanged, this, [this] {
    if (!keep_.isActive()) following_ = atEnd();
    to_end_->setVisible(!following_ && !cards_.isEmpty());
  });
  connect(&chat_, &ChatController::currentChanged, this, [this] {
    limit_ = kFirstCards;
    following_ = true;
    for (const QString& id : std::exchange(shown_, {})) removeCard(id);
    showPath();
  });
  connect(&chat_, &ChatController::pathChanged, this, [this] {
    following_ = true;
    showPath();
  });
  connect(&chat_, &ChatController::messageChanged, this, &MessageView::showMessage);
  connect(&chat_, &ChatController::busyChanged, this, &MessageView::showBusy);
  connect(&selection_, &TokenSelection::changed, this, &MessageView::showSelection);
  showPath();
}

void MessageView::setEmptyWidget(QWidget* empty) {
  delete empty_;
  empty_ = empty;
  if (empty_) layout_->insertWidget(0, empty_);
  showPath();
}

QList<MessageCard*> MessageView::cards() const {
  QList<MessageCard*> found;
  for (const QString& id : shown_) found.append(cards_.value(id));
  return found;
}

MessageCard* MessageView::lastAnswer() const {
  for (auto id = shown_.rbegin(); id != shown_.rend(); ++id) {
    MessageCard* found = cards_.value(*id);
    if (found->isAnswer()) return found;
  }
  return nullptr;
}

MessageCard* MessageView::makeCard(const QString& message) {
  auto* made = new MessageCard(*chat_.tree().find(message), column_);
  connect(made, &MessageCard::regenerateRequested, this, [this](const QString& id) { chat_.regenerate(id); });
  connect(made, &MessageCard::editRequested, this, [this, made](const QString& id, const QString& text) {
    // Closed before, so that the text is not kept with the card, which goes with its branch.
    made->closeEditor();
    if (chat_.editQuestion(id, text)) Q_EMIT askedAgain();
    else made->openEditor(text);
  });
  connect(made, &MessageCard::branchRequested, this, [this](const QString& id, int by) {
    const QStringList siblings = chat_.tree().siblings(id);
    const qsizetype to = siblings.indexOf(id) + by;
    if (to >= 0 && to < siblings.size()) chat_.selectBranch(siblings[to]);
  });
  connect(made, &MessageCard::tokenClicked, this, &MessageView::tokenClicked);
  connect(made, &MessageCard::tokenStepRequested, this, &MessageView::stepFrom);
  connect(made, &MessageCard::tokenCleared, this, [this] {
    selection_.clear(this);
    showSelection();
  });
  connect(made, &MessageCard::linkActivated, this, &MessageView::linkActivated);
  connect(made, &MessageCard::editedChipClicked, this, &MessageView::editedRoutingClicked);
  cards_.insert(message, made);
  if (const auto text = open_editors_.constFind(message); text != open_editors_.constEnd()) {
    made->openEditor(*text);
    open_editors_.erase(text);
  }
  return made;
}

void MessageView::removeCard(const QString& message) {
  MessageCard* card = cards_.take(message);
  if (const std::optional<QString> text = card->editedText()) open_editors_.insert(message, *text);
  delete card;
}

QHash<QString, QString> MessageView::openEditors() const {
  QHash<QString, QString> all = open_editors_;
  for (const MessageCard* each : cards_) {
    if (const std::optional<QString> text = each->editedText()) all.insert(each->id(), *text);
  }
  return all;
}

void MessageView::setOpenEditors(const QHash<QString, QString>& texts) {
  open_editors_ = texts;
  for (MessageCard* each : std::as_const(cards_)) {
    if (texts.contains(each->id())) each->openEditor(open_editors_.take(each->id()));
  }
}

void MessageView::fill(MessageCard* card) {
  const ConversationTree& tree = chat_.tree();
  const ChatMessage* message = tree.find(card->id());
  if (!message) return;
  const QStringList siblings = tree.siblings(card->id());
  card->setChangeable(!chat_.busy());
  card->showBranches(int(siblings.indexOf(card->id())), int(siblings.size()));
  card->showMessage(*message, sessions_.snapshot(card->id()), chat_.waitingForModel() && card->id() == tree.leaf());
}

void MessageView::showPath() {
  const QStringList path = chat_.tree().path();
  const qsizetype hidden = std::max<qsizetype>(0, path.size() - limit_);
  const QStringList wanted = path.mid(hidden);
  for (const QString& id : std::as_const(shown_)) {
    if (!wanted.contains(id)) removeCard(id);
  }
  int place = 0;
  auto put = [&](QWidget* widget, Qt::Alignment alignment = {}) {
    if (layout_->indexOf(widget) != place) {
      layout_->removeWidget(widget);
      layout_->insertWidget(place, widget, 0, alignment);
    }
    ++place;
  };
  if (empty_) {
    empty_->setVisible(path.isEmpty());
    put(empty_);
  }
  earlier_->setVisible(hidden > 0);
  put(earlier_, Qt::AlignHCenter);
  for (const QString& id : wanted) {
    MessageCard* there = cards_.value(id);
    if (!there) there = makeCard(id);
    fill(there);
    put(there);
    there->show();
  }
  shown_ = wanted;
  // In reading order by Tab, too.
  for (qsizetype i = 1; i < shown_.size(); ++i) QWidget::setTabOrder(cards_.value(shown_[i - 1]), cards_.value(shown_[i]));
  showSelection();
}

void MessageView::showMessage(const QString& message) {
  if (MessageCard* there = cards_.value(message)) {
    fill(there);
    if (message == marked_) showSelection();
  }
}

void MessageView::showBusy() {
  for (MessageCard* each : std::as_const(cards_)) fill(each);
}

void MessageView::showSelection() {
  const TokenRange& chosen = selection_.value();
  const bool here = chosen.conversation == chat_.current().id && chosen.hasTokens();
  const QString next = here ? chosen.answer : QString();
  if (MessageCard* before = cards_.value(marked_); before && marked_ != next) before->markTokens(-1, -1, {});
  marked_ = next;
  if (MessageCard* now = cards_.value(marked_)) now->markTokens(chosen.first, chosen.last, token_text_);
}

void MessageView::tokenClicked(const QString& message, int position, bool extend) {
  const TokenRange& chosen = selection_.value();
  if (position < 0) {
    selection_.clear(this);
    if (MessageCard* before = cards_.value(marked_)) before->markTokens(-1, -1, {});
    marked_ = message;
    if (MessageCard* now = cards_.value(message)) now->markTokens(0, 1, token_text_);  // says that there is no record
    chat_.recall(message);
    return;
  }
  int first = position, last = position + 1;
  if (extend && chosen.answer == message && chosen.hasTokens()) {
    first = std::min(first, chosen.first);
    last = std::max(last, chosen.last);
  } else if (chosen.answer == message && chosen.first == first && chosen.last == last) {
    selection_.clear(this);  // a second click takes the choice back
    showSelection();
    return;
  }
  selection_.selectTokens(chat_.current().id, message, first, last, this);
  showSelection();
}

void MessageView::stepFrom(const QString& message, int by) {
  const AnswerSnapshotPtr snapshot = sessions_.snapshot(message);
  if (!snapshot || snapshot->tokens.empty()) return;
  const TokenRange& chosen = selection_.value();
  const int begin = snapshot->tokens.front().position, end = snapshot->tokens.back().position + 1;
  int next = begin;
  if (chosen.answer == message && chosen.hasTokens()) next = by > 0 ? chosen.last - 1 + by : chosen.first + by;
  next = std::clamp(next, 0, end - 1);
  selection_.selectTokens(chat_.current().id, message, next, next + 1, this);
}

void MessageView::stepToken(int by) {
  const TokenRange& chosen = selection_.value();
  if (cards_.contains(chosen.answer)) stepFrom(chosen.answer, by);
  else if (MessageCard* last = lastAnswer()) stepFrom(last->id(), by);
}

bool MessageView::atEnd() const { return verticalScrollBar()->value() >= verticalScrollBar()->maximum() - 2 * fontMetrics().height(); }

void MessageView::scrollToEnd() {
  following_ = true;
  verticalScrollBar()->setValue(verticalScrollBar()->maximum());
}

void MessageView::resizeEvent(QResizeEvent* event) {
  QScrollArea::resizeEvent(event);
  to_end_->adjustSize();
  to_end_->move(viewport()->width() - to_end_->width() - grid::kMedium, viewport()->height() - to_end_->height() - grid::kMedium);
  to_end_->raise();
}

}  // namespace roundhouse::app
