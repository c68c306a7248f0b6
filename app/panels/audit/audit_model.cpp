// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/panels/audit/audit_model.h"

#include <QDateTime>
#include <QLocale>

namespace roundhouse::app {
namespace {

int alignment(int column) {
  const bool number = column == AuditModel::Sequence || column == AuditModel::Tokens;
  return int((number ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
}

}  // namespace

QString AuditModel::kindName(const std::string& kind) {
  if (kind == audit_kind::generation_started) return tr("Question");
  if (kind == audit_kind::generation) return tr("Answer");
  if (kind == audit_kind::scoring) return tr("Scoring");
  if (kind == audit_kind::model_load) return tr("Model loaded");
  if (kind == audit_kind::model_unload) return tr("Model unloaded");
  if (kind == audit_kind::edit) return tr("Routing edit");
  if (kind == audit_kind::settings) return tr("Setting");
  if (kind == audit_kind::plugin) return tr("Plugin");
  if (kind == audit_kind::training_started) return tr("Fine-tune begun");
  if (kind == audit_kind::training) return tr("Fine-tune");
  if (kind == audit_kind::exported) return tr("Export");
  if (kind == audit_kind::redaction) return tr("Redaction");
  if (kind == audit_kind::head_mismatch) return tr("Head mismatch");
  if (kind == audit_kind::log_replaced) return tr("Log replaced");
  return QString::fromStdString(kind);
}

void AuditModel::replace(std::vector<AuditRecord> records) {
  beginResetModel();
  records_ = std::move(records);
  endResetModel();
}

void AuditModel::append(std::vector<AuditRecord> records) {
  if (records.empty()) return;
  const int first = rowCount();
  beginInsertRows({}, first, first + static_cast<int>(records.size()) - 1);
  records_.insert(records_.end(), std::make_move_iterator(records.begin()), std::make_move_iterator(records.end()));
  endInsertRows();
}

const AuditRecord* AuditModel::record(int row) const {
  return row >= 0 && row < rowCount() ? &records_[static_cast<size_t>(row)] : nullptr;
}

int AuditModel::rowCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : static_cast<int>(records_.size()); }
int AuditModel::columnCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : ColumnCount; }

QVariant AuditModel::data(const QModelIndex& index, int role) const {
  const AuditRecord* record = index.isValid() ? this->record(index.row()) : nullptr;
  if (!record) return {};
  if (role == Qt::TextAlignmentRole) return alignment(index.column());
  if (role == Qt::ToolTipRole && index.column() == Hash) return QString::fromStdString(audit_hex(record->hash));
  if (role != Qt::DisplayRole) return {};
  const AuditEntry& entry = record->entry;
  switch (index.column()) {
    case Sequence: return QLocale().toString(record->sequence);
    case Time: return QLocale().toString(QDateTime::fromMSecsSinceEpoch(record->time_ns / 1'000'000), QLocale::ShortFormat);
    case Kind: {
      QString text = kindName(entry.kind);
      if (!entry.plugin.empty()) text += QStringLiteral(" · ") + QString::fromStdString(entry.plugin);
      if (!entry.edits_json.empty()) text += QStringLiteral(" · ") + tr("edited routing");
      if (!record->intact) text += QStringLiteral(" · ") + tr("changed!");
      return text;
    }
    case User: return QString::fromStdString(entry.user);
    case ModelName: return QString::fromStdString(entry.model_name);
    case Tokens: {
      const bool answer = entry.kind == audit_kind::generation;
      const bool ofAnswer = answer || entry.kind == audit_kind::scoring;
      const auto count = ofAnswer ? entry.answer_tokens : entry.prompt_tokens;
      return count > 0 || answer ? QLocale().toString(static_cast<qlonglong>(count)) : QString();  // an answer may have none
    }
    case Hash: return QString::fromStdString(audit_hex(record->hash)).left(12);
  }
  return {};
}

QVariant AuditModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation == Qt::Horizontal && role == Qt::TextAlignmentRole) return alignment(section);
  if (orientation != Qt::Horizontal || role != Qt::DisplayRole) return {};
  switch (section) {
    case Sequence: return tr("No.");
    case Time: return tr("Time");
    case Kind: return tr("What");
    case User: return tr("User");
    case ModelName: return tr("Model");
    case Tokens: return tr("Tokens");
    case Hash: return tr("Hash");
  }
  return {};
}

}  // namespace roundhouse::app
