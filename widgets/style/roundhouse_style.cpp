// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/style/roundhouse_style.h"

#include <QAbstractSpinBox>
#include <QApplication>
#include <QPainter>
#include <QPainterPath>
#include <QPushButton>
#include <QStyleOption>
#include <QToolButton>

#include <algorithm>
#include <array>
#include <cmath>

#include "widgets/style/metrics.h"
#include "widgets/style/tokens.h"
#include "widgets/style/wheel_guard.h"

namespace roundhouse::widgets {
namespace {

void drawChevron(QPainter* painter, const QRect& rect, double degrees, const QColor& color) {
  painter->save();
  painter->setRenderHint(QPainter::Antialiasing);
  painter->translate(QRectF(rect).center());
  painter->rotate(degrees);
  painter->setPen(QPen(color, 1.5, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
  const std::array<QPointF, 3> points{QPointF(-3.5, -1.75), QPointF(0, 1.75), QPointF(3.5, -1.75)};
  painter->drawPolyline(points.data(), int(points.size()));
  painter->restore();
}

void drawCheckBox(const QStyleOption* option, QPainter* painter, bool round) {
  const Tokens& tokens = Tokens::current();
  const bool enabled = option->state & QStyle::State_Enabled;
  const bool partial = option->state & QStyle::State_NoChange;
  const bool on = (option->state & QStyle::State_On) || partial;
  const bool focus = option->state & QStyle::State_HasFocus;
  const double side = qMin(option->rect.width(), option->rect.height()) - 1;
  QRectF box(0, 0, side, side);
  box.moveCenter(QRectF(option->rect).center());
  QColor fill = tokens[on ? ColorToken::Accent : ColorToken::Surface];
  QColor line = tokens[on || focus ? ColorToken::Accent : ColorToken::BorderStrong];
  if (enabled && (option->state & QStyle::State_MouseOver)) {
    if (on)
      fill = line = tokens[ColorToken::AccentHover];
    else
      fill = tokens[ColorToken::Hover];
  }
  if (!enabled) {
    fill = tokens[on ? ColorToken::TextDisabled : ColorToken::Sunken];
    line = tokens[on ? ColorToken::TextDisabled : ColorToken::Border];
  }
  painter->save();
  painter->setRenderHint(QPainter::Antialiasing);
  painter->setPen(QPen(line, 1));
  painter->setBrush(fill);
  if (round)
    painter->drawEllipse(box);
  else
    painter->drawRoundedRect(box, 3, 3);
  const QColor ink = enabled ? tokens[ColorToken::TextOnAccent] : tokens[ColorToken::Surface];
  if (on && round) {
    painter->setPen(Qt::NoPen);
    painter->setBrush(ink);
    painter->drawEllipse(box.center(), side * 0.22, side * 0.22);
  } else if (on) {
    painter->setPen(QPen(ink, side / 8.5, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    const auto at = [&](double x, double y) { return QPointF(box.left() + x * side, box.top() + y * side); };
    if (partial) {
      painter->drawLine(at(0.27, 0.5), at(0.73, 0.5));
    } else {
      const std::array<QPointF, 3> tick{at(0.24, 0.52), at(0.43, 0.71), at(0.77, 0.31)};
      painter->drawPolyline(tick.data(), int(tick.size()));
    }
  }
  painter->restore();
}

constexpr int kFieldHeight = 32;
constexpr int kArrowWidth = 24;
constexpr int kStepWidth = 16;

// The outline and ground that line edits have too.
void drawField(const QStyleOption* option, QPainter* painter, bool focus, bool hover) {
  const Tokens& tokens = Tokens::current();
  const bool enabled = option->state & QStyle::State_Enabled;
  const double pen = focus && enabled ? 2 : 1;
  painter->save();
  painter->setRenderHint(QPainter::Antialiasing);
  painter->setPen(QPen(tokens[!enabled ? ColorToken::Border : focus ? ColorToken::Accent : ColorToken::BorderStrong], pen));
  painter->setBrush(tokens[!enabled ? ColorToken::Background : hover ? ColorToken::Hover : ColorToken::Surface]);
  painter->drawRoundedRect(QRectF(option->rect).adjusted(pen / 2, pen / 2, -pen / 2, -pen / 2), grid::kRadius,
                           grid::kRadius);
  painter->restore();
}

}  // namespace

RoundhouseStyle::RoundhouseStyle() : QProxyStyle(QStringLiteral("fusion")), wheel_guard_(new WheelGuard(this)) {
  setObjectName(QStringLiteral("roundhouse"));
}

RoundhouseStyle* RoundhouseStyle::of(QApplication& app) {
  // With a style sheet, QApplication::style() is the sheet's style and holds ours as a child.
  if (auto* direct = qobject_cast<RoundhouseStyle*>(app.style())) return direct;
  if (auto* proxy = qobject_cast<QProxyStyle*>(app.style())) return qobject_cast<RoundhouseStyle*>(proxy->baseStyle());
  if (auto* below = app.findChild<RoundhouseStyle*>()) return below;
  return app.style()->findChild<RoundhouseStyle*>();
}

void RoundhouseStyle::polish(QWidget* widget) {
  QProxyStyle::polish(widget);
  wheel_guard_->watch(widget);
}

void RoundhouseStyle::unpolish(QWidget* widget) {
  wheel_guard_->release(widget);
  QProxyStyle::unpolish(widget);
}

void RoundhouseStyle::drawPrimitive(PrimitiveElement element, const QStyleOption* option, QPainter* painter,
                                    const QWidget* widget) const {
  const Tokens& tokens = Tokens::current();
  const QColor arrow =
      tokens[option->state & State_Enabled ? ColorToken::TextMuted : ColorToken::TextDisabled];
  switch (element) {
    case PE_IndicatorArrowDown:
    case PE_IndicatorSpinDown: drawChevron(painter, option->rect, 0, arrow); return;
    case PE_IndicatorArrowUp:
    case PE_IndicatorSpinUp: drawChevron(painter, option->rect, 180, arrow); return;
    case PE_IndicatorArrowRight: drawChevron(painter, option->rect, -90, arrow); return;
    case PE_IndicatorArrowLeft: drawChevron(painter, option->rect, 90, arrow); return;
    case PE_IndicatorHeaderArrow:
      if (const auto* header = qstyleoption_cast<const QStyleOptionHeader*>(option))
        drawChevron(painter, option->rect, header->sortIndicator == QStyleOptionHeader::SortDown ? 180 : 0, arrow);
      return;
    case PE_IndicatorBranch:
      if (option->state & State_Children)
        drawChevron(painter, option->rect, option->state & State_Open ? 0 : -90, arrow);
      return;
    case PE_IndicatorCheckBox:
    case PE_IndicatorItemViewItemCheck: drawCheckBox(option, painter, false); return;
    case PE_IndicatorRadioButton: drawCheckBox(option, painter, true); return;
    case PE_FrameFocusRect: {
      // The sheet's border shows it; a frame within would go through the words.
      if (qobject_cast<const QPushButton*>(widget) || qobject_cast<const QToolButton*>(widget)) return;
      painter->save();
      painter->setRenderHint(QPainter::Antialiasing);
      painter->setPen(QPen(tokens[ColorToken::Accent], 1.5));
      painter->setBrush(Qt::NoBrush);
      painter->drawRoundedRect(QRectF(option->rect).adjusted(0.75, 0.75, -0.75, -0.75), grid::kRadius, grid::kRadius);
      painter->restore();
      return;
    }
    default: QProxyStyle::drawPrimitive(element, option, painter, widget);
  }
}

void RoundhouseStyle::drawControl(ControlElement element, const QStyleOption* option, QPainter* painter, const QWidget* widget) const {
  const auto* combo = element == CE_ComboBoxLabel ? qstyleoption_cast<const QStyleOptionComboBox*>(option) : nullptr;
  if (!combo || combo->editable) return QProxyStyle::drawControl(element, option, painter, widget);
  // What does not fit ends in "…"; Qt cuts it.
  QStyleOptionComboBox fitted = *combo;
  const int icon = combo->currentIcon.isNull() ? 0 : combo->iconSize.width() + 4;
  const int room = subControlRect(CC_ComboBox, combo, SC_ComboBoxEditField, widget).width() - 2 - icon;
  fitted.currentText = combo->fontMetrics.elidedText(combo->currentText, Qt::ElideRight, room);
  QProxyStyle::drawControl(element, &fitted, painter, widget);
}

void RoundhouseStyle::drawComplexControl(ComplexControl control, const QStyleOptionComplex* option, QPainter* painter,
                                         const QWidget* widget) const {
  const Tokens& tokens = Tokens::current();
  const bool enabled = option->state & State_Enabled;
  const QColor arrow = tokens[enabled ? ColorToken::TextMuted : ColorToken::TextDisabled];
  if (control == CC_ComboBox) {
    const auto* combo = qstyleoption_cast<const QStyleOptionComboBox*>(option);
    const bool focus = option->state & (State_HasFocus | State_On);
    if (combo && combo->frame) drawField(option, painter, focus, enabled && (option->state & State_MouseOver));
    drawChevron(painter, subControlRect(control, option, SC_ComboBoxArrow, widget), 0, arrow);
    return;
  }
  if (control == CC_SpinBox) {
    const auto* spin = qstyleoption_cast<const QStyleOptionSpinBox*>(option);
    if (!spin) return;
    if (spin->frame) drawField(option, painter, option->state & State_HasFocus, false);
    if (spin->buttonSymbols == QAbstractSpinBox::NoButtons) return;
    const auto step = [&](SubControl part, QAbstractSpinBox::StepEnabledFlag flag, double degrees) {
      const QRect place = subControlRect(control, option, part, widget);
      const bool possible = enabled && (spin->stepEnabled & flag);
      if (possible && (option->activeSubControls & part)) {
        painter->save();
        painter->setRenderHint(QPainter::Antialiasing);
        painter->setPen(Qt::NoPen);
        painter->setBrush(tokens[option->state & State_Sunken ? ColorToken::Pressed : ColorToken::Hover]);
        painter->drawRoundedRect(place, 2, 2);
        painter->restore();
      }
      drawChevron(painter, place, degrees, possible ? arrow : tokens[ColorToken::Border]);
    };
    step(SC_SpinBoxUp, QAbstractSpinBox::StepUpEnabled, 180);
    step(SC_SpinBoxDown, QAbstractSpinBox::StepDownEnabled, 0);
    return;
  }
  QProxyStyle::drawComplexControl(control, option, painter, widget);
}

QRect RoundhouseStyle::subControlRect(ComplexControl control, const QStyleOptionComplex* option, SubControl part,
                                      const QWidget* widget) const {
  const QRect all = option->rect;
  const auto mirrored = [&](const QRect& rect) { return visualRect(option->direction, all, rect); };
  if (control == CC_ComboBox) {
    if (part == SC_ComboBoxArrow)
      return mirrored({all.right() - kArrowWidth, all.top(), kArrowWidth, all.height()});
    if (part == SC_ComboBoxEditField) return mirrored(all.adjusted(grid::kSmall, 2, -kArrowWidth - 2, -2));
  }
  if (control == CC_SpinBox) {
    const auto* spin = qstyleoption_cast<const QStyleOptionSpinBox*>(option);
    const bool buttons = spin && spin->buttonSymbols != QAbstractSpinBox::NoButtons;
    const int half = all.height() / 2;
    switch (part) {
      case SC_SpinBoxEditField:
        return mirrored(all.adjusted(grid::kTight, 2, buttons ? -kStepWidth - 3 : -grid::kTight, -2));
      case SC_SpinBoxUp:
        return buttons ? mirrored({all.right() - kStepWidth - 2, all.top() + 3, kStepWidth, half - 3}) : QRect();
      case SC_SpinBoxDown:
        return buttons ? mirrored({all.right() - kStepWidth - 2, all.top() + half, kStepWidth, half - 3}) : QRect();
      case SC_SpinBoxFrame: return all;
      default: break;
    }
  }
  return QProxyStyle::subControlRect(control, option, part, widget);
}

QSize RoundhouseStyle::sizeFromContents(ContentsType type, const QStyleOption* option, const QSize& size,
                                        const QWidget* widget) const {
  if (type == CT_ComboBox)
    return {size.width() + grid::kSmall + kArrowWidth + 8, std::max(kFieldHeight, size.height() + grid::kSmall)};
  return QProxyStyle::sizeFromContents(type, option, size, widget);
}

int RoundhouseStyle::pixelMetric(PixelMetric metric, const QStyleOption* option, const QWidget* widget) const {
  switch (metric) {
    case PM_IndicatorWidth:
    case PM_IndicatorHeight:
    case PM_ExclusiveIndicatorWidth:
    case PM_ExclusiveIndicatorHeight:
    case PM_SmallIconSize:
    case PM_ButtonIconSize: return std::max(grid::kIcon, int(std::lround(grid::kIcon * text_scale_)));
    case PM_CheckBoxLabelSpacing:
    case PM_RadioButtonLabelSpacing: return grid::kSmall;
    case PM_LayoutLeftMargin:
    case PM_LayoutTopMargin:
    case PM_LayoutRightMargin:
    case PM_LayoutBottomMargin: return grid::kMedium;
    case PM_LayoutHorizontalSpacing:
    case PM_LayoutVerticalSpacing: return grid::kSmall;
    case PM_ToolBarItemSpacing: return grid::kTight;
    case PM_SplitterWidth: return 5;
    case PM_DockWidgetSeparatorExtent: return 5;
    default: return QProxyStyle::pixelMetric(metric, option, widget);
  }
}

int RoundhouseStyle::styleHint(StyleHint hint, const QStyleOption* option, const QWidget* widget,
                               QStyleHintReturn* data) const {
  switch (hint) {
    case SH_Widget_Animation_Duration: return reduced_motion_ ? 0 : 150;
    case SH_Widget_Animate: return reduced_motion_ ? 0 : 1;
    case SH_EtchDisabledText:
    case SH_DitherDisabledText: return 0;
    case SH_ToolTip_WakeUpDelay: return 400;
    case SH_ItemView_ActivateItemOnSingleClick: return 0;
    case SH_DialogButtonBox_ButtonsHaveIcons: return 0;
    default: return QProxyStyle::styleHint(hint, option, widget, data);
  }
}

}  // namespace roundhouse::widgets
