// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QString>
#include <QStringList>
#include <QTranslator>

namespace roundhouse::app {

// The language of the window. English stands in the sources, its plural forms and other languages in
// resources/translations, built into the program. One per QApplication, GUI thread only. Texts that are on screen change when their window is made anew.
class Localization : public QObject {
  Q_OBJECT
 public:
  explicit Localization(QObject* parent = nullptr);
  ~Localization() override;

  static QStringList languages();                       // "en", "zh_CN"
  static QString nameOf(const QString& language);       // in itself: "English", "简体中文"
  // What "system" (or something unknown) stands for on this desktop.
  static QString resolve(const QString& choice);

  QString language() const { return language_; }
  // Emits changed() only when the language differs.
  void setChoice(const QString& choice);

 Q_SIGNALS:
  void changed(const QString& language);

 private:
  void install(const QString& language);

  QString language_;
  QTranslator own_, qt_;
};

}  // namespace roundhouse::app
