// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/panels/audit/audit_panel.h"

#include <QCoreApplication>

#include "app/panels/audit/audit_widget.h"

namespace roundhouse::app {

QString AuditPanel::title() const { return QCoreApplication::translate("Audit", "Audit"); }

QWidget* AuditPanel::createWidget(QWidget* parent) {
  widget_ = new AuditWidget(context_, parent);
  return widget_;
}

QWidget* AuditPanel::focusWidget() { return widget_ ? widget_->findChild<QWidget*>(QStringLiteral("auditTable")) : nullptr; }

void AuditPanel::shown() {
  widget_->reload();
  widget_->showUsers();
}

bool AuditPanel::prepareTourView(const QString&) { return widget_->idle(); }

}  // namespace roundhouse::app
