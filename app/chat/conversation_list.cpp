// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/chat/conversation_list.h"

#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QListView>
#include <QMenu>
#include <QPainter>
#include <QPushButton>
#include <QStackedWidget>
#include <QStyledItemDelegate>
#include <QVBoxLayout>

#include <utility>

#include "widgets/controls/search_field.h"
#include "widgets/style/icon.h"
#include "widgets/style/metrics.h"
#include "widgets/style/text_role.h"
#include "widgets/style/tokens.h"

namespace roundhouse::app {
namespace {

using widgets::ColorToken;
namespace grid = widgets::grid;

// Title, and below it the snippet of a search; the time at the right.
class ConversationDelegate : public QStyledItemDelegate {
 public:
  using QStyledItemDelegate::QStyledItemDelegate;

  QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override {
    const int lines = index.data(ConversationListModel::SnippetRole).toString().isEmpty() ? 1 : 2;
    int height = QFontMetrics(option.font).height();
    if (lines == 2) height += QFontMetrics(widgets::fontFor(widgets::TextRole::Small)).height();
    return {60, height + 2 * grid::kSmall};
  }

  void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override {
    const widgets::Tokens& tokens = widgets::Tokens::current();
    const bool chosen = option.state & QStyle::State_Selected;
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    const QRect ground = option.rect.adjusted(grid::kTight, 1, -grid::kTight, -1);
    if (chosen || option.state & QStyle::State_MouseOver) {
      painter->setPen(Qt::NoPen);
      painter->setBrush(tokens[chosen ? ColorToken::AccentSubtle : ColorToken::Hover]);
      painter->drawRoundedRect(ground, grid::kRadius, grid::kRadius);
    }
    if (option.state & QStyle::State_HasFocus && option.state & QStyle::State_KeyboardFocusChange) {
      painter->setPen(QPen(tokens[ColorToken::Accent], 2));
      painter->setBrush(Qt::NoBrush);
      painter->drawRoundedRect(QRectF(ground).adjusted(1, 1, -1, -1), grid::kRadius, grid::kRadius);
    }
    const QRect inner = ground.adjusted(grid::kSmall, grid::kTight, -grid::kSmall, -grid::kTight);
    const QFont small = widgets::tabularFont(widgets::TextRole::Small);
    const QFontMetrics title(option.font), little(small);
    const bool busy = index.data(ConversationListModel::BusyRole).toBool();
    const QString when = busy ? QStringLiteral("\u2026") : index.data(ConversationListModel::WhenRole).toString();
    const int whenWidth = little.horizontalAdvance(when);
    painter->setFont(small);
    painter->setPen(tokens[chosen ? ColorToken::TextOnSubtle : ColorToken::TextMuted]);
    painter->drawText(QRect(inner.right() - whenWidth, inner.top(), whenWidth + 1, title.height()), Qt::AlignVCenter | Qt::AlignRight, when);
    painter->setFont(option.font);
    painter->setPen(tokens[chosen ? ColorToken::TextOnSubtle : ColorToken::Text]);
    const int titleWidth = inner.width() - whenWidth - grid::kSmall;
    painter->drawText(QRect(inner.left(), inner.top(), titleWidth, title.height()), Qt::AlignVCenter | Qt::AlignLeft,
                      title.elidedText(index.data().toString(), Qt::ElideRight, titleWidth));
    const QString snippet = index.data(ConversationListModel::SnippetRole).toString();
    if (!snippet.isEmpty()) {
      painter->setFont(small);
      painter->setPen(tokens[chosen ? ColorToken::TextOnSubtle : ColorToken::TextMuted]);
      painter->drawText(QRect(inner.left(), inner.top() + title.height(), inner.width(), little.height()),
                        Qt::AlignVCenter | Qt::AlignLeft, little.elidedText(snippet, Qt::ElideRight, inner.width()));
    }
    painter->restore();
  }
};

}  // namespace

ConversationList::ConversationList(ConversationLibrary& library, QWidget* parent)
    : QWidget(parent), library_(library), model_(new ConversationListModel(this)) {
  setObjectName(QStringLiteral("conversationList"));
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(grid::kSmall, grid::kMedium, grid::kSmall, grid::kSmall);
  column->setSpacing(grid::kSmall);

  new_ = new QPushButton(widgets::icon(QStringLiteral("add")), tr("New conversation"), this);
  new_->setObjectName(QStringLiteral("newConversation"));
  column->addWidget(new_);
  connect(new_, &QPushButton::clicked, this, &ConversationList::newRequested);

  search_ = new widgets::SearchField(this);
  search_->setObjectName(QStringLiteral("conversationSearch"));
  search_->setPlaceholderText(tr("Search conversations"));
  search_->setAccessibleName(tr("Search conversations"));
  search_->installEventFilter(this);
  column->addWidget(search_);

  stack_ = new QStackedWidget(this);
  view_ = new QListView(stack_);
  view_->setObjectName(QStringLiteral("conversations"));
  view_->setAccessibleName(tr("Conversations"));
  view_->setModel(model_);
  view_->setItemDelegate(new ConversationDelegate(view_));
  view_->setFrameShape(QFrame::NoFrame);
  view_->setStyleSheet(QStringLiteral("QListView { border: none; background: transparent; }"));
  view_->setMouseTracking(true);
  view_->setEditTriggers(QAbstractItemView::EditKeyPressed);
  view_->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  view_->setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
  view_->setContextMenuPolicy(Qt::CustomContextMenu);
  view_->installEventFilter(this);
  empty_ = new QLabel(stack_);
  empty_->setObjectName(QStringLiteral("conversationsEmpty"));
  empty_->setWordWrap(true);
  empty_->setAlignment(Qt::AlignTop | Qt::AlignLeft);
  empty_->setContentsMargins(grid::kSmall, grid::kSmall, grid::kSmall, 0);
  widgets::setTextRole(empty_, widgets::TextRole::Small, widgets::Tone::Muted);
  stack_->addWidget(view_);
  stack_->addWidget(empty_);
  column->addWidget(stack_, 1);

  undo_bar_ = new QWidget(this);
  undo_bar_->setObjectName(QStringLiteral("undoBar"));
  auto* foot = new QVBoxLayout(undo_bar_);
  foot->setContentsMargins(grid::kSmall, 0, 0, 0);
  foot->setSpacing(grid::kTight);
  auto* undoRow = new QHBoxLayout;
  undo_label_ = new QLabel(undo_bar_);
  undo_label_->setObjectName(QStringLiteral("undoText"));
  undo_label_->setTextFormat(Qt::PlainText);
  widgets::setTextRole(undo_label_, widgets::TextRole::Small);
  undo_ = new QPushButton(tr("Undo"), undo_bar_);
  undo_->setObjectName(QStringLiteral("undoDelete"));
  undoRow->addWidget(undo_label_, 1);
  undoRow->addWidget(undo_);
  foot->addLayout(undoRow);
  redact_ = new QPushButton(tr("Redact in audit log…"), undo_bar_);
  redact_->setObjectName(QStringLiteral("redactDeleted"));
  redact_->setToolTip(tr("Takes the prompts and answers of the deleted conversation out of the audit log, for good."));
  foot->addWidget(redact_);
  undo_bar_->hide();
  column->addWidget(undo_bar_);
  connect(undo_, &QPushButton::clicked, this, [this] {
    if (!undo_id_.isEmpty()) Q_EMIT restoreRequested(undo_id_);
  });
  connect(redact_, &QPushButton::clicked, this, [this] {
    if (!undo_id_.isEmpty()) Q_EMIT redactRequested(undo_id_);
  });
  notice_timer_.setSingleShot(true);
  connect(&notice_timer_, &QTimer::timeout, this, &ConversationList::showOffer);

  refresh_timer_.setSingleShot(true);
  connect(&refresh_timer_, &QTimer::timeout, this, [this] {
    if (std::exchange(everything_stale_, false) && !search_->text().isEmpty()) library_.list({});
    library_.list(search_->text());
  });
  connect(search_, &widgets::SearchField::searchChanged, this, &ConversationList::refresh);
  connect(&library_, &ConversationLibrary::changed, this, [this] {
    everything_stale_ = true;
    if (!refresh_timer_.isActive()) refresh_timer_.start(120);
  });
  connect(&library_, &ConversationLibrary::listed, this, [this](const QString& search, const QList<ConversationSummary>& found) {
    if (search.isEmpty()) everything_ = found;
    if (search != search_->text()) return;  // overtaken by typing, or for everything()
    model_->setConversations(found);
    empty_->setText(search.trimmed().isEmpty() ? tr("Your conversations will be listed here.") : tr("Nothing found for “%1”.").arg(search.trimmed()));
    stack_->setCurrentWidget(found.isEmpty() ? static_cast<QWidget*>(empty_) : view_);
    setCurrent(current_);
  });
  connect(model_, &ConversationListModel::renameRequested, this, &ConversationList::renameRequested);
  connect(view_->selectionModel(), &QItemSelectionModel::currentChanged, this, [this](const QModelIndex& now) {
    if (!selecting_ && now.isValid()) Q_EMIT opened(now.data(ConversationListModel::IdRole).toString());
  });
  connect(view_, &QListView::customContextMenuRequested, this, &ConversationList::showMenu);
  refresh();
}

void ConversationList::refresh() { refresh_timer_.start(0); }

void ConversationList::setCurrent(const QString& id) {
  current_ = id;
  const int row = model_->rowOf(id);
  selecting_ = true;
  if (row >= 0) view_->setCurrentIndex(model_->index(row));
  else view_->selectionModel()->clear();
  selecting_ = false;
}

void ConversationList::focusSearch() {
  search_->setFocus(Qt::ShortcutFocusReason);
  search_->selectAll();
}

void ConversationList::showMenu(const QPoint& at) {
  const QModelIndex index = view_->indexAt(at);
  if (!index.isValid()) return;
  const QString id = index.data(ConversationListModel::IdRole).toString();
  auto* menu = new QMenu(this);
  menu->setAttribute(Qt::WA_DeleteOnClose);
  menu->addAction(widgets::icon(QStringLiteral("edit")), tr("Rename"), this, [this, index = QPersistentModelIndex(index)] {
    if (index.isValid()) view_->edit(index);
  });
  menu->addAction(widgets::icon(QStringLiteral("export")), tr("Export…"), this, [this, id] { Q_EMIT exportRequested(id); });
  menu->addSeparator();
  menu->addAction(widgets::icon(QStringLiteral("remove")), tr("Delete"), this, [this, id] { Q_EMIT removeRequested(id); });
  menu->popup(view_->viewport()->mapToGlobal(at));
}

void ConversationList::offerUndo(const QString& id, const QString& title, bool redactable) {
  undo_id_ = id;
  undo_title_ = title;
  redactable_ = redactable;
  if (id.isEmpty() && notice_timer_.isActive()) return;
  notice_timer_.stop();
  showOffer();
}

void ConversationList::showOffer() {
  undo_bar_->setVisible(!undo_id_.isEmpty());
  if (undo_id_.isEmpty()) return;
  undo_->show();
  redact_->setVisible(redactable_);
  showFoot(undo_title_.isEmpty() ? tr("Conversation deleted") : tr("Deleted “%1”").arg(undo_title_));
}

void ConversationList::showNotice(const QString& text, int forMs) {
  undo_->hide();
  redact_->hide();
  showFoot(text);
  notice_timer_.start(forMs);
}

void ConversationList::showFoot(const QString& text) {
  const int room = width() - 4 * grid::kSmall - (undo_->isVisibleTo(undo_bar_) ? undo_->sizeHint().width() : 0);
  undo_label_->setToolTip(text);
  undo_label_->setText(undo_label_->fontMetrics().elidedText(text, Qt::ElideRight, std::max(60, room)));
  undo_bar_->show();
}

bool ConversationList::eventFilter(QObject* watched, QEvent* event) {
  if (event->type() == QEvent::KeyPress) {
    const auto* key = static_cast<QKeyEvent*>(event);
    if (watched == view_ && key->key() == Qt::Key_Delete && view_->currentIndex().isValid()) {
      Q_EMIT removeRequested(view_->currentIndex().data(ConversationListModel::IdRole).toString());
      return true;
    }
    if (watched == search_ && key->key() == Qt::Key_Down && model_->rowCount() > 0) {
      view_->setFocus(Qt::TabFocusReason);
      if (!view_->currentIndex().isValid()) view_->setCurrentIndex(model_->index(0));
      return true;
    }
  }
  return QWidget::eventFilter(watched, event);
}

}  // namespace roundhouse::app
