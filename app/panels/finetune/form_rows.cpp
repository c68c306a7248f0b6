// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/panels/finetune/form_rows.h"

#include <QFormLayout>
#include <QLabel>
#include <QRegularExpression>
#include <QVBoxLayout>

#include "widgets/controls/fold_section.h"
#include "widgets/controls/wrapped_label.h"
#include "widgets/style/metrics.h"
#include "widgets/style/text_role.h"

namespace roundhouse::app {

void FormRows::add(QFormLayout* layout, const QString& key, const QString& name, QWidget* field, const QString& tip, widgets::FoldSection* section) {
  field->setObjectName(QStringLiteral("finetune.") + key);
  field->setAccessibleName(name);
  field->setAccessibleDescription(tip);
  field->setToolTip(tip);
  auto* label = new QLabel(name);
  label->setBuddy(field);
  label->setToolTip(tip);
  auto* frame = new QWidget;
  auto* column = new QVBoxLayout(frame);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(2);
  column->addWidget(field);
  auto* error = new widgets::WrappedLabel;
  error->setObjectName(QStringLiteral("finetuneError.") + key);
  error->setAccessibleName(tr("Problem: %1").arg(name));
  widgets::setTextRole(error, widgets::TextRole::Small, widgets::Tone::Danger);
  error->hide();
  column->addWidget(error);
  layout->addRow(label, frame);
  rows_.insert(key, {field, frame, layout, error, section});
  order_.append(key);
}

bool FormRows::showError(const QString& key, const QString& text) {
  const auto found = rows_.constFind(key);
  if (found == rows_.constEnd()) return false;
  const QString before = found->error->isHidden() ? QString() : found->error->wholeText() + QLatin1Char('\n');
  if (before.contains(text)) return true;
  found->error->setWholeText(before + text);
  found->error->show();
  if (found->section) found->section->setExpanded(true);
  return true;
}

void FormRows::clearErrors() {
  for (const Row& row : std::as_const(rows_)) {
    row.error->setWholeText({});
    row.error->hide();
  }
}

QString FormRows::error(const QString& key) const {
  const auto found = rows_.constFind(key);
  return found == rows_.constEnd() || found->error->isHidden() ? QString() : found->error->wholeText();
}

QWidget* FormRows::firstWrong() const {
  for (const QString& key : order_) {
    if (!error(key).isEmpty()) return rows_[key].field;
  }
  return nullptr;
}

QString FormRows::keyIn(const QString& text) const {
  QString best;
  for (const QString& key : order_) {
    if (key.size() <= best.size()) continue;
    const QRegularExpression word(QStringLiteral("(?<![\\w.])%1(?![\\w])").arg(QRegularExpression::escape(key)));
    if (word.match(text).hasMatch()) best = key;
  }
  return best;
}

QString FormRows::firstOf(const QString& group) const {
  for (const QString& key : order_) {
    if (!group.isEmpty() && key.startsWith(group + QLatin1Char('.'))) return key;
  }
  return {};
}

void FormRows::setRowVisible(const QString& key, bool visible) {
  const auto found = rows_.constFind(key);
  if (found == rows_.constEnd()) return;
  found->frame->setVisible(visible);
  if (QWidget* label = found->layout->labelForField(found->frame)) label->setVisible(visible);
}

}  // namespace roundhouse::app
