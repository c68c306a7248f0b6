// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/markdown/markdown_view.h"

#include <QAbstractTextDocumentLayout>
#include <QContextMenuEvent>
#include <QGuiApplication>
#include <QClipboard>
#include <QHelpEvent>
#include <QMenu>
#include <QMimeData>
#include <QPainter>
#include <QScrollBar>
#include <QStyleHints>
#include <QTextBlock>
#include <QTextTable>
#include <QToolTip>

#include <algorithm>
#include <cmath>

#include "widgets/markdown/code_bar.h"
#include "widgets/markdown/markdown_worker.h"
#include "widgets/style/metrics.h"

namespace roundhouse::widgets {
namespace {
constexpr int kParseInterval = 33;  // ms
constexpr int kSlice = 6;           // ms of rendering before the event loop has a turn
}  // namespace

MarkdownView::MarkdownView(QWidget* parent)
    : QTextBrowser(parent), worker_(MarkdownWorker::ofApplication()), renderer_(document()) {
  setProperty("plain", true);
  setFrameShape(QFrame::NoFrame);
  setOpenLinks(false);
  setOpenExternalLinks(false);
  setUndoRedoEnabled(false);
  setLineWrapMode(QTextEdit::WidgetWidth);
  setTextInteractionFlags(Qt::TextBrowserInteraction | Qt::TextSelectableByKeyboard);
  viewport()->setAutoFillBackground(false);
  viewport()->setMouseTracking(true);
  parse_timer_.setSingleShot(true);
  slice_timer_.setSingleShot(true);
  slice_timer_.setInterval(0);
  connect(&parse_timer_, &QTimer::timeout, this, &MarkdownView::submit);
  connect(&slice_timer_, &QTimer::timeout, this, &MarkdownView::renderSlice);
  connect(this, &QTextBrowser::anchorClicked, this,
          [this](const QUrl& url) { Q_EMIT linkActivated(url.toString()); });
  connect(document()->documentLayout(), &QAbstractTextDocumentLayout::documentSizeChanged, this,
          &MarkdownView::updateHeight);
  setScrolling(false);
  renderer_.restyle(Tokens::current());
}

MarkdownView::~MarkdownView() = default;

// Text in, picture out -------------------------------------------------------------------------------------------

void MarkdownView::setMarkdownSource(const QByteArray& utf8) {
  if (utf8 == source_ && (parsing_ || renderer_.document())) return;
  source_ = utf8;
  announced_ = false;
  if (parsing_ || parse_timer_.isActive()) return;
  const qint64 wait = since_parse_.isValid() ? kParseInterval - since_parse_.elapsed() : 0;
  if (wait > 0)
    parse_timer_.start(int(wait));
  else
    submit();
}

void MarkdownView::submit() {
  parsing_ = true;
  since_parse_.start();
  worker_->parse(source_, this, [this](MarkdownDocumentPtr document) { takeDocument(std::move(document)); });
}

void MarkdownView::takeDocument(MarkdownDocumentPtr document) {
  parsing_ = false;
  if (document->source != source_) parse_timer_.start(int(std::max<qint64>(0, kParseInterval - since_parse_.elapsed())));
  renderer_.show(std::move(document));
  renderSlice();
}

void MarkdownView::renderSlice() {
  if (restyle_due_) restyle();
  // The text may be exchanged under a selection: what is left of it is kept.
  const QTextCursor before = textCursor();
  const int anchor = before.anchor(), position = before.position();
  const bool more = renderer_.step(kSlice);
  if (anchor != position) {
    const int last = document()->characterCount() - 1;
    QTextCursor cursor(document());
    cursor.setPosition(std::min(anchor, last));
    cursor.setPosition(std::min(position, last), QTextCursor::KeepAnchor);
    setTextCursor(cursor);
  }
  if (marked_end_ > marked_begin_) updateMarks();
  updateHeight();
  placeBars();
  viewport()->update();
  if (more)
    slice_timer_.start();
  else
    finishIfSettled();
}

void MarkdownView::finishIfSettled() {
  if (announced_ || !settled()) return;
  announced_ = true;
  Q_EMIT rendered();
}

bool MarkdownView::settled() const {
  if (source_.isEmpty() && !renderer_.document()) return !parsing_;
  return !parse_timer_.isActive() && !slice_timer_.isActive() && renderer_.document() &&
         renderer_.document()->source == source_ && renderer_.done();
}

QString MarkdownView::plainReason() const { return renderer_.document() ? renderer_.document()->plainReason : QString(); }

void MarkdownView::restyle() {
  restyle_due_ = false;
  renderer_.restyle(Tokens::current());
  for (CodeBar* bar : bars_) bar->retranslate();
  if (renderer_.document()) renderer_.show(renderer_.document());
}

// Size -----------------------------------------------------------------------------------------------------------

void MarkdownView::setScrolling(bool scrolling) {
  scrolling_ = scrolling;
  const Qt::ScrollBarPolicy policy = scrolling ? Qt::ScrollBarAsNeeded : Qt::ScrollBarAlwaysOff;
  setVerticalScrollBarPolicy(policy);
  setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  setSizePolicy(QSizePolicy::Expanding, scrolling ? QSizePolicy::Expanding : QSizePolicy::Fixed);
  updateGeometry();
}

void MarkdownView::updateHeight() {
  const int height = int(std::ceil(std::max(0.0, document()->size().height() + renderer_.belowDocument())));
  if (height == height_) return;
  height_ = height;
  if (!scrolling_) updateGeometry();
  Q_EMIT heightChanged(height);
}

QSize MarkdownView::sizeHint() const { return scrolling_ ? QSize(480, 320) : QSize(480, height_); }
QSize MarkdownView::minimumSizeHint() const { return scrolling_ ? QSize(120, 80) : QSize(120, height_); }

void MarkdownView::resizeEvent(QResizeEvent* event) {
  QTextBrowser::resizeEvent(event);
  updateHeight();
  placeBars();
}

QPoint MarkdownView::scrollOffset() const { return {horizontalScrollBar()->value(), verticalScrollBar()->value()}; }

QRectF MarkdownView::blockRect(int position) const {
  return document()->documentLayout()->blockBoundingRect(document()->findBlock(position));
}

void MarkdownView::placeBars() {
  const auto areas = renderer_.codeAreas();
  while (bars_.size() < areas.size()) {
    bars_.push_back(new CodeBar(viewport()));
    bars_.back()->show();
  }
  while (bars_.size() > areas.size()) {
    // Not at once: Qt may be on its way through a list of all widgets.
    bars_.back()->hide();
    bars_.back()->deleteLater();
    bars_.pop_back();
  }
  for (size_t i = 0; i < areas.size(); ++i) {
    const MarkdownBlock& block = renderer_.document()->blocks[size_t(areas[i].block)];
    bars_[i]->setCode(block.language, block.code);
    const int top = int(blockRect(areas[i].firstPosition).top()) - MarkdownRenderer::kCodeBar - scrollOffset().y();
    const int left = int(areas[i].left);
    bars_[i]->setGeometry(left, top, viewport()->width() - left, MarkdownRenderer::kCodeBar);
  }
}

// Painting -------------------------------------------------------------------------------------------------------

void MarkdownView::paintEvent(QPaintEvent* event) {
  {
    const Tokens& tokens = Tokens::current();
    QPainter painter(viewport());
    painter.setRenderHint(QPainter::Antialiasing);
    painter.translate(-scrollOffset());
    const double width = viewport()->width();
    for (const auto& area : renderer_.codeAreas()) {
      const double top = blockRect(area.firstPosition).top() - MarkdownRenderer::kCodeBar;
      const double bottom = blockRect(area.lastPosition).bottom() + grid::kSmall;
      painter.setPen(tokens[ColorToken::Border]);
      painter.setBrush(tokens[ColorToken::CodeGround]);
      painter.drawRoundedRect(QRectF(area.left + 0.5, top + 0.5, width - area.left - 1, bottom - top - 1),
                              grid::kRadiusLarge, grid::kRadiusLarge);
    }
    painter.setPen(Qt::NoPen);
    painter.setBrush(tokens[ColorToken::BorderStrong]);
    for (const auto& area : renderer_.quoteAreas()) {
      const double top = blockRect(area.firstPosition).top();
      const double bottom = blockRect(area.lastPosition).bottom();
      painter.drawRoundedRect(QRectF((area.depth - 1) * MarkdownRenderer::kQuoteIndent, top, 3, bottom - top), 1.5, 1.5);
    }
    for (int position : renderer_.rulePositions()) {
      const QRectF rect = blockRect(position);
      painter.fillRect(QRectF(0, std::round(rect.center().y()), width, 1), tokens[ColorToken::Border]);
    }
  }
  QTextBrowser::paintEvent(event);
}

// Tokens and links -----------------------------------------------------------------------------------------------

int MarkdownView::sourceOffsetAt(const QPoint& viewportPoint) const {
  // The room between lines, up to 30 % of their height, belongs to the nearest one.
  const int gap = fontMetrics().height() * 3 / 20 + 1;
  for (const int away : {0, -gap, gap}) {
    const QPoint point = viewportPoint + scrollOffset() + QPoint(0, away);
    const int position = document()->documentLayout()->hitTest(QPointF(point), Qt::ExactHit);
    if (position >= 0) return renderer_.sourceOffset(position);
  }
  return -1;
}

void MarkdownView::setMarkedRange(int begin, int end) {
  if (begin == marked_begin_ && end == marked_end_) return;
  marked_begin_ = begin;
  marked_end_ = end;
  updateMarks();
}

void MarkdownView::updateMarks() {
  const Tokens& tokens = Tokens::current();
  QList<ExtraSelection> marks;
  for (const auto& [first, last] : renderer_.positions(marked_begin_, marked_end_)) {
    ExtraSelection mark;
    mark.cursor = QTextCursor(document());
    mark.cursor.setPosition(first);
    mark.cursor.setPosition(last, QTextCursor::KeepAnchor);
    mark.format.setBackground(tokens[ColorToken::MarkGround]);
    mark.format.setForeground(tokens[ColorToken::MarkText]);
    marks.append(mark);
  }
  setExtraSelections(marks);
}

QRect MarkdownView::rectOfSourceRange(int begin, int end) const {
  QRect rect;
  for (const auto& [first, last] : renderer_.positions(begin, end)) {
    QTextCursor cursor(document());
    for (int position : {first, last}) {
      cursor.setPosition(position);
      rect |= cursorRect(cursor);
    }
  }
  return rect.isEmpty() ? QRect() : rect.translated(viewport()->pos());
}

void MarkdownView::mousePressEvent(QMouseEvent* event) {
  press_ = event->position().toPoint();
  // Shift+click chooses up to a token; it extends a selection only where there is one.
  shift_click_ = event->button() == Qt::LeftButton && event->modifiers() & Qt::ShiftModifier && !textCursor().hasSelection();
  if (shift_click_) event->accept();
  else QTextBrowser::mousePressEvent(event);
}

void MarkdownView::mouseReleaseEvent(QMouseEvent* event) {
  if (!shift_click_) QTextBrowser::mouseReleaseEvent(event);
  const QPoint point = event->position().toPoint();
  if (event->button() != Qt::LeftButton || textCursor().hasSelection()) return;
  if ((point - press_).manhattanLength() > QGuiApplication::styleHints()->startDragDistance()) return;
  const int offset = sourceOffsetAt(point);
  if (offset >= 0) Q_EMIT sourceOffsetClicked(offset);
}

bool MarkdownView::viewportEvent(QEvent* event) {
  if (event->type() == QEvent::ToolTip) {
    // Where a link leads is seen before it is followed.
    const auto* help = static_cast<QHelpEvent*>(event);
    const QString href = anchorAt(help->pos());
    if (href.isEmpty())
      QToolTip::hideText();
    else
      QToolTip::showText(help->globalPos(), href.left(400).toHtmlEscaped(), viewport());
    return true;
  }
  return QTextBrowser::viewportEvent(event);
}

QVariant MarkdownView::loadResource(int, const QUrl&) { return {}; }

void MarkdownView::wheelEvent(QWheelEvent* event) {
  if (scrolling_ && !(event->modifiers() & Qt::ControlModifier))
    QTextBrowser::wheelEvent(event);
  else
    event->ignore();
}

void MarkdownView::keyPressEvent(QKeyEvent* event) {
  // QTextBrowser's history is not ours, and the cursor's page keys belong to the scroll area around.
  const bool history = (event->modifiers() & Qt::AltModifier) || event->key() == Qt::Key_Backspace;
  const bool page = event->key() == Qt::Key_PageUp || event->key() == Qt::Key_PageDown;
  if (history || (page && !scrolling_)) return event->ignore();
  if (event->matches(QKeySequence::Copy)) {
    copy();
    return event->accept();
  }
  QTextBrowser::keyPressEvent(event);
}

// Copying --------------------------------------------------------------------------------------------------------

QString MarkdownView::selectedPlainText() const {
  const QTextCursor selection = textCursor();
  QString text;
  QTextTable* table_before = nullptr;
  int row_before = -1;
  bool first = true;
  for (QTextBlock block = document()->findBlock(selection.selectionStart());
       block.isValid() && block.position() <= selection.selectionEnd(); block = block.next()) {
    const int from = std::max(0, selection.selectionStart() - block.position());
    const int to = std::min(block.length() - 1, selection.selectionEnd() - block.position());
    QString piece = block.text().mid(from, std::max(0, to - from));
    piece.replace(QChar(QChar::LineSeparator), QLatin1Char('\n'));
    // Behind a marker stands a tab for the eye.
    if (!block.blockFormat().tabPositions().isEmpty()) {
      const qsizetype tab = piece.indexOf(QLatin1Char('\t'));
      if (tab >= 0) piece[tab] = QLatin1Char(' ');
    }
    QTextCursor at(block);
    QTextTable* table = at.currentTable();
    const int row = table ? table->cellAt(at).row() : -1;
    const bool tiny = !table && block.length() <= 1 && block.blockFormat().lineHeight() == 1;
    if (tiny) continue;
    if (!first) text += table && table == table_before && row == row_before ? QLatin1Char('\t') : QLatin1Char('\n');
    text += piece;
    first = false;
    table_before = table;
    row_before = row;
  }
  text.replace(QChar::Nbsp, QLatin1Char(' '));
  return text;
}

QMimeData* MarkdownView::createMimeDataFromSelection() const {
  auto* mime = new QMimeData;
  mime->setText(selectedPlainText());
  return mime;
}

void MarkdownView::contextMenuEvent(QContextMenuEvent* event) {
  auto* menu = new QMenu(this);  // not exec(): the view may go while the menu is open
  menu->setAttribute(Qt::WA_DeleteOnClose);
  QAction* copy_selection = menu->addAction(tr("Copy"), this, &QTextEdit::copy);
  copy_selection->setShortcut(QKeySequence::Copy);
  copy_selection->setEnabled(textCursor().hasSelection());
  menu->addAction(tr("Copy all as Markdown"), this,
                 [this] { QGuiApplication::clipboard()->setText(QString::fromUtf8(source_)); });
  if (const QString href = anchorAt(event->pos()); !href.isEmpty())
    menu->addAction(tr("Copy link address"), this, [href] { QGuiApplication::clipboard()->setText(href); });
  menu->addSeparator();
  menu->addAction(tr("Select all"), this, &QTextEdit::selectAll)->setShortcut(QKeySequence::SelectAll);
  menu->popup(event->globalPos());
}

void MarkdownView::changeEvent(QEvent* event) {
  QTextBrowser::changeEvent(event);
  switch (event->type()) {
    case QEvent::PaletteChange:
    case QEvent::ApplicationFontChange:
    case QEvent::FontChange:
    case QEvent::LanguageChange:
      // One switch sends several of these, in the middle of Qt's own rounds: answered once, afterwards.
      restyle_due_ = true;
      slice_timer_.start();
      break;
    default: break;
  }
}

}  // namespace roundhouse::widgets
