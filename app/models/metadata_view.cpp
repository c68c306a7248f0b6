// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/models/metadata_view.h"

#include <QHeaderView>
#include <QLabel>
#include <QSortFilterProxyModel>
#include <QStackedWidget>
#include <QTableView>
#include <QVBoxLayout>

#include "app/models/metadata_model.h"
#include "app/shell/remembered.h"
#include "widgets/controls/search_field.h"
#include "widgets/controls/table.h"
#include "widgets/style/metrics.h"
#include "widgets/style/text_role.h"

namespace roundhouse::app {

MetadataView::MetadataView(Settings& settings, QWidget* parent)
    : QWidget(parent), metadata_(new MetadataModel(this)), found_(new QSortFilterProxyModel(this)) {
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(widgets::grid::kSmall);
  filter_ = new widgets::SearchField(this);
  filter_->setObjectName(QStringLiteral("metadataFilter"));
  filter_->setPlaceholderText(tr("Search the metadata"));
  filter_->setAccessibleName(tr("Search the metadata"));
  stack_ = new QStackedWidget(this);
  nothing_ = new QLabel(stack_);
  nothing_->setObjectName(QStringLiteral("metadataNothing"));
  nothing_->setTextFormat(Qt::PlainText);
  nothing_->setWordWrap(true);
  nothing_->setAlignment(Qt::AlignTop | Qt::AlignLeft);
  widgets::setTextRole(nothing_, widgets::TextRole::Small, widgets::Tone::Muted);
  table_ = widgets::makeTable(stack_, QStringLiteral("metadataTable"), tr("Metadata"));
  stack_->addWidget(table_);
  stack_->addWidget(nothing_);
  found_->setSourceModel(metadata_);
  found_->setFilterKeyColumn(-1);
  found_->setFilterCaseSensitivity(Qt::CaseInsensitive);
  table_->setModel(found_);
  table_->horizontalHeader()->setStretchLastSection(true);
  table_->setColumnWidth(0, 220 * fontMetrics().averageCharWidth() / 8);
  connect(filter_, &widgets::SearchField::searchChanged, this, [this](const QString& text) {
    found_->setFilterFixedString(text.trimmed());
    showFound();
  });
  connect(found_, &QAbstractItemModel::modelReset, this, &MetadataView::showFound);
  column->addWidget(filter_);
  column->addWidget(stack_, 1);
  remember(settings, filter_);
  remember(settings, table_);
}

void MetadataView::setMetadata(std::vector<std::pair<std::string, std::string>> metadata) { metadata_->setMetadata(std::move(metadata)); }

void MetadataView::showFound() {
  const bool none = metadata_->rowCount() > 0 && found_->rowCount() == 0;
  nothing_->setText(tr("Nothing in the metadata matches “%1”.").arg(filter_->text().trimmed()));
  stack_->setCurrentWidget(none ? static_cast<QWidget*>(nothing_) : table_);
}

}  // namespace roundhouse::app
