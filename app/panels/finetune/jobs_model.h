// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractListModel>
#include <QList>
#include <QStyledItemDelegate>

#include "app/jobs/job_info.h"

namespace roundhouse::app {

// The jobs as JobManager lists them.
class JobsModel : public QAbstractListModel {
  Q_OBJECT
 public:
  enum Role { IdRole = Qt::UserRole, LineRole, StateRole, ProgressRole };  // progress 0..1; below 0: none to show
  using QAbstractListModel::QAbstractListModel;

  // The same jobs in the same order keep choice and place.
  void setJobs(const QList<JobInfo>& jobs);
  const QList<JobInfo>& jobs() const { return jobs_; }
  int rowOf(const QString& id) const;

  int rowCount(const QModelIndex& parent = {}) const override { return parent.isValid() ? 0 : int(jobs_.size()); }
  QVariant data(const QModelIndex& index, int role) const override;

 private:
  QList<JobInfo> jobs_;
};

// Name, state in words and with a sign, and a bar while it runs.
class JobDelegate : public QStyledItemDelegate {
  Q_OBJECT
 public:
  using QStyledItemDelegate::QStyledItemDelegate;
  QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override;
  void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override;
};

}  // namespace roundhouse::app
