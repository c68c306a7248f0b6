// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QHash>
#include <QJsonValue>
#include <QObject>
#include <QString>
#include <QStringList>

#include <functional>

#include "roundhouse/result.h"

namespace roundhouse::app {

// What is remembered between runs, in memory with a store behind it. Values are JSON. GUI thread only; the store is
// written on its own terms (it must not block).
class Settings : public QObject {
  Q_OBJECT
 public:
  using Write = std::function<void(const QString& key, const QJsonValue& value)>;  // undefined: remove

  explicit Settings(QHash<QString, QJsonValue> values = {}, Write write = {}, QObject* parent = nullptr);

  QJsonValue value(const QString& key, const QJsonValue& fallback = {}) const;
  bool flag(const QString& key, bool fallback) const;
  double number(const QString& key, double fallback) const;
  QString text(const QString& key, const QString& fallback = {}) const;
  QStringList texts(const QString& key) const;
  QByteArray bytes(const QString& key) const;

  void set(const QString& key, const QJsonValue& value);
  void setTexts(const QString& key, const QStringList& values);
  void setBytes(const QString& key, const QByteArray& bytes);
  void remove(const QString& key);
  // What belongs to a prefix ("shortcuts/").
  QStringList keys(const QString& prefix) const;

 Q_SIGNALS:
  void changed(const QString& key);

 private:
  QHash<QString, QJsonValue> values_;
  Write write_;
};

// Keys that more than one room reads.
namespace keys {
inline const QString theme = QStringLiteral("look/theme");               // "system", "light", "dark"
inline const QString language = QStringLiteral("look/language");         // "system", "en", "zh_CN"
inline const QString textScale = QStringLiteral("look/text_scale");      // 0.8 .. 2
inline const QString reducedMotion = QStringLiteral("look/reduced_motion");
inline const QString modelFolders = QStringLiteral("models/folders");    // absolute paths
inline const QString scanHubCache = QStringLiteral("models/scan_hub_cache");
inline const QString lastModel = QStringLiteral("models/last");          // path; empty: the embedded one
inline const QString contexts = QStringLiteral("models/contexts");       // path: tokens; see rememberContext()
inline const QString threads = QStringLiteral("engine/threads");         // 0: one per processor
inline const QString isa = QStringLiteral("engine/isa");                 // isa_name(); "automatic"
inline const QString auditTexts = QStringLiteral("audit/texts");         // false: only hashes
inline const QString keepAnswers = QStringLiteral("answers/keep");       // false: tokens and routing end with the run
inline const QString offline = QStringLiteral("network/offline");
inline const QString shortcuts = QStringLiteral("shortcuts/");           // + command id: portable text
inline const QString welcomed = QStringLiteral("first_run/done");
}  // namespace keys

// The context to load the model at `path` with, in tokens. 0: the model's own.
int rememberedContext(const Settings& settings, const QString& path);
void rememberContext(Settings& settings, const QString& path, int tokens);

}  // namespace roundhouse::app
