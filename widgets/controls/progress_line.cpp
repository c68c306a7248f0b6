// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/controls/progress_line.h"

#include <QAccessible>
#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QLocale>
#include <QProgressBar>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>
#include <cmath>

#include "widgets/style/icon.h"
#include "widgets/style/text_role.h"

namespace roundhouse::widgets {
namespace {
constexpr int kSteps = 1000;
// An estimate from less than this is a guess.
constexpr qint64 kEstimateAfterMs = 1500;
}  // namespace

ProgressLine::ProgressLine(QWidget* parent)
    : QWidget(parent), picture_(new QLabel(this)), text_(new QLabel(this)), status_(new QLabel(this)),
      bar_(new QProgressBar(this)), cancel_(new QToolButton(this)) {
  auto* row = new QHBoxLayout(this);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(grid::kSmall);
  row->addWidget(picture_);
  auto* column = new QVBoxLayout;
  column->setSpacing(grid::kTight);
  auto* words = new QHBoxLayout;
  words->addWidget(text_, 1);
  words->addWidget(status_);
  column->addLayout(words);
  column->addWidget(bar_);
  row->addLayout(column, 1);
  row->addWidget(cancel_);
  text_->setTextFormat(Qt::PlainText);
  text_->setWordWrap(true);
  text_->setTextInteractionFlags(Qt::TextSelectableByMouse);
  setTextRole(status_, TextRole::Body, Tone::Muted);
  bar_->setTextVisible(false);
  cancel_->setObjectName(QStringLiteral("progressCancel"));
  connect(cancel_, &QToolButton::clicked, this, [this] {
    if (!running_ || cancelling_) return;
    cancelling_ = true;
    refresh();
    Q_EMIT cancelRequested();
  });
  refresh();
}

void ProgressLine::start(const QString& task, bool cancellable) {
  task_ = task;
  remark_.clear();
  final_.clear();
  done_ = total_ = 0;
  running_ = true;
  cancelling_ = false;
  cancel_->setVisible(cancellable);
  clock_.start();
  refresh();
}

void ProgressLine::setProgress(double done, double total, const QString& remark) {
  if (!running_) return;
  done_ = std::max(0.0, done);
  total_ = total;
  remark_ = remark;
  refresh();
}

void ProgressLine::finish(Outcome outcome, const QString& line) {
  if (!running_) return;
  running_ = false;
  outcome_ = outcome;
  final_ = line;
  refresh();
  QAccessibleEvent event(this, QAccessible::NameChanged);
  QAccessible::updateAccessibility(&event);
}

QString ProgressLine::formatDuration(double seconds) {
  const qint64 whole = std::max<qint64>(1, std::llround(seconds));
  if (whole < 60) return tr("%1 s").arg(whole);
  const qint64 minutes = (whole + 30) / 60, hours = minutes / 60;
  if (hours == 0) return tr("%1 min").arg(minutes);
  if (hours >= 24) return tr("%1 d %2 h").arg(hours / 24).arg(hours % 24);
  return tr("%1 h %2 min").arg(hours).arg(minutes % 60);
}

QString ProgressLine::statusText() const {
  if (!running_) return final_;
  QStringList parts;
  if (cancelling_) {
    parts << tr("cancelling…");
  } else {
    if (total_ > 0)
      parts << QLocale().toString(int(std::floor(100 * std::min(1.0, done_ / total_)))) + QStringLiteral("\u00A0%");
    if (!remark_.isEmpty()) parts << remark_;
    const qint64 elapsed = clock_.elapsed();
    if (total_ > 0 && done_ > 0 && done_ < total_ && elapsed >= kEstimateAfterMs)
      parts << tr("%1 left").arg(formatDuration(double(elapsed) / 1000 * (total_ - done_) / done_));
  }
  return parts.join(QStringLiteral(" · "));
}

void ProgressLine::refresh() {
  const Tokens& tokens = Tokens::current();
  text_->setText(running_ ? task_ : final_);
  status_->setFont(tabularFont());
  status_->setText(running_ ? statusText() : QString());
  status_->setVisible(running_);
  bar_->setVisible(running_);
  bar_->setRange(0, total_ > 0 ? kSteps : 0);
  if (total_ > 0) bar_->setValue(int(kSteps * std::min(1.0, done_ / total_)));
  if (!running_) cancel_->hide();
  cancel_->setEnabled(!cancelling_);
  cancel_->setIcon(icon(QStringLiteral("close"), ColorToken::TextMuted));
  cancel_->setToolTip(tr("Cancel"));
  cancel_->setAccessibleName(tr("Cancel"));
  picture_->setVisible(!running_ && !final_.isEmpty());
  if (!running_ && !final_.isEmpty()) {
    const char* name = outcome_ == Outcome::Done ? "success" : outcome_ == Outcome::Failed ? "error" : "stop";
    const ColorToken ink = outcome_ == Outcome::Done     ? ColorToken::Success
                           : outcome_ == Outcome::Failed ? ColorToken::Danger
                                                         : ColorToken::TextMuted;
    picture_->setPixmap(iconPixmap(QString::fromLatin1(name), grid::kIcon, devicePixelRatioF(), tokens[ink]));
  }
  const QString said = running_ ? task_ + QStringLiteral(": ") + statusText() : final_;
  setAccessibleName(said);
  bar_->setAccessibleName(task_);
}

void ProgressLine::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::PaletteChange || event->type() == QEvent::LanguageChange) refresh();
}

}  // namespace roundhouse::widgets
