// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QProxyStyle>

class QApplication;

namespace roundhouse::widgets {

class WheelGuard;

// Fusion with indicators, arrows and focus ring drawn from the tokens; everything flat comes from the style sheet.
// Fields take the wheel only with the focus (WheelGuard).
class RoundhouseStyle : public QProxyStyle {
  Q_OBJECT
 public:
  RoundhouseStyle();

  // The application's instance, found under the style sheet's style; null when another style is set.
  static RoundhouseStyle* of(QApplication& app);

  bool reducedMotion() const { return reduced_motion_; }
  void setReducedMotion(bool reduced) { reduced_motion_ = reduced; }
  // Icons and indicators grow with the text.
  void setTextScale(double scale) { text_scale_ = scale; }

  using QProxyStyle::polish;
  using QProxyStyle::unpolish;
  void polish(QWidget* widget) override;
  void unpolish(QWidget* widget) override;
  void drawPrimitive(PrimitiveElement element, const QStyleOption* option, QPainter* painter,
                     const QWidget* widget) const override;
  void drawControl(ControlElement element, const QStyleOption* option, QPainter* painter, const QWidget* widget) const override;
  void drawComplexControl(ComplexControl control, const QStyleOptionComplex* option, QPainter* painter,
                          const QWidget* widget) const override;
  QRect subControlRect(ComplexControl control, const QStyleOptionComplex* option, SubControl part,
                       const QWidget* widget) const override;
  QSize sizeFromContents(ContentsType type, const QStyleOption* option, const QSize& size,
                         const QWidget* widget) const override;
  int pixelMetric(PixelMetric metric, const QStyleOption* option, const QWidget* widget) const override;
  int styleHint(StyleHint hint, const QStyleOption* option, const QWidget* widget,
                QStyleHintReturn* data) const override;

 private:
  WheelGuard* wheel_guard_;
  bool reduced_motion_ = false;
  double text_scale_ = 1;
};

}  // namespace roundhouse::widgets
