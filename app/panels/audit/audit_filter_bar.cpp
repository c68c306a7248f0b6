// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/panels/audit/audit_filter_bar.h"

#include <QComboBox>
#include <QDateEdit>
#include <QHBoxLayout>
#include <QLocale>
#include <QPushButton>
#include <QSignalBlocker>
#include <QVBoxLayout>

#include <algorithm>
#include <limits>

#include "app/bridge/session_hub.h"
#include "app/panels/audit/audit_model.h"
#include "app/shell/app_context.h"
#include "app/shell/remembered.h"
#include "app/shell/settings.h"
#include "widgets/controls/search_field.h"
#include "widgets/style/metrics.h"

namespace roundhouse::app {
namespace {

const QString kToday = QStringLiteral("today"), kWeek = QStringLiteral("week"), kMonth = QStringLiteral("month"), kDates = QStringLiteral("dates");

// The log counts nanoseconds in 64 bits, which end in April 2262.
const QDate kLastDay(2261, 12, 31);

std::int64_t startOf(const QDate& day) {
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max() / 1'000'000;  // ms
  return std::clamp<std::int64_t>(day.startOfDay().toMSecsSinceEpoch(), -kMost, kMost) * 1'000'000;
}

// As the language writes a date, with all of the year: of two digits nobody sees the century.
QString dayFormat() {
  QString format = QLocale().dateFormat(QLocale::ShortFormat);
  if (!format.contains(QLatin1String("yyyy"))) format.replace(QLatin1String("yy"), QLatin1String("yyyy"));
  return format;
}

}  // namespace

AuditFilterBar::AuditFilterBar(AppContext& context, QWidget* parent) : QWidget(parent), context_(context) {
  search_ = new widgets::SearchField(this);
  search_->setObjectName(QStringLiteral("auditSearch"));
  search_->setPlaceholderText(tr("Search prompts, answers and names"));
  search_->setAccessibleName(tr("Search the audit log"));
  const auto box = [this](const char* object, const QString& name, const QString& first) {
    auto* made = new QComboBox(this);
    made->setObjectName(QString::fromLatin1(object));
    made->setAccessibleName(name);
    made->setToolTip(name);
    made->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    made->setMinimumContentsLength(3);  // the window has to become narrow ...
    made->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    made->setMaximumWidth(24 * fontMetrics().averageCharWidth() + 32);  // ... and need not be filled
    made->addItem(first, QString());
    return made;
  };
  const auto day = [this](const char* object, const QString& name, const QDate& date) {
    auto* made = new QDateEdit(date, this);
    made->setObjectName(QString::fromLatin1(object));
    made->setAccessibleName(name);
    made->setToolTip(name);
    made->setCalendarPopup(true);
    made->setDisplayFormat(dayFormat());
    made->setMaximumDate(kLastDay);
    return made;
  };
  kind_ = box("auditKind", tr("Kind of entries shown"), tr("Everything"));
  for (const std::string_view kind : audit_kind::all) {
    const std::string name(kind);
    kind_->addItem(AuditModel::kindName(name), QString::fromStdString(name));
  }
  time_ = box("auditTime", tr("Time of the entries shown"), tr("At any time"));
  time_->addItem(tr("Today"), kToday);
  time_->addItem(tr("The last 7 days"), kWeek);
  time_->addItem(tr("The last 30 days"), kMonth);
  time_->addItem(tr("From … to …"), kDates);
  const QDate today = QDate::currentDate();
  from_ = day("auditFrom", tr("From this day on"), today.addMonths(-1));
  to_ = day("auditTo", tr("Up to this day"), today);
  user_ = box("auditUser", tr("User of the entries shown"), tr("By anyone"));
  if (const QString name = context_.settings.text(QStringLiteral("view/auditUser")); !name.isEmpty()) user_->addItem(name, name);
  conversation_ = box("auditConversation", tr("Conversation of the entries shown"), tr("In any conversation"));
  if (const QString kept = context_.settings.text(QStringLiteral("view/auditConversation")); !kept.isEmpty()) {
    conversation_->addItem(tr("In conversation %1").arg(kept.left(8)), kept);
  }
  clear_ = new QPushButton(tr("Show all"), this);
  clear_->setObjectName(QStringLiteral("auditShowAll"));

  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(widgets::grid::kSmall);
  column->addWidget(search_);
  auto* row = new QHBoxLayout;
  row->setSpacing(widgets::grid::kSmall);
  for (QComboBox* each : {kind_, time_, user_, conversation_}) row->addWidget(each, 1000);
  row->addStretch(1);
  row->addWidget(clear_);
  column->addLayout(row);
  auto* days = new QHBoxLayout;
  days->setSpacing(widgets::grid::kSmall);
  days->addWidget(from_);
  days->addWidget(to_);
  days->addStretch(1);
  column->addLayout(days);

  for (QComboBox* each : {kind_, time_, user_, conversation_}) remember(context_.settings, each);
  for (QDateEdit* each : {from_, to_}) remember(context_.settings, each);
  remember(context_.settings, search_);
  offerConversations();
  refresh();

  connect(search_, &widgets::SearchField::textChanged, this, &AuditFilterBar::refresh);
  connect(search_, &widgets::SearchField::searchChanged, this, &AuditFilterBar::changed);
  const auto chosen = [this] {
    refresh();
    Q_EMIT changed();
  };
  for (QComboBox* each : {kind_, time_, user_, conversation_}) connect(each, &QComboBox::currentIndexChanged, this, chosen);
  for (QDateEdit* each : {from_, to_}) connect(each, &QDateEdit::dateChanged, this, chosen);
  connect(clear_, &QPushButton::clicked, this, &AuditFilterBar::clear);
  connect(&context_.sessions, &SessionHub::currentConversationChanged, this, &AuditFilterBar::offerConversations);
}

AuditFilter AuditFilterBar::filter() const {
  AuditFilter filter;
  if (const QString kind = kind_->currentData().toString(); !kind.isEmpty()) filter.kinds.push_back(kind.toStdString());
  filter.text = search_->text().trimmed().toStdString();
  filter.user = user_->currentData().toString().toStdString();
  filter.session = conversation_->currentData().toString().toStdString();
  const QString time = time_->currentData().toString();
  const QDate today = QDate::currentDate();
  if (time == kToday) filter.from_ns = startOf(today);
  else if (time == kWeek) filter.from_ns = startOf(today.addDays(-6));
  else if (time == kMonth) filter.from_ns = startOf(today.addDays(-29));
  else if (time == kDates) {
    filter.from_ns = startOf(std::min(from_->date(), to_->date()));
    filter.until_ns = startOf(std::max(from_->date(), to_->date()).addDays(1));
  }
  return filter;
}

bool AuditFilterBar::active() const {
  for (const QComboBox* each : {kind_, time_, user_, conversation_}) {
    if (each->currentIndex() > 0) return true;
  }
  return !search_->text().trimmed().isEmpty();
}

void AuditFilterBar::clear() {
  search_->clear();
  for (QComboBox* each : {kind_, time_, user_, conversation_}) each->setCurrentIndex(0);
}

void AuditFilterBar::refresh() {
  const bool dates = time_->currentData().toString() == kDates;
  from_->setVisible(dates);
  to_->setVisible(dates);
  clear_->setEnabled(active());
}

void AuditFilterBar::setUsers(const std::vector<std::string>& users) {
  for (const std::string& each : users) {
    const QString name = QString::fromStdString(each);
    if (!name.isEmpty() && user_->findData(name) < 0) user_->addItem(name, name);
  }
}

void AuditFilterBar::setEntry(const AuditRecord* record) {
  entry_ = record ? record->sequence : 0;
  entry_conversation_ = record ? QString::fromStdString(record->entry.session) : QString();
  offerConversations();
}

// What is chosen stays, whatever else is on offer.
void AuditFilterBar::offerConversations() {
  const QString chosen = conversation_->currentData().toString(), text = conversation_->currentText();
  const QString open = context_.sessions.currentConversation();
  const QSignalBlocker quiet(conversation_);
  while (conversation_->count() > 1) conversation_->removeItem(1);
  if (!open.isEmpty()) conversation_->addItem(tr("In the open conversation"), open);
  if (!entry_conversation_.isEmpty() && entry_conversation_ != open) conversation_->addItem(tr("In that of entry %1").arg(entry_), entry_conversation_);
  if (!chosen.isEmpty() && conversation_->findData(chosen) < 0) conversation_->addItem(text, chosen);
  conversation_->setCurrentIndex(std::max(0, conversation_->findData(chosen)));
}

}  // namespace roundhouse::app
