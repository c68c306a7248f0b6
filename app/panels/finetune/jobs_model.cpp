// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/panels/finetune/jobs_model.h"

#include <QPainter>

#include <algorithm>

#include "app/panels/finetune/job_text.h"
#include "widgets/style/icon.h"
#include "widgets/style/metrics.h"
#include "widgets/style/tokens.h"

namespace roundhouse::app {
namespace {

namespace grid = widgets::grid;
using widgets::ColorToken;
constexpr int kBar = 3;

double progressOf(const JobInfo& job) {
  if (job.state != JobState::running && job.state != JobState::paused && job.state != JobState::interrupted) return -1;
  if (job.state == JobState::running && !job.stage.isEmpty()) return std::clamp(job.fraction, 0.0, 1.0);
  return job.steps > 0 ? std::clamp(double(job.step) / double(job.steps), 0.0, 1.0) : 0.0;
}

}  // namespace

void JobsModel::setJobs(const QList<JobInfo>& jobs) {
  const bool same = std::equal(jobs.begin(), jobs.end(), jobs_.begin(), jobs_.end(), [](const JobInfo& a, const JobInfo& b) { return a.id == b.id; });
  if (same) {
    jobs_ = jobs;
    if (!jobs_.isEmpty()) Q_EMIT dataChanged(index(0), index(int(jobs_.size()) - 1));
    return;
  }
  // Rows are moved, not made anew: the chosen one stays chosen.
  for (int row = int(jobs_.size()) - 1; row >= 0; --row) {
    const bool kept = std::any_of(jobs.begin(), jobs.end(), [&](const JobInfo& each) { return each.id == jobs_[row].id; });
    if (kept) continue;
    beginRemoveRows({}, row, row);
    jobs_.removeAt(row);
    endRemoveRows();
  }
  for (int row = 0; row < jobs.size(); ++row) {
    int from = row;
    while (from < jobs_.size() && jobs_[from].id != jobs[row].id) ++from;
    if (from == jobs_.size()) {
      beginInsertRows({}, row, row);
      jobs_.insert(row, jobs[row]);
      endInsertRows();
    } else if (from != row) {
      beginMoveRows({}, from, from, {}, row);
      jobs_.move(from, row);
      endMoveRows();
    }
    jobs_[row] = jobs[row];
  }
  if (!jobs_.isEmpty()) Q_EMIT dataChanged(index(0), index(int(jobs_.size()) - 1));
}

int JobsModel::rowOf(const QString& id) const {
  for (int row = 0; row < jobs_.size(); ++row) {
    if (jobs_[row].id == id) return row;
  }
  return -1;
}

QVariant JobsModel::data(const QModelIndex& at, int role) const {
  if (!at.isValid() || at.row() >= jobs_.size()) return {};
  const JobInfo& job = jobs_[at.row()];
  switch (role) {
    case Qt::DisplayRole: return job.name;
    case Qt::AccessibleTextRole: return QStringLiteral("%1, %2").arg(job.name, jobLine(job));
    case Qt::ToolTipRole: return QStringLiteral("%1\n%2\n%3").arg(job.name, jobLine(job), job.folder);
    case IdRole: return job.id;
    case LineRole: return jobLine(job);
    case StateRole: return int(job.state);
    case ProgressRole: return progressOf(job);
    default: return {};
  }
}

QSize JobDelegate::sizeHint(const QStyleOptionViewItem& option, const QModelIndex&) const {
  const int small = QFontMetrics(widgets::fontFor(widgets::TextRole::Small)).height();
  return {80, QFontMetrics(option.font).height() + small + 2 * grid::kSmall + kBar};
}

void JobDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const {
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
  const auto state = JobState(index.data(JobsModel::StateRole).toInt());
  const ColorToken tint = chosen ? ColorToken::TextOnSubtle
                          : state == JobState::failed ? ColorToken::Danger
                          : state == JobState::interrupted ? ColorToken::Warning
                          : state == JobState::finished ? ColorToken::Success
                                                        : ColorToken::TextMuted;
  const int side = title.height();
  painter->drawPixmap(inner.left(), inner.top(), widgets::iconPixmap(stateIcon(state), side, painter->device()->devicePixelRatioF(), tokens[tint]));
  const QRect text = inner.adjusted(side + grid::kSmall, 0, 0, 0);
  painter->setPen(tokens[chosen ? ColorToken::TextOnSubtle : ColorToken::Text]);
  painter->setFont(option.font);
  painter->drawText(QRect(text.left(), text.top(), text.width(), title.height()), Qt::AlignVCenter | Qt::AlignLeft,
                    title.elidedText(index.data().toString(), Qt::ElideRight, text.width()));
  painter->setFont(small);
  painter->setPen(tokens[chosen ? ColorToken::TextOnSubtle : ColorToken::TextMuted]);
  painter->drawText(QRect(text.left(), text.top() + title.height(), text.width(), little.height()), Qt::AlignVCenter | Qt::AlignLeft,
                    little.elidedText(index.data(JobsModel::LineRole).toString(), Qt::ElideRight, text.width()));
  if (const double progress = index.data(JobsModel::ProgressRole).toDouble(); progress >= 0) {
    const QRectF track(text.left(), ground.bottom() - kBar, text.width(), kBar);
    painter->setPen(Qt::NoPen);
    painter->setBrush(tokens[ColorToken::Border]);
    painter->drawRoundedRect(track, 1, 1);
    painter->setBrush(tokens[ColorToken::Accent]);
    painter->drawRoundedRect(QRectF(track.left(), track.top(), track.width() * progress, track.height()), 1, 1);
  }
  painter->restore();
}

}  // namespace roundhouse::app
