// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/shell/format.h"

#include <QCoreApplication>
#include <QFileInfo>
#include <QLocale>

#include <cmath>

#include "app/shell/engine_text.h"
#include "app/shell/error_advice.h"
#include "roundhouse/load_stage.h"

namespace roundhouse::app {
namespace {

// tr() without a class: all of this file's strings stand in one context.
struct Format {
  Q_DECLARE_TR_FUNCTIONS(Format)
};

QString layerName(std::int32_t layer) { return layer < 0 ? Format::tr("every layer") : Format::tr("layer %1").arg(layer); }

QString scaled(double value, const char* const* units, int count, const QString& separator) {
  int unit = 0;
  while (value >= 999.95 && unit + 1 < count) {
    value /= 1000.0;
    ++unit;
  }
  const QLocale locale;
  const QString number = unit == 0 ? locale.toString(qlonglong(value)) : locale.toString(value, 'f', value < 9.995 ? 2 : 1);
  return *units[unit] ? number + separator + QLatin1String(units[unit]) : number;
}

QString errorTitle(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid_argument: return Format::tr("A value is not acceptable");
    case ErrorCode::not_found: return Format::tr("Something is not there");
    case ErrorCode::malformed: return Format::tr("The file is damaged or of another kind");
    case ErrorCode::unsupported: return Format::tr("This kind is not supported yet");
    case ErrorCode::out_of_range: return Format::tr("A value lies outside of what it refers to");
    case ErrorCode::out_of_memory: return Format::tr("Not enough memory");
    case ErrorCode::io: return Format::tr("The system refused to read or write");
    case ErrorCode::conflict: return Format::tr("Something else is in the way");
    case ErrorCode::cancelled: return Format::tr("Cancelled");
    case ErrorCode::tampered: return Format::tr("A check of integrity failed");
    case ErrorCode::limit: return Format::tr("A limit was reached");
    case ErrorCode::internal: return Format::tr("Roundhouse made a mistake");
  }
  return {};
}

}  // namespace

QString bytesText(std::uint64_t bytes) {
  static constexpr const char* kUnits[] = {"B", "kB", "MB", "GB", "TB"};
  return scaled(static_cast<double>(bytes), kUnits, 5, QStringLiteral("\u00a0"));
}

QString countText(std::uint64_t count) {
  static constexpr const char* kUnits[] = {"", "k", "M", "G", "T"};
  return scaled(static_cast<double>(count), kUnits, 5, QStringLiteral("\u00a0"));
}

QString durationText(std::int64_t milliseconds) {
  const QLocale locale;
  if (milliseconds < 1000) return Format::tr("%1 ms").arg(locale.toString(qlonglong(std::max<std::int64_t>(0, milliseconds))));
  if (milliseconds < 10'000) return Format::tr("%1 s").arg(locale.toString(double(milliseconds) / 1000.0, 'f', 1));
  const qlonglong seconds = (milliseconds + 500) / 1000;
  if (seconds < 60) return Format::tr("%1 s").arg(locale.toString(seconds));
  return Format::tr("%1 min %2 s").arg(locale.toString(seconds / 60)).arg(locale.toString(seconds % 60));
}

QString speedText(double tokensPerSecond) {
  return Format::tr("%1 tokens/s").arg(QLocale().toString(tokensPerSecond, 'f', tokensPerSecond < 99.95 ? 1 : 0));
}

QString modelTitle(const ModelInfo& info) {
  if (!info.name.empty()) return QString::fromStdString(info.name);
  return QFileInfo(QString::fromStdString(info.path)).completeBaseName();
}

QString stageText(const QString& stage) {
  if (stage.isEmpty()) return Format::tr("Waiting for its turn");
  if (stage == QLatin1String(load_stage::mapping)) return Format::tr("Mapping the file");
  if (stage == QLatin1String(load_stage::computing_digest)) return Format::tr("Computing the file's digest");
  if (stage == QLatin1String(load_stage::preparing_weights)) return Format::tr("Preparing weights");
  if (stage == QLatin1String(load_stage::ready)) return Format::tr("Ready");
  return stage;
}

QString editText(const ExpertEdit& edit) {
  switch (edit.action) {
    case ExpertAction::disable: return Format::tr("Expert %1 in %2: disabled").arg(edit.expert).arg(layerName(edit.layer));
    case ExpertAction::boost:
      return (edit.amount < 0 ? Format::tr("Expert %1 in %2: damped by %3") : Format::tr("Expert %1 in %2: boosted by %3"))
          .arg(edit.expert).arg(layerName(edit.layer), QLocale().toString(std::abs(edit.amount), 'g', 6));
    case ExpertAction::force: return Format::tr("Expert %1 in %2: forced").arg(edit.expert).arg(layerName(edit.layer));
  }
  return {};
}

QString editText(const TopKEdit& edit) { return Format::tr("%1 active experts in %2").arg(edit.top_k).arg(layerName(edit.layer)); }

QString editsText(const RoutingEdits& edits) {
  if (!edits.name.empty()) return QString::fromStdString(edits.name);
  QStringList parts;
  for (const ExpertEdit& edit : edits.experts) parts.append(editText(edit));
  for (const TopKEdit& edit : edits.top_k) parts.append(editText(edit));
  if (edits.from_position > 0) parts.append(Format::tr("from token %1").arg(QLocale().toString(edits.from_position)));
  return parts.join(Format::tr("; "));
}

QString ErrorText::line() const { return advice.isEmpty() ? title : Format::tr("%1. %2").arg(title, advice); }

QString errorDetails(const Error& error) {
  const QString operation = engineText(error.operation), object = engineText(error.object);
  const QString expected = engineText(error.expected), received = engineText(error.received);
  if (expected.isEmpty() && received.isEmpty()) return Format::tr("%1: %2").arg(operation, object);
  if (expected.isEmpty()) return Format::tr("%1: %2: %3").arg(operation, object, received);
  if (received.isEmpty()) return Format::tr("%1: %2: expected %3").arg(operation, object, expected);
  return Format::tr("%1: %2: expected %3, found %4").arg(operation, object, expected, received);
}

QString errorLine(const Error& error) { return Format::tr("%1: %2").arg(errorText(error).title, errorDetails(error)); }

ErrorText errorText(const Error& error) {
  return {errorTitle(error.code), errorAdvice(error), errorDetails(error)};
}

QString finishText(const GenerationResult& result) {
  switch (result.finish) {
    case FinishReason::end_token:
    case FinishReason::stop_string:
      return {};
    case FinishReason::max_tokens: return Format::tr("Ended at the set length");
    case FinishReason::context_full: return Format::tr("Ended because the context is full");
    case FinishReason::cancelled: return Format::tr("Stopped by you");
    case FinishReason::refused: return Format::tr("Refused by a rule");
    case FinishReason::failed: return Format::tr("Failed");
  }
  return {};
}

}  // namespace roundhouse::app
