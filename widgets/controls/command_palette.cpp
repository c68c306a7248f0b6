// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/controls/command_palette.h"

#include <QApplication>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QListView>
#include <QPainter>
#include <QStyledItemDelegate>
#include <QVBoxLayout>

#include <algorithm>

#include "widgets/style/escape_key.h"
#include "widgets/style/icon.h"
#include "widgets/style/text_role.h"

namespace roundhouse::widgets {
namespace {

constexpr int kWidth = 640;
constexpr int kRow = 36;
constexpr int kMostRows = 10;

// Icon, title with its matched letters, detail; group and shortcut at the right.
class CommandDelegate : public QStyledItemDelegate {
 public:
  using QStyledItemDelegate::QStyledItemDelegate;

  QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex&) const override {
    return {option.rect.width(), std::max(kRow, QFontMetrics(fontFor(TextRole::Body)).height() + 16)};
  }

  void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override {
    const Tokens& tokens = Tokens::current();
    const bool selected = option.state & QStyle::State_Selected;
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    if (selected) {
      painter->setPen(Qt::NoPen);
      painter->setBrush(tokens[ColorToken::AccentSubtle]);
      painter->drawRoundedRect(QRectF(option.rect).adjusted(2, 1, -2, -1), grid::kRadius, grid::kRadius);
    }
    const QColor ink = tokens[selected ? ColorToken::TextOnSubtle : ColorToken::Text];
    const QColor muted = selected ? ink : tokens[ColorToken::TextMuted];
    QRect room = option.rect.adjusted(grid::kMedium, 0, -grid::kMedium, 0);
    const QString icon_name = index.data(CommandModel::IconNameRole).toString();
    if (!icon_name.isEmpty())
      painter->drawPixmap(room.left(), room.center().y() - grid::kIcon / 2 + 1,
                          iconPixmap(icon_name, grid::kIcon, painter->device()->devicePixelRatioF(), muted));
    room.setLeft(room.left() + grid::kIcon + grid::kMedium);

    const QFont small = fontFor(TextRole::Small);
    const QFontMetrics small_metrics(small);
    painter->setFont(small);
    painter->setPen(muted);
    for (const int role : {int(CommandModel::ShortcutRole), int(CommandModel::GroupRole)}) {
      const QString text = index.data(role).toString();
      if (text.isEmpty()) continue;
      const int width = small_metrics.horizontalAdvance(text);
      painter->drawText(room, Qt::AlignRight | Qt::AlignVCenter, text);
      room.setRight(room.right() - width - grid::kLarge);
    }

    const QFont plain = fontFor(TextRole::Body);
    QFont bold = plain;
    bold.setWeight(QFont::Bold);
    const auto matches = index.data(CommandModel::MatchesRole).value<QList<int>>();
    const QString title = QFontMetrics(bold).elidedText(index.data().toString(), Qt::ElideRight, room.width());
    painter->setPen(ink);
    int x = room.left();
    for (qsizetype at = 0; at < title.size();) {
      const bool hit = matches.contains(int(at));
      qsizetype end = at + 1;
      while (end < title.size() && (matches.contains(int(end)) == hit || title[end].isLowSurrogate())) ++end;
      const QString piece = title.mid(at, end - at);
      painter->setFont(hit ? bold : plain);
      painter->drawText(QRect(x, room.top(), room.right() - x + 1, room.height()), Qt::AlignLeft | Qt::AlignVCenter, piece);
      x += QFontMetrics(painter->font()).horizontalAdvance(piece);
      at = end;
    }
    x += grid::kMedium;
    const QString detail = index.data(CommandModel::DetailRole).toString();
    if (!detail.isEmpty() && room.right() - x > 40) {
      painter->setFont(small);
      painter->setPen(muted);
      painter->drawText(QRect(x, room.top(), room.right() - x, room.height()), Qt::AlignLeft | Qt::AlignVCenter,
                        small_metrics.elidedText(detail, Qt::ElideRight, room.right() - x));
    }
    painter->restore();
  }
};

}  // namespace

CommandPalette::CommandPalette(QWidget* window)
    : QFrame(window), model_(new CommandModel(this)), edit_(new QLineEdit(this)), list_(new QListView(this)),
      nothing_(new QLabel(this)) {
  setObjectName(QStringLiteral("commandPalette"));
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(grid::kMedium, grid::kMedium, grid::kMedium, grid::kMedium);
  column->setSpacing(grid::kSmall);
  edit_->addAction(icon(QStringLiteral("search"), ColorToken::TextMuted), QLineEdit::LeadingPosition);
  column->addWidget(edit_);
  list_->setModel(model_);
  list_->setItemDelegate(new CommandDelegate(list_));
  list_->setFocusPolicy(Qt::NoFocus);
  list_->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  list_->setUniformItemSizes(true);
  list_->setMouseTracking(true);
  list_->setFrameShape(QFrame::NoFrame);
  list_->setStyleSheet(QStringLiteral("QListView { border: none; background: transparent; } "
                                      "QListView::item:hover { background: transparent; }"));
  column->addWidget(list_);
  setTextRole(nothing_, TextRole::Body, Tone::Muted);
  nothing_->setAlignment(Qt::AlignCenter);
  nothing_->setMinimumHeight(kRow);
  column->addWidget(nothing_);
  edit_->installEventFilter(this);
  window->installEventFilter(this);
  connect(edit_, &QLineEdit::textChanged, this, &CommandPalette::search);
  connect(list_, &QListView::clicked, this, [this](const QModelIndex& index) {
    list_->setCurrentIndex(index);
    runCurrent();
  });
  connect(list_, &QListView::entered, this, [this](const QModelIndex& index) { list_->setCurrentIndex(index); });
  QEvent language(QEvent::LanguageChange);
  changeEvent(&language);
  hide();
}

void CommandPalette::changeEvent(QEvent* event) {
  if (event->type() == QEvent::LanguageChange) {
    setAccessibleName(tr("Command palette"));
    edit_->setAccessibleName(tr("Find a command, conversation or model"));
    edit_->setPlaceholderText(tr("Find a command, conversation or model"));
    list_->setAccessibleName(tr("Results"));
    nothing_->setText(tr("Nothing fits."));
  }
  QFrame::changeEvent(event);
}

void CommandPalette::popup(const QString& query) {
  if (isHidden()) {
    focus_before_ = QApplication::focusWidget();
    QCoreApplication::instance()->installEventFilter(this);
  }
  edit_->setText(query);
  search();
  place();
  show();
  raise();
  edit_->setFocus(Qt::PopupFocusReason);
  edit_->selectAll();
}

void CommandPalette::dismiss() {
  if (isHidden()) return;
  const bool had_focus = edit_->hasFocus();
  hide();
  QCoreApplication::instance()->removeEventFilter(this);
  if (had_focus && focus_before_) focus_before_->setFocus(Qt::PopupFocusReason);
  Q_EMIT closed();
}

void CommandPalette::search() {
  model_->setQuery(edit_->text());
  const bool any = model_->rowCount() > 0;
  list_->setVisible(any);
  nothing_->setVisible(!any);
  if (any) list_->setCurrentIndex(model_->index(0));
  list_->scrollToTop();
  place();
}

void CommandPalette::place() {
  const QWidget* window = parentWidget();
  const int width = std::min(kWidth, window->width() - 2 * grid::kLarge);
  const int rows = std::clamp(model_->rowCount(), 1, kMostRows);
  const int row = model_->rowCount() > 0 ? std::max(kRow, list_->sizeHintForRow(0)) : kRow;
  const int wanted = 2 * grid::kMedium + grid::kSmall + edit_->sizeHint().height() + rows * row + 4;
  const int top = std::min(72, window->height() / 10);
  setGeometry((window->width() - width) / 2, top, width, std::min(wanted, window->height() - top - grid::kLarge));
}

void CommandPalette::runCurrent() {
  const int row = list_->currentIndex().row();
  if (row < 0) return;
  // Closed first, so that the command finds the focus where it was.
  dismiss();
  model_->run(row);
}

bool CommandPalette::eventFilter(QObject* watched, QEvent* event) {
  if (watched == edit_ && claimsEscape(event)) return true;  // closes it
  if (watched == edit_ && event->type() == QEvent::KeyPress) {
    const auto* key = static_cast<QKeyEvent*>(event);
    const int last = model_->rowCount() - 1;
    const int row = list_->currentIndex().row();
    const auto go = [&](int to) {
      if (last >= 0) list_->setCurrentIndex(model_->index(std::clamp(to, 0, last)));
      return true;
    };
    switch (key->key()) {
      // Up from the first goes to the last and back.
      case Qt::Key_Down: return go(row == last ? 0 : row + 1);
      case Qt::Key_Up: return go(row <= 0 ? last : row - 1);
      case Qt::Key_PageDown: return go(row + kMostRows);
      case Qt::Key_PageUp: return go(row - kMostRows);
      case Qt::Key_Return:
      case Qt::Key_Enter: runCurrent(); return true;
      case Qt::Key_Escape: dismiss(); return true;
      case Qt::Key_Tab:
      case Qt::Key_Backtab: return true;
      default: break;
    }
  }
  if (event->type() == QEvent::MouseButtonPress && isVisible()) {
    const auto* widget = qobject_cast<QWidget*>(watched);
    if (widget && widget->window() == window() && widget != this && !isAncestorOf(widget)) dismiss();
  }
  if (watched == parentWidget() && event->type() == QEvent::Resize && isVisible()) place();
  return QFrame::eventFilter(watched, event);
}

void CommandPalette::showEvent(QShowEvent* event) {
  QFrame::showEvent(event);
  place();
}

void CommandPalette::paintEvent(QPaintEvent*) {
  const Tokens& tokens = Tokens::current();
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(QPen(tokens[ColorToken::BorderStrong], 1));
  painter.setBrush(tokens[ColorToken::Raised]);
  painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), grid::kRadiusLarge, grid::kRadiusLarge);
}

}  // namespace roundhouse::widgets
