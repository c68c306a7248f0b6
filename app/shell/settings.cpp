// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/shell/settings.h"

#include <QJsonArray>
#include <QJsonObject>

#include <algorithm>

namespace roundhouse::app {

Settings::Settings(QHash<QString, QJsonValue> values, Write write, QObject* parent)
    : QObject(parent), values_(std::move(values)), write_(std::move(write)) {}

QJsonValue Settings::value(const QString& key, const QJsonValue& fallback) const { return values_.value(key, fallback); }

bool Settings::flag(const QString& key, bool fallback) const { return values_.value(key).toBool(fallback); }

double Settings::number(const QString& key, double fallback) const { return values_.value(key).toDouble(fallback); }

QString Settings::text(const QString& key, const QString& fallback) const { return values_.value(key).toString(fallback); }

QStringList Settings::texts(const QString& key) const {
  QStringList found;
  const QJsonArray array = values_.value(key).toArray();
  for (const QJsonValue& each : array) {
    if (each.isString()) found.append(each.toString());
  }
  return found;
}

QByteArray Settings::bytes(const QString& key) const {
  return QByteArray::fromBase64(values_.value(key).toString().toLatin1());
}

void Settings::set(const QString& key, const QJsonValue& value) {
  const auto found = values_.constFind(key);
  if (found != values_.constEnd() && *found == value) return;
  values_.insert(key, value);
  if (write_) write_(key, value);
  Q_EMIT changed(key);
}

void Settings::setTexts(const QString& key, const QStringList& values) { set(key, QJsonArray::fromStringList(values)); }

void Settings::setBytes(const QString& key, const QByteArray& bytes) { set(key, QString::fromLatin1(bytes.toBase64())); }

void Settings::remove(const QString& key) {
  if (!values_.remove(key)) return;
  if (write_) write_(key, QJsonValue(QJsonValue::Undefined));
  Q_EMIT changed(key);
}

QStringList Settings::keys(const QString& prefix) const {
  QStringList found;
  for (auto each = values_.keyBegin(); each != values_.keyEnd(); ++each) {
    if (each->startsWith(prefix)) found.append(*each);
  }
  found.sort();
  return found;
}

int rememberedContext(const Settings& settings, const QString& path) {
  return std::max(0, settings.value(keys::contexts).toObject().value(path).toInt());
}

void rememberContext(Settings& settings, const QString& path, int tokens) {
  QJsonObject contexts = settings.value(keys::contexts).toObject();
  if (tokens > 0) contexts.insert(path, tokens);
  else contexts.remove(path);
  settings.set(keys::contexts, contexts);
}

}  // namespace roundhouse::app
