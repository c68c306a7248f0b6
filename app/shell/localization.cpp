// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/shell/localization.h"

#include <QCoreApplication>
#include <QLibraryInfo>
#include <QLocale>

namespace roundhouse::app {

Localization::Localization(QObject* parent) : QObject(parent) { QLocale::setDefault(QLocale(QLocale::English)); }

Localization::~Localization() {
  QCoreApplication::removeTranslator(&own_);
  QCoreApplication::removeTranslator(&qt_);
}

QStringList Localization::languages() { return {QStringLiteral("en"), QStringLiteral("zh_CN")}; }

QString Localization::nameOf(const QString& language) {
  if (language == QLatin1String("zh_CN")) return QString::fromUtf8("简体中文");
  return QStringLiteral("English");
}

QString Localization::resolve(const QString& choice) {
  if (languages().contains(choice)) return choice;
  const QStringList wanted = QLocale::system().uiLanguages();
  for (const QString& each : wanted) {
    if (each.startsWith(QLatin1String("zh"))) return QStringLiteral("zh_CN");
    if (each.startsWith(QLatin1String("en")) || each == QLatin1String("C")) return QStringLiteral("en");
  }
  return QStringLiteral("en");
}

void Localization::setChoice(const QString& choice) {
  const QString next = resolve(choice);
  if (next == language_) return;
  QCoreApplication::removeTranslator(&own_);
  QCoreApplication::removeTranslator(&qt_);
  language_ = next;
  QLocale::setDefault(QLocale(next));
  if (next != QLatin1String("en")) {
    if (own_.load(QStringLiteral(":/i18n/roundhouse_%1.qm").arg(next))) QCoreApplication::installTranslator(&own_);
    // Qt's own texts (buttons of standard dialogs) where the desktop has them.
    if (qt_.load(QStringLiteral("qtbase_%1").arg(next), QLibraryInfo::path(QLibraryInfo::TranslationsPath))) {
      QCoreApplication::installTranslator(&qt_);
    }
  }
  Q_EMIT changed(language_);
}

}  // namespace roundhouse::app
