// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/panels/audit/audit_widget.h"

#include <QCheckBox>
#include <QDateTime>
#include <QDialogButtonBox>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QInputDialog>
#include <QLabel>
#include <QPlainTextEdit>
#include <QProgressBar>
#include <QPushButton>
#include <QScrollBar>
#include <QSplitter>
#include <QStackedWidget>
#include <QTableView>
#include <QVBoxLayout>

#include <algorithm>
#include <utility>
#include <variant>

#include "app/bridge/audit_service.h"
#include "app/bridge/session_hub.h"
#include "app/panels/audit/audit_filter_bar.h"
#include "app/panels/audit/audit_model.h"
#include "app/panels/audit/audit_tasks.h"
#include "app/panels/audit/finding_text.h"
#include "app/shell/app_context.h"
#include "app/shell/background.h"
#include "app/shell/engine_text.h"
#include "app/shell/format.h"
#include "app/shell/remembered.h"
#include "app/shell/save_dialog.h"
#include "widgets/controls/action_button.h"
#include "widgets/controls/empty_state.h"
#include "widgets/controls/focus_home.h"
#include "widgets/controls/table.h"
#include "widgets/style/text_role.h"

namespace roundhouse::app {

namespace {
constexpr int kPage = 200;

QString text(const std::string& value) { return QString::fromStdString(value); }

// How many entries of a conversation, this one aside, still hold texts. Blocking.
Result<std::vector<std::int64_t>> entriesWithTexts(AuditLog& log, const std::string& session, std::int64_t aside) {
  AuditFilter filter;
  filter.session = session;
  AuditPage page{0, 1000, false};
  std::vector<std::int64_t> found;
  for (;;) {
    RH_ASSIGN(const std::vector<AuditRecord> records, log.query(filter, page));
    for (const AuditRecord& each : records) {
      const bool stored = std::any_of(each.parts.begin(), each.parts.end(), [](const AuditPart& part) { return part.state == AuditPartState::stored; });
      if (stored && each.sequence != aside) found.push_back(each.sequence);
    }
    if (static_cast<int>(records.size()) < page.limit) return found;
    page.before = records.back().sequence;
  }
}
}  // namespace

template <class Work, class Done>
void AuditWidget::run(Work work, Done done) {
  ++running_;
  runInBackground(this, std::move(work), [this, done = std::move(done)](auto result) {
    --running_;
    done(std::move(result));
  });
}

AuditWidget::AuditWidget(AppContext& context, QWidget* parent) : QWidget(parent), context_(context), tasks_(auditTasks(context)), model_(new AuditModel(this)) {
  setObjectName(QStringLiteral("auditPanel"));
  filter_ = new AuditFilterBar(context_, this);
  verify_ = widgets::makeActionButton(this, QStringLiteral("auditVerify"), tr("Verify"), tr("Checks every entry's hash, the chain, the texts and the head outside the database."));
  export_ = widgets::makeActionButton(this, QStringLiteral("auditExport"), tr("Export…"), tr("Writes what is shown, with the proof that it belongs to the chain."));
  redact_ = widgets::makeActionButton(this, QStringLiteral("auditRedact"), tr("Redact texts…"), tr("Takes this entry's texts out of the log; the chain still verifies, and the redaction is an entry."));
  set_aside_ = widgets::makeActionButton(this, QStringLiteral("auditSetAside"), tr("Set aside…"), tr("Moves this log away, untouched, and starts a new one that tells where it lies and why."));
  set_aside_->hide();
  retry_ = widgets::makeActionButton(this, QStringLiteral("auditRetry"), tr("Open it again"), tr("Tries once more, after what stood in the way was mended."));
  stop_ = widgets::makeActionButton(this, QStringLiteral("auditCancel"), tr("Cancel"), tr("Stops the check or the export."));
  progress_ = new QProgressBar(this);
  progress_->setObjectName(QStringLiteral("auditProgress"));
  progress_->setAccessibleName(tr("Progress"));
  progress_->hide();
  stop_->hide();
  verdict_ = new QLabel(this);
  verdict_->setObjectName(QStringLiteral("auditVerdict"));
  verdict_->setWordWrap(true);
  verdict_->setTextFormat(Qt::PlainText);
  verdict_->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
  verdict_->hide();
  count_ = new QLabel(this);

  auto* split = new QSplitter(Qt::Horizontal, this);
  split->setObjectName(QStringLiteral("auditSplit"));
  split->setChildrenCollapsible(false);
  table_ = widgets::makeTable(split, QStringLiteral("auditTable"), tr("Entries of the audit log"));
  table_->setModel(model_);
  table_->setAlternatingRowColors(true);
  table_->horizontalHeader()->setStretchLastSection(true);
  details_ = new QPlainTextEdit(split);
  details_->setObjectName(QStringLiteral("auditDetails"));
  details_->setAccessibleName(tr("The chosen entry"));
  details_->setReadOnly(true);
  details_->setPlaceholderText(tr("Choose an entry to read it."));
  split->addWidget(table_);
  split->addWidget(details_);
  split->setStretchFactor(0, 3);
  split->setStretchFactor(1, 2);

  auto* content = new QWidget(this);
  auto* inner = new QVBoxLayout(content);
  inner->setContentsMargins(0, 0, 0, 0);
  inner->setSpacing(8);
  auto* bar = new QHBoxLayout;
  bar->setSpacing(8);
  bar->addWidget(progress_, 1);
  bar->addWidget(stop_);
  bar->addStretch(1);
  for (QPushButton* each : {verify_, export_, redact_}) bar->addWidget(each);
  inner->addWidget(filter_);
  inner->addLayout(bar);
  nothing_ = new widgets::EmptyState(content);
  nothing_->setObjectName(QStringLiteral("auditNothing"));
  nothing_->setIcon(QStringLiteral("audit"));
  found_ = new QStackedWidget(content);
  found_->addWidget(split);
  found_->addWidget(nothing_);
  inner->addWidget(found_, 1);
  inner->addWidget(count_);
  none_ = new widgets::EmptyState(this);
  none_->setObjectName(QStringLiteral("auditNone"));
  none_->setIcon(QStringLiteral("audit"));
  stack_ = new QStackedWidget(this);
  stack_->addWidget(content);
  stack_->addWidget(none_);

  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(16, 16, 16, 16);
  column->setSpacing(8);
  auto* said = new QHBoxLayout;
  said->setSpacing(8);
  said->addWidget(verdict_, 1);
  said->addWidget(set_aside_, 0, Qt::AlignTop);
  said->addWidget(retry_, 0, Qt::AlignTop | Qt::AlignRight);
  column->addLayout(said);
  column->addWidget(stack_, 1);

  connect(filter_, &AuditFilterBar::changed, this, &AuditWidget::reload);
  connect(nothing_, &widgets::EmptyState::actionTriggered, filter_, &AuditFilterBar::clear);
  connect(verify_, &QPushButton::clicked, this, &AuditWidget::verify);
  connect(export_, &QPushButton::clicked, this, &AuditWidget::exportLog);
  connect(redact_, &QPushButton::clicked, this, &AuditWidget::redact);
  connect(stop_, &QPushButton::clicked, &tasks_, &AuditTasks::cancel);
  connect(&tasks_, &AuditTasks::changed, this, &AuditWidget::showTask);
  connect(&tasks_, &AuditTasks::ended, this, [this] {
    showOutcome();
    if (std::holds_alternative<Result<AuditExportReceipt>>(tasks_.outcome())) reload();  // it is an entry
  });
  connect(table_->selectionModel(), &QItemSelectionModel::currentRowChanged, this, &AuditWidget::showEntry);
  connect(table_->verticalScrollBar(), &QScrollBar::valueChanged, this, [this](int value) {
    if (value >= table_->verticalScrollBar()->maximum() - 20) loadMore();
  });
  connect(set_aside_, &QPushButton::clicked, this, &AuditWidget::setAside);
  connect(retry_, &QPushButton::clicked, &context_.audit, &AuditService::open);
  connect(none_, &widgets::EmptyState::actionTriggered, this, &AuditWidget::setAside);
  connect(&context_.audit, &AuditService::opened, this, [this] {
    showState();
    // At the start nothing here could take the focus yet.
    if (isVisible() && !isAncestorOf(window()->focusWidget())) table_->setFocus(Qt::OtherFocusReason);
    showUsers();
    reload();
  });
  connect(&context_.audit, &AuditService::failed, this, &AuditWidget::showState);
  // The next one along would be what destroys texts.
  widgets::keepFocusAt(table_, {verify_, export_, redact_, set_aside_, retry_, stop_});
  redact_->setEnabled(false);
  showState();
  showTask();
  showOutcome();
  remember(context_.settings, split);
  remember(context_.settings, table_);
}

bool AuditWidget::idle() const { return running_ == 0 && !tasks_.running(); }

void AuditWidget::say(const QString& message, widgets::Tone tone) {
  widgets::setTextRole(verdict_, widgets::TextRole::Body, tone);
  verdict_->setText(message);
  verdict_->setVisible(!message.isEmpty());
}

void AuditWidget::tell(const QString& message) {
  tasks_.forget();
  say(message);
}

void AuditWidget::showTask() {
  const bool running = tasks_.running();
  verify_->setEnabled(!running);
  export_->setEnabled(!running && model_->rowCount() > 0);
  progress_->setVisible(running);
  stop_->setVisible(running);
  progress_->setRange(0, tasks_.progress() < 0 ? 0 : 1000);
  progress_->setValue(static_cast<int>(std::max(0.0, tasks_.progress()) * 1000));
}

void AuditWidget::showState() {
  const AuditService& audit = context_.audit;
  stack_->setCurrentIndex(audit.log() ? 0 : 1);
  retry_->setVisible(!audit.log() && audit.error());
  if (audit.log()) return;
  if (!audit.wanted()) {
    none_->setText(tr("Nothing is logged in this run"), tr("What is asked and answered leaves no entry."));
  } else if (audit.error()) {
    none_->setText(tr("Nothing is answered without its log"),
                   tr("The audit log could not be opened: %1").arg(errorDetails(*audit.error())));
  } else {
    none_->setText({}, tr("The audit log is being opened."));
  }
  none_->setAction(audit.error() ? tr("Set it aside and start a new log…") : QString());
}

void AuditWidget::askReason(const QString& title, const QString& label, const QString& accept, const QString& option,
                            std::function<void(const std::string& reason, bool optionTicked)> done) {
  auto* dialog = new QInputDialog(this);
  dialog->setObjectName(QStringLiteral("auditReason"));
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setWindowTitle(title);
  dialog->setLabelText(label);
  dialog->setOkButtonText(accept);
  dialog->setInputMode(QInputDialog::TextInput);
  dialog->open();
  for (QLabel* each : dialog->findChildren<QLabel*>()) each->setWordWrap(true);
  dialog->resize(60 * fontMetrics().averageCharWidth(), dialog->height());
  QCheckBox* box = nullptr;
  if (auto* column = option.isEmpty() ? nullptr : qobject_cast<QBoxLayout*>(dialog->layout())) {
    box = new QCheckBox(option, dialog);
    box->setObjectName(QStringLiteral("auditReasonOption"));
    column->insertWidget(column->count() - 1, box);
    box->show();
  }
  if (auto* buttons = dialog->findChild<QDialogButtonBox*>()) {
    QPushButton* ok = buttons->button(QDialogButtonBox::Ok);
    ok->setEnabled(false);
    connect(dialog, &QInputDialog::textValueChanged, ok, [ok](const QString& value) { ok->setEnabled(!value.trimmed().isEmpty()); });
  }
  connect(dialog, &QInputDialog::textValueSelected, this, [box, done = std::move(done)](const QString& reason) {
    if (!reason.trimmed().isEmpty()) done(reason.trimmed().toStdString(), box && box->isChecked());
  });
}

void AuditWidget::setAside() {
  if (context_.sessions.anyBusy()) return tell(tr("Stop the answers that are running first: their entries belong to this log."));
  askReason(tr("Set the audit log aside"),
            tr("The log is moved away, untouched, and a new one begins. Why? (This reason stands in the new log.)"), tr("Set aside"), {},
            [this](const std::string& reason, bool) {
    set_aside_->setEnabled(false);
    context_.audit.setAside(QString::fromStdString(reason), this, [this](const Result<QString>& moved) {
      set_aside_->setEnabled(true);
      if (!moved.ok()) return tell(tr("The log could not be set aside: %1").arg(errorLine(moved.error())));
      set_aside_->hide();
      tell(tr("The old log lies at %1. The new one begins with an entry that says so.").arg(*moved));
      reload();
    });
  });
}

void AuditWidget::showUsers() {
  const std::shared_ptr<AuditLog> log = context_.audit.log();
  if (!log) return;
  run([log] { return log->users(); }, [this](Result<std::vector<std::string>> users) {
    if (users.ok()) filter_->setUsers(*users);
  });
}

// The table, or why it is empty.
void AuditWidget::showFound() {
  const bool any = model_->rowCount() > 0;
  found_->setCurrentIndex(any ? 0 : 1);
  export_->setEnabled(any && !tasks_.running());
  if (any) return;
  if (filter_->active()) nothing_->setText(tr("No entry matches"), tr("Search for something else, or show all entries."));
  else nothing_->setText(tr("Nothing is logged yet"), tr("Each question, answer, loaded model, edit and export becomes an entry here."));
  nothing_->setAction(filter_->active() ? tr("Show all") : QString());
}

// What was done is read whole; long names give way, and the hash has what is left.
void AuditWidget::fitColumns() {
  widgets::fitColumns(table_);
  const int character = table_->fontMetrics().averageCharWidth();
  for (const auto& [column, characters] : {std::pair(AuditModel::User, 12), std::pair(AuditModel::ModelName, 20)}) {
    table_->setColumnWidth(column, std::min(table_->columnWidth(column), characters * character));
  }
}

void AuditWidget::reload() {
  const std::shared_ptr<AuditLog> log = context_.audit.log();
  if (!log) return;
  const std::uint64_t query = ++query_;
  complete_ = false;
  struct Page { Result<std::vector<AuditRecord>> records; Result<std::int64_t> count; };
  run([log, filter = filter_->filter()] { return Page{log->query(filter, {0, kPage, false}), log->count(filter)}; },
      [this, query](Page page) {
    if (query != query_) return;
    if (!page.records.ok()) return tell(errorLine(page.records.error()));
    complete_ = static_cast<int>(page.records->size()) < kPage;
    model_->replace(std::move(page.records).value());
    if (!hasUserWidths(table_)) fitColumns();
    showFound();
    count_->setText(page.count.ok() ? tr("%Ln entries", nullptr, static_cast<int>(*page.count)) : QString());
    showEntry();
  });
}

void AuditWidget::loadMore() {
  const std::shared_ptr<AuditLog> log = context_.audit.log();
  const AuditRecord* last = model_->record(model_->rowCount() - 1);
  if (!log || complete_ || !last || loading_more_) return;
  loading_more_ = true;
  const std::uint64_t query = query_;
  run([log, filter = filter_->filter(), before = last->sequence] { return log->query(filter, {before, kPage, false}); },
      [this, query](Result<std::vector<AuditRecord>> page) {
    loading_more_ = false;
    if (query != query_) return;
    if (!page.ok()) return tell(errorLine(page.error()));
    complete_ = static_cast<int>(page->size()) < kPage;
    model_->append(std::move(page).value());
  });
}

void AuditWidget::showEntry() {
  const AuditRecord* record = model_->record(table_->currentIndex().row());
  filter_->setEntry(record);
  redact_->setEnabled(false);
  if (!record) return details_->clear();
  const std::shared_ptr<AuditLog> log = context_.audit.log();
  const std::int64_t sequence = record->sequence;
  run([log, sequence] { return log->entry(sequence); }, [this, sequence](Result<AuditRecord> found) {
    const AuditRecord* current = model_->record(table_->currentIndex().row());
    if (!current || current->sequence != sequence) return;
    if (!found.ok()) return details_->setPlainText(errorLine(found.error()));
    const AuditRecord& r = *found;
    QString out;
    const auto line = [&](const QString& name, const QString& value) {
      if (!value.isEmpty()) out += name + QStringLiteral(": ") + value + QLatin1Char('\n');
    };
    line(tr("Entry"), QString::number(r.sequence));
    line(tr("Time (UTC)"), QDateTime::fromMSecsSinceEpoch(r.time_ns / 1'000'000, Qt::UTC).toString(Qt::ISODateWithMs));
    line(tr("What"), AuditModel::kindName(r.entry.kind) + (r.entry.action.empty() ? QString() : QStringLiteral(" · ") + text(r.entry.action)));
    if (r.entry.refers_to > 0) line(tr("Refers to entry"), QString::number(r.entry.refers_to));
    line(tr("User"), text(r.entry.user));
    line(tr("Program"), text(r.entry.program));
    line(tr("Conversation"), text(r.entry.session));
    line(tr("Plugin"), text(r.entry.plugin));
    line(tr("Model"), text(r.entry.model_name));
    line(tr("Model digest"), text(r.entry.model_digest));
    line(tr("Routing edits"), text(r.entry.edits_json));
    line(tr("Settings"), text(r.entry.settings_json));
    if (r.entry.prompt_tokens > 0) line(tr("Prompt tokens"), QString::number(r.entry.prompt_tokens));
    if (r.entry.answer_tokens > 0) line(tr("Answer tokens"), QString::number(r.entry.answer_tokens));
    line(tr("Further"), text(r.entry.extra_json));
    bool stored = false;
    for (const AuditPart& part : r.parts) {
      const QString name = part.part == "prompt" ? tr("Prompt") : part.part == "answer" ? tr("Answer") : text(part.part);
      switch (part.state) {
        case AuditPartState::stored:
          stored = true;
          for (const AuditText& t : r.entry.texts) {
            if (t.part == part.part) out += QStringLiteral("\n— %1 —\n%2\n").arg(name, text(t.text));
          }
          break;
        case AuditPartState::hash_only: line(name, tr("only its salted hash was kept")); break;
        case AuditPartState::redacted: line(name, tr("redacted by entry %1").arg(part.redacted_by)); break;
        case AuditPartState::missing: line(name, tr("MISSING: the text is gone and no entry explains it")); break;
      }
    }
    out += QLatin1Char('\n');
    line(tr("Hash"), text(audit_hex(r.hash)));
    line(tr("Previous"), text(audit_hex(r.previous)));
    details_->setPlainText(out);
    redact_->setEnabled(stored);
  });
}

void AuditWidget::verify() {
  if (const std::shared_ptr<AuditLog> log = context_.audit.log()) tasks_.verify(log);
}

void AuditWidget::showOutcome() {
  if (const auto* exported = std::get_if<Result<AuditExportReceipt>>(&tasks_.outcome())) {
    if (!exported->ok()) return say(errorLine(exported->error()));
    const AuditExportReceipt& receipt = **exported;
    QStringList files;
    for (const auto& file : receipt.files) files.append(text(file.string()));
    const QString told = tr("Exported %Ln entries: %1", nullptr, static_cast<int>(receipt.entries)).arg(files.join(QStringLiteral(", ")));
    return say(receipt.warning.empty() ? told : told + QLatin1Char('\n') + engineText(receipt.warning));
  }
  const auto* checked = std::get_if<Result<AuditVerifyReport>>(&tasks_.outcome());
  if (!checked) return;
  if (!checked->ok()) return say(tr("The check could not be done: %1").arg(errorDetails(checked->error())));
  const AuditVerifyReport& report = **checked;
  set_aside_->setVisible(!report.ok);
  if (report.ok) {
    QString message = tr("✓ The log is whole: %Ln entries checked, head %1.", nullptr, static_cast<int>(report.entries_checked)).arg(text(audit_hex(report.head.hash)).left(16));
    if (!report.unfinished.empty()) message += QLatin1Char(' ') + tr("%n answers were begun and never ended (the program was killed, or they are running).", nullptr, static_cast<int>(report.unfinished.size()));
    for (const AuditFinding& note : report.notes) message += QLatin1Char('\n') + findingText(note);
    return say(message);
  }
  QStringList lines{tr("✗ The log was tampered with: %n findings", nullptr, static_cast<int>(report.findings_total))};
  for (const AuditFinding& finding : report.findings) {
    if (lines.size() > 12) break;
    lines.append(findingText(finding));
  }
  say(lines.join(QLatin1Char('\n')), widgets::Tone::Danger);
}

void AuditWidget::redact() {
  const AuditRecord* record = model_->record(table_->currentIndex().row());
  if (!record) return;
  const std::string& session = record->entry.session;
  if (session.empty()) return askRedaction(record->sequence, session, 0);
  // Each question holds what was said before it.
  run([log = context_.audit.log(), session, sequence = record->sequence] { return entriesWithTexts(*log, session, sequence); },
      [this, session, sequence = record->sequence](const Result<std::vector<std::int64_t>>& others) {
    if (!others.ok()) return tell(errorLine(others.error()));
    askRedaction(sequence, session, static_cast<int>(others->size()));
  });
}

void AuditWidget::askRedaction(std::int64_t sequence, const std::string& session, int others) {
  QString label = tr("The texts of this entry are destroyed for good.");
  if (others > 0) {
    label += QLatin1Char(' ') + tr("%n other entries of the same conversation still hold texts, and each question repeats what was said before it.", nullptr, others);
  }
  label += QLatin1Char(' ') + tr("Why? (This reason stands in the log.)");
  askReason(tr("Redact entry %1").arg(sequence), label, tr("Redact"), others > 0 ? tr("Redact all entries of this conversation") : QString(),
            [this, sequence, session](const std::string& reason, bool all) {
    run([log = context_.audit.log(), sequence, session, reason, all] { return all ? log->redact_session(session, reason) : log->redact(sequence, "", reason); },
        [this](Result<AuditReceipt> receipt) {
      tell(receipt.ok() ? tr("Redacted; entry %1 says so. %2").arg(receipt->sequence).arg(engineText(receipt->warning)).trimmed() : errorLine(receipt.error()));
      reload();
    });
  });
}

void AuditWidget::exportLog() {
  askSavePath(this, tr("Export the audit log"), QStringLiteral("audit"), {tr("JSON with proof (*.json)"), tr("CSV with a proof file (*.csv)")},
              [this](const QString& path) { write(path); });
}

void AuditWidget::write(const QString& path) {
  if (const std::shared_ptr<AuditLog> log = context_.audit.log()) tasks_.exportTo(log, path.toStdString(), filter_->filter());
}

}  // namespace roundhouse::app
