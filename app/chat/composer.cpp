// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/chat/composer.h"

#include <QAbstractTextDocumentLayout>
#include <QDragEnterEvent>
#include <QFileDialog>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QMimeData>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QScrollBar>
#include <QTextBlock>
#include <QTextLayout>
#include <QToolButton>
#include <QUrl>
#include <QVBoxLayout>

#include <functional>

#include "app/chat/attachment.h"
#include "app/shell/background.h"
#include "app/shell/format.h"
#include "widgets/style/icon.h"
#include "widgets/style/metrics.h"
#include "widgets/style/text_role.h"

namespace roundhouse::app {
namespace {

namespace grid = widgets::grid;
constexpr int kMostLines = 10;

}  // namespace

// Room above the text, so that one line stands in the middle of its row. Files that are dropped or pasted are attached
// instead of written as addresses.
class QuestionEdit : public QPlainTextEdit {
 public:
  using QPlainTextEdit::QPlainTextEdit;
  void setTextTop(int top) { setViewportMargins(0, top, 0, 0); }

  std::function<void(const QStringList& paths)> attach;

 protected:
  bool canInsertFromMimeData(const QMimeData* brought) const override {
    return !droppedFiles(brought).isEmpty() || QPlainTextEdit::canInsertFromMimeData(brought);
  }
  void insertFromMimeData(const QMimeData* brought) override {
    if (const QStringList paths = droppedFiles(brought); !paths.isEmpty()) attach(paths);
    else QPlainTextEdit::insertFromMimeData(brought);
  }
};

QStringList droppedFiles(const QMimeData* data) {
  QStringList paths;
  if (!data || !data->hasUrls()) return paths;
  const QList<QUrl> urls = data->urls();
  for (const QUrl& url : urls) {
    if (!url.isLocalFile()) return {};
    paths.append(url.toLocalFile());
  }
  return paths;
}

Composer::Composer(QWidget* parent) : QFrame(parent) {
  setObjectName(QStringLiteral("composer"));
  widgets::makeCard(this);
  setAcceptDrops(true);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(grid::kSmall, grid::kSmall, grid::kSmall, grid::kSmall);
  column->setSpacing(grid::kTight);

  chips_ = new QWidget(this);
  chip_row_ = new QHBoxLayout(chips_);
  chip_row_->setContentsMargins(0, 0, 0, 0);
  chip_row_->setSpacing(grid::kSmall);
  chips_->hide();
  column->addWidget(chips_);

  auto* row = new QHBoxLayout;
  row->setSpacing(grid::kSmall);
  attach_ = new QToolButton(this);
  attach_->setObjectName(QStringLiteral("attach"));
  attach_->setAutoRaise(true);
  attach_->setIcon(widgets::icon(QStringLiteral("attach"), widgets::ColorToken::TextMuted));
  attach_->setToolTip(tr("Attach a text file (or drop it here)"));
  attach_->setAccessibleName(tr("Attach a text file"));
  edit_ = new QuestionEdit(this);
  edit_->setObjectName(QStringLiteral("question"));
  edit_->attach = [this](const QStringList& paths) { attach(paths); };
  edit_->setAccessibleName(tr("Question"));
  edit_->setPlaceholderText(tr("Ask something"));
  edit_->setToolTip(tr("Enter sends, Shift+Enter begins a new line"));
  edit_->setFrameShape(QFrame::NoFrame);
  edit_->setTabChangesFocus(true);
  edit_->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  edit_->setProperty("plain", true);
  edit_->installEventFilter(this);
  edit_->viewport()->setAutoFillBackground(false);
  send_ = new QPushButton(this);
  send_->setObjectName(QStringLiteral("send"));
  row->addWidget(attach_, 0, Qt::AlignBottom);
  row->addWidget(edit_, 1);
  row->addWidget(send_, 0, Qt::AlignBottom);
  column->addLayout(row);
  setFocusProxy(edit_);
  setTabOrder(edit_, attach_);  // Tab enters at the proxy: what stands before it would be passed over
  setTabOrder(attach_, send_);

  connect(edit_, &QPlainTextEdit::textChanged, this, [this] {
    fitHeight();
    showState();
  });
  connect(edit_->document()->documentLayout(), &QAbstractTextDocumentLayout::documentSizeChanged, this, &Composer::fitHeight);
  connect(send_, &QPushButton::clicked, this, [this] {
    if (busy_) Q_EMIT stopRequested();
    else Q_EMIT sendRequested();
  });
  connect(attach_, &QToolButton::clicked, this, &Composer::chooseFiles);
  fitHeight();
  showState();
}

void Composer::chooseFiles() {
  auto* dialog = new QFileDialog(this, tr("Attach a text file"));
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setFileMode(QFileDialog::ExistingFiles);
  connect(dialog, &QFileDialog::filesSelected, this, &Composer::attach);
  dialog->open();
}

QString Composer::text() const { return edit_->toPlainText(); }

QPlainTextEdit* Composer::editor() const { return edit_; }

void Composer::setText(const QString& text) {
  edit_->setPlainText(text);
  edit_->moveCursor(QTextCursor::End);
}

bool Composer::empty() const { return files_.empty() && text().trimmed().isEmpty(); }

void Composer::setBusy(bool busy) {
  busy_ = busy;
  showState();
}

void Composer::showState() {
  const QString name = busy_ ? tr("Stop") : tr("Send");
  if (send_->text() != name) {
    send_->setText(name);
    send_->setIcon(widgets::icon(busy_ ? QStringLiteral("stop") : QStringLiteral("send"),
                                 busy_ ? widgets::ColorToken::Text : widgets::ColorToken::TextOnAccent));
    widgets::setTone(send_, busy_ ? widgets::Tone::Normal : widgets::Tone::Primary);
    send_->setToolTip(busy_ ? tr("Stop the answer (Esc)") : tr("Send (Enter)"));
  }
  send_->setEnabled(busy_ || (!empty() && reading_.isEmpty()));
}

void Composer::fitHeight() {
  const int line = edit_->fontMetrics().lineSpacing();
  int lines = 0;
  for (QTextBlock block = edit_->document()->firstBlock(); block.isValid() && lines < kMostLines; block = block.next()) {
    lines += std::max(1, block.layout()->lineCount());
  }
  lines = std::clamp(lines, 1, kMostLines);
  const int margin = int(edit_->document()->documentMargin() * 2) + edit_->frameWidth() * 2;
  const int text = lines * line + margin, least = send_->sizeHint().height();
  edit_->setFixedHeight(std::max(text, least));
  edit_->setTextTop(std::max(0, (least - text) / 2));
  edit_->setVerticalScrollBarPolicy(lines >= kMostLines ? Qt::ScrollBarAsNeeded : Qt::ScrollBarAlwaysOff);
}

void Composer::attach(const QStringList& paths) {
  for (const QString& path : paths) {
    reading_.append(path);
    runInBackground(this, [path] { return readTextFile(path); }, [this, path](Result<Part> read) {
      reading_.removeOne(path);
      if (read.ok()) addFile(std::move(read).value());
      else Q_EMIT failed(read.error());
      showState();
    });
  }
  showState();
}

void Composer::addFile(Part part) {
  files_.push_back(std::move(part));
  showChips();
  Q_EMIT attached();
}

void Composer::showChips() {
  while (QLayoutItem* item = chip_row_->takeAt(0)) {
    if (item->widget()) item->widget()->deleteLater();
    delete item;
  }
  for (std::size_t i = 0; i < files_.size(); ++i) {
    const auto* file = std::get_if<FilePart>(&files_[i].content);
    const QString name = QString::fromStdString(file ? file->name : files_[i].origin.source);
    auto* chip = new QPushButton(widgets::icon(QStringLiteral("close"), widgets::ColorToken::TextMuted),
                                 QStringLiteral("%1  %2").arg(fontMetrics().elidedText(name, Qt::ElideMiddle, 220), bytesText(files_[i].origin.original_bytes)), chips_);
    chip->setObjectName(QStringLiteral("attachment.%1").arg(i));
    chip->setAccessibleName(tr("Remove the attached file %1").arg(name));
    chip->setToolTip(tr("%1, SHA-256 %2. Click to remove it.").arg(name, QString::fromStdString(files_[i].origin.sha256).left(16) + QChar(0x2026)));
    connect(chip, &QPushButton::clicked, this, [this, i] {
      files_.erase(files_.begin() + std::ptrdiff_t(i));
      showChips();
      showState();
    });
    chip_row_->addWidget(chip);
  }
  chip_row_->addStretch(1);
  chips_->setVisible(!files_.empty());
}

std::pair<QString, std::vector<Part>> Composer::take() {
  std::pair<QString, std::vector<Part>> taken{text(), std::move(files_)};
  files_.clear();
  edit_->clear();
  showChips();
  showState();
  return taken;
}

void Composer::putBack(std::pair<QString, std::vector<Part>> taken) {
  setText(taken.first);
  files_ = std::move(taken.second);
  showChips();
  showState();
}

bool Composer::eventFilter(QObject* watched, QEvent* event) {
  if (watched == edit_ && event->type() == QEvent::KeyPress) {
    const auto* key = static_cast<QKeyEvent*>(event);
    const bool enter = key->key() == Qt::Key_Return || key->key() == Qt::Key_Enter;
    if (enter && !(key->modifiers() & (Qt::ShiftModifier | Qt::ControlModifier | Qt::AltModifier))) {
      if (!busy_ && send_->isEnabled()) Q_EMIT sendRequested();
      return true;
    }
  }
  return QFrame::eventFilter(watched, event);
}

void Composer::changeEvent(QEvent* event) {
  QFrame::changeEvent(event);
  if (event->type() == QEvent::FontChange || event->type() == QEvent::StyleChange) fitHeight();
}

void Composer::dragEnterEvent(QDragEnterEvent* event) {
  if (!droppedFiles(event->mimeData()).isEmpty()) event->acceptProposedAction();
}

void Composer::dropEvent(QDropEvent* event) {
  const QStringList paths = droppedFiles(event->mimeData());
  if (paths.isEmpty()) return;
  event->acceptProposedAction();
  attach(paths);
}

}  // namespace roundhouse::app
