// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/panels/audit/finding_text.h"

#include <QCoreApplication>
#include <QJsonDocument>
#include <QJsonObject>

#include "app/shell/engine_text.h"

namespace roundhouse::app {
namespace {

struct Finding {
  Q_DECLARE_TR_FUNCTIONS(AuditFinding)
};

// "entry 3", or "entries 3 to 5".
QString range(const AuditFinding& finding) {
  return finding.other > finding.entry ? Finding::tr("Entries %1 to %2").arg(finding.entry).arg(finding.other)
                                       : Finding::tr("Entry %1").arg(finding.entry);
}

// What an entry of the kind head_mismatch holds, in words.
QString headMismatch(const std::string& json) {
  const QJsonObject told = QJsonDocument::fromJson(QByteArray::fromStdString(json)).object();
  const auto entry = [](const QJsonValue& head) { return head.toObject().value(QLatin1String("sequence")).toInteger(); };
  if (!told.value(QLatin1String("found")).isObject()) return QString::fromStdString(json);
  const QString end = QString::number(entry(told.value(QLatin1String("found"))));
  const QJsonValue recorded = told.value(QLatin1String("recorded"));
  if (recorded.isString()) return Finding::tr("it ended with entry %1, and there was %2").arg(end, engineText(recorded.toString().toStdString()));
  return Finding::tr("it ended with entry %1, and the head outside told of entry %2").arg(end, QString::number(entry(recorded)));
}

QString sentence(const AuditFinding& finding) {
  const QString detail = engineMessage(finding.detail);
  switch (finding.fault) {
    case AuditFault::file_damaged: return Finding::tr("the database file is damaged (%1)").arg(detail);
    case AuditFault::definition_missing: return Finding::tr("the database's definition lacks %1").arg(detail);
    case AuditFault::definition_changed: return Finding::tr("the database's definition of %1 was changed").arg(detail);
    case AuditFault::definition_added: return Finding::tr("%1 was added to the database and does not belong to an audit log").arg(detail);
    case AuditFault::not_an_entry: return Finding::tr("does not belong to the log: entries count from 1");
    case AuditFault::entries_missing: return Finding::tr("missing");
    case AuditFault::entry_changed: return Finding::tr("was changed: its columns do not give its hash");
    case AuditFault::entry_unlinked: return Finding::tr("was changed: it does not hold the hash of the entry before");
    case AuditFault::entry_replaced: return Finding::tr("was replaced: entry %1 was chained to another in its place").arg(finding.other);
    case AuditFault::chain_begins_before: return Finding::tr("is not the first of this log: it was chained to another before it");
    case AuditFault::entry_format: return Finding::tr("has the unknown format %1").arg(detail);
    case AuditFault::head_was_wrong: return Finding::tr("before it, the log had been cut, replaced or restored: %1").arg(headMismatch(finding.detail));
    case AuditFault::texts_unreadable: return Finding::tr("its texts cannot be read (%1)").arg(detail);
    case AuditFault::text_added: return Finding::tr("the text “%1” was added later").arg(detail);
    case AuditFault::text_deleted: return Finding::tr("the text “%1” was deleted, and no entry says why").arg(detail);
    case AuditFault::text_changed: return Finding::tr("the text “%1” was changed").arg(detail);
    case AuditFault::text_salt_changed: return Finding::tr("the salt of the text “%1” was changed").arg(detail);
    case AuditFault::text_not_redacted: return Finding::tr("the text “%1” is there although entry %2 redacted it").arg(detail, QString::number(finding.other));
    case AuditFault::text_without_entry: return Finding::tr("the text “%1” has no entry in the log").arg(detail);
    case AuditFault::head_unreadable: return Finding::tr("the head outside the database cannot be read (%1)").arg(detail);
    case AuditFault::head_missing: return Finding::tr("the head outside the database is missing (%1)").arg(detail);
    case AuditFault::end_missing: return Finding::tr("missing at the end: the log was cut, or replaced by an older copy (%1 knows better)").arg(detail);
    case AuditFault::log_rewritten:
      return Finding::tr("not the one that %1 knows: the log was rewritten up to here, or replaced by another").arg(detail);
    case AuditFault::entries_added: return Finding::tr("added past the log: the head outside the database does not know of it (%1)").arg(detail);
    case AuditFault::clock_set_back: return Finding::tr("is dated before entry %1: the clock was set back").arg(finding.other);
    case AuditFault::index_rebuilt: return Finding::tr("the search index was wrong and was made anew (%1)").arg(detail);
    case AuditFault::index_not_checked: return Finding::tr("the search index could not be checked (%1)").arg(detail);
  }
  return QString::fromStdString(finding.what);
}

}  // namespace

QString findingText(const AuditFinding& finding) {
  const QString what = sentence(finding);
  const bool several = finding.fault == AuditFault::entries_missing || finding.fault == AuditFault::end_missing || finding.fault == AuditFault::entries_added;
  if (several) return Finding::tr("%1: %2").arg(range(finding), what);
  if (finding.entry > 0) return Finding::tr("%1: %2").arg(Finding::tr("Entry %1").arg(finding.entry), what);
  return Finding::tr("%1: %2").arg(Finding::tr("The log"), what);
}

}  // namespace roundhouse::app
