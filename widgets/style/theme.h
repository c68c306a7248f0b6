// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFont>
#include <QObject>
#include <QPalette>

#include "widgets/style/tokens.h"

class QApplication;

namespace roundhouse::widgets {

QPalette paletteFor(const Tokens& tokens);
// resources/style/roundhouse.qss with its @Names replaced; font sizes follow the base font.
QString styleSheetFor(const Tokens& tokens, const QFont& base);

// Dresses the application: style, palette, style sheet, font. One per QApplication, created after it and
// destroyed before it. GUI thread only. Widgets need no pointer to it: they read Tokens::current() and repaint on
// QEvent::PaletteChange.
class Theme : public QObject {
  Q_OBJECT
 public:
  enum class Mode { System, Light, Dark };
  Q_ENUM(Mode)

  explicit Theme(QApplication& app, QObject* parent = nullptr);

  Mode mode() const { return mode_; }
  Scheme scheme() const { return scheme_; }
  bool reducedMotion() const;
  double textScale() const { return text_scale_; }

  void setMode(Mode mode);
  void setReducedMotion(bool reduced);
  // Factor on the system's text size, clamped to 0.8..2.
  void setTextScale(double scale);

 Q_SIGNALS:
  void changed();

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  void apply();
  Scheme systemScheme() const;

  QApplication& app_;
  QFont system_font_;
  Mode mode_ = Mode::System;
  Scheme scheme_ = Scheme::Light;
  double text_scale_ = 1;
  bool applying_ = false;
  bool probe_pending_ = false;
};

}  // namespace roundhouse::widgets
