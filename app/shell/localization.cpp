// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/shell/localization.h"

#include <QCoreApplication>
#include <QLibraryInfo>
#include <QLocale>

// Q_INIT_RESOURCE must stand outside every namespace.
static void loadTranslationResources() { Q_INIT_RESOURCE(translations); }

namespace roundhouse::app {

Localization::Localization(QObject* parent) : QObject(parent) {
  loadTranslationResources();
  install(QStringLiteral("en"));
}

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
  install(next);
  Q_EMIT changed(language_);
}

void Localization::install(const QString& language) {
  QCoreApplication::removeTranslator(&own_);
  QCoreApplication::removeTranslator(&qt_);
  language_ = language;
  // Numbers and dates as this desktop writes them, where it speaks that language.
  const QLocale system = QLocale::system(), own(language);
  QLocale::setDefault(system.language() == own.language() && system.script() == own.script() ? system : own);
  // Qt's own texts (buttons of standard dialogs) where they are installed; English ones are in Qt.
  if (qt_.load(QStringLiteral("qtbase_%1").arg(language), QLibraryInfo::path(QLibraryInfo::TranslationsPath))) {
    QCoreApplication::installTranslator(&qt_);
  }
  // For English too: it has the plural forms.
  if (own_.load(QStringLiteral(":/i18n/roundhouse_%1.qm").arg(language))) QCoreApplication::installTranslator(&own_);
}

}  // namespace roundhouse::app
