// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/panels/audit/audit_widget.h"

#include <QDateTime>
#include <QDialogButtonBox>
#include <QFutureWatcher>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QInputDialog>
#include <QLabel>
#include <QPlainTextEdit>
#include <QPointer>
#include <QProgressBar>
#include <QPushButton>
#include <QScrollBar>
#include <QSplitter>
#include <QStackedWidget>
#include <QTableView>
#include <QVBoxLayout>
#include <QtConcurrent>

#include "app/bridge/audit_service.h"
#include "app/bridge/session_hub.h"
#include "app/panels/audit/audit_filter_bar.h"
#include "app/panels/audit/audit_model.h"
#include "app/panels/audit/finding_text.h"
#include "app/shell/app_context.h"
#include "app/shell/engine_text.h"
#include "app/shell/format.h"
#include "app/shell/remembered.h"
#include "app/shell/save_dialog.h"
#include "widgets/controls/action_button.h"
#include "widgets/controls/empty_state.h"
#include "widgets/controls/table.h"

namespace roundhouse::app {

namespace {
constexpr int kPage = 200;

QString text(const std::string& value) { return QString::fromStdString(value); }
}  // namespace

template <class T>
void AuditWidget::run(std::function<T()> work, std::function<void(T)> done) {
  ++running_;
  auto* watcher = new QFutureWatcher<std::shared_ptr<T>>(this);
  connect(watcher, &QFutureWatcherBase::finished, this, [this, watcher, done] {
    --running_;
    const auto result = watcher->result();
    watcher->deleteLater();
    done(std::move(*result));
  });
  watcher->setFuture(QtConcurrent::run([work] { return std::make_shared<T>(work()); }));
}

template <class T>
void AuditWidget::runTask(std::function<T(const AuditProgress&, const CancelToken&)> work, std::function<void(T)> done) {
  cancel_ = CancelToken();
  const auto begin = [this](bool running) {
    verify_->setEnabled(!running);
    export_->setEnabled(!running && model_->rowCount() > 0);
    progress_->setVisible(running);
    stop_->setVisible(running);
  };
  progress_->setRange(0, 0);
  begin(true);
  const QPointer<AuditWidget> self(this);
  const AuditProgress report = [self, serial = ++task_](std::int64_t at, std::int64_t total) {
    QMetaObject::invokeMethod(qApp, [self, serial, at, total] {
      if (!self || self->task_ != serial) return;
      self->progress_->setRange(0, 1000);
      self->progress_->setValue(total > 0 ? static_cast<int>(at * 1000 / total) : 0);
    }, Qt::QueuedConnection);
  };
  run<T>([work = std::move(work), report, cancel = cancel_] { return work(report, cancel); }, [begin, done = std::move(done)](T result) {
    begin(false);
    done(std::move(result));
  });
}

AuditWidget::AuditWidget(AppContext& context, QWidget* parent) : QWidget(parent), context_(context), model_(new AuditModel(this)) {
  setObjectName(QStringLiteral("auditPanel"));
  filter_ = new AuditFilterBar(context_, this);
  verify_ = widgets::makeActionButton(this, QStringLiteral("auditVerify"), tr("Verify"), tr("Checks every entry's hash, the chain, the texts and the head outside the database."));
  export_ = widgets::makeActionButton(this, QStringLiteral("auditExport"), tr("Export…"), tr("Writes what is shown, with the proof that it belongs to the chain."));
  redact_ = widgets::makeActionButton(this, QStringLiteral("auditRedact"), tr("Redact texts…"), tr("Takes this entry's texts out of the log; the chain still verifies, and the redaction is an entry."));
  set_aside_ = widgets::makeActionButton(this, QStringLiteral("auditSetAside"), tr("Set aside…"), tr("Moves this log away, untouched, and starts a new one that tells where it lies and why."));
  set_aside_->hide();
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
  table_->horizontalHeader()->setSectionResizeMode(AuditModel::Kind, QHeaderView::Stretch);
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
  column->addLayout(said);
  column->addWidget(stack_, 1);

  connect(filter_, &AuditFilterBar::changed, this, &AuditWidget::reload);
  connect(nothing_, &widgets::EmptyState::actionTriggered, filter_, &AuditFilterBar::clear);
  connect(verify_, &QPushButton::clicked, this, &AuditWidget::verify);
  connect(export_, &QPushButton::clicked, this, &AuditWidget::exportLog);
  connect(redact_, &QPushButton::clicked, this, &AuditWidget::redact);
  connect(stop_, &QPushButton::clicked, this, [this] { cancel_.cancel(); });
  connect(table_->selectionModel(), &QItemSelectionModel::currentRowChanged, this, &AuditWidget::showEntry);
  connect(table_->verticalScrollBar(), &QScrollBar::valueChanged, this, [this](int value) {
    if (value >= table_->verticalScrollBar()->maximum() - 20) loadMore();
  });
  connect(set_aside_, &QPushButton::clicked, this, &AuditWidget::setAside);
  connect(none_, &widgets::EmptyState::actionTriggered, this, &AuditWidget::setAside);
  connect(&context_.audit, &AuditService::opened, this, [this] {
    showState();
    showUsers();
    reload();
  });
  connect(&context_.audit, &AuditService::failed, this, &AuditWidget::showState);
  redact_->setEnabled(false);
  showState();
  remember(context_.settings, split);
  remember(context_.settings, table_);
}

AuditWidget::~AuditWidget() { cancel_.cancel(); }

void AuditWidget::tell(const QString& message) {
  verdict_->setText(message);
  verdict_->setVisible(!message.isEmpty());
}

void AuditWidget::showState() {
  const AuditService& audit = context_.audit;
  stack_->setCurrentIndex(audit.log() ? 0 : 1);
  if (audit.log()) return;
  if (!audit.wanted()) {
    none_->setText(tr("Nothing is logged in this run"), tr("What is asked and answered leaves no entry."));
  } else if (audit.error()) {
    none_->setText(tr("Nothing is being logged"),
                   tr("The audit log could not be opened, so that questions and answers leave no entry: %1").arg(errorLine(*audit.error())));
  } else {
    none_->setText({}, tr("The audit log is being opened."));
  }
  none_->setAction(audit.error() ? tr("Set it aside and start a new log…") : QString());
}

void AuditWidget::askReason(const QString& title, const QString& label, const QString& accept, std::function<void(const std::string& reason)> done) {
  auto* dialog = new QInputDialog(this);
  dialog->setObjectName(QStringLiteral("auditReason"));
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setWindowTitle(title);
  dialog->setLabelText(label);
  dialog->setOkButtonText(accept);
  dialog->setInputMode(QInputDialog::TextInput);
  dialog->open();
  if (auto* buttons = dialog->findChild<QDialogButtonBox*>()) {
    QPushButton* ok = buttons->button(QDialogButtonBox::Ok);
    ok->setEnabled(false);
    connect(dialog, &QInputDialog::textValueChanged, ok, [ok](const QString& value) { ok->setEnabled(!value.trimmed().isEmpty()); });
  }
  connect(dialog, &QInputDialog::textValueSelected, this, [done = std::move(done)](const QString& reason) {
    if (!reason.trimmed().isEmpty()) done(reason.trimmed().toStdString());
  });
}

void AuditWidget::setAside() {
  if (context_.sessions.anyBusy()) return tell(tr("Stop the answers that are running first: their entries belong to this log."));
  askReason(tr("Set the audit log aside"),
            tr("The log is moved away, untouched, and a new one begins. Why? (This reason stands in the new log.)"), tr("Set aside"),
            [this](const std::string& reason) {
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
  run<Result<std::vector<std::string>>>([log] { return log->users(); }, [this](Result<std::vector<std::string>> users) {
    if (users.ok()) filter_->setUsers(*users);
  });
}

// The table, or why it is empty.
void AuditWidget::showFound() {
  const bool any = model_->rowCount() > 0;
  found_->setCurrentIndex(any ? 0 : 1);
  export_->setEnabled(any && !progress_->isVisibleTo(this));
  if (any) return;
  if (filter_->active()) nothing_->setText(tr("No entry matches"), tr("Search for something else, or show all entries."));
  else nothing_->setText(tr("Nothing is logged yet"), tr("Each question, answer, loaded model, edit and export becomes an entry here."));
  nothing_->setAction(filter_->active() ? tr("Show all") : QString());
}

void AuditWidget::reload() {
  const std::shared_ptr<AuditLog> log = context_.audit.log();
  if (!log) return;
  const std::uint64_t query = ++query_;
  complete_ = false;
  struct Page { Result<std::vector<AuditRecord>> records; Result<std::int64_t> count; };
  run<Page>([log, filter = filter_->filter()] { return Page{log->query(filter, {0, kPage, false}), log->count(filter)}; },
            [this, query](Page page) {
    if (query != query_) return;
    if (!page.records.ok()) return tell(errorLine(page.records.error()));
    complete_ = static_cast<int>(page.records->size()) < kPage;
    model_->replace(std::move(page.records).value());
    if (!hasUserWidths(table_)) widgets::fitColumns(table_);
    showFound();
    count_->setText(page.count.ok() ? tr("%n entries", nullptr, static_cast<int>(*page.count)) : QString());
    showEntry();
  });
}

void AuditWidget::loadMore() {
  const std::shared_ptr<AuditLog> log = context_.audit.log();
  const AuditRecord* last = model_->record(model_->rowCount() - 1);
  if (!log || complete_ || !last || loading_more_) return;
  loading_more_ = true;
  const std::uint64_t query = query_;
  run<Result<std::vector<AuditRecord>>>([log, filter = filter_->filter(), before = last->sequence] { return log->query(filter, {before, kPage, false}); },
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
  run<Result<AuditRecord>>([log, sequence] { return log->entry(sequence); }, [this, sequence](Result<AuditRecord> found) {
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
  const std::shared_ptr<AuditLog> log = context_.audit.log();
  if (!log) return;
  runTask<Result<AuditVerifyReport>>([log](const AuditProgress& progress, const CancelToken& cancel) { return log->verify(progress, cancel); },
                                     [this](Result<AuditVerifyReport> result) {
    if (!result.ok()) return tell(tr("The check could not be done: %1").arg(errorDetails(result.error())));
    set_aside_->setVisible(!result->ok);
    if (result->ok) {
      QString message = tr("✓ The log is whole: %n entries checked, head %1.", nullptr, static_cast<int>(result->entries_checked)).arg(text(audit_hex(result->head.hash)).left(16));
      if (!result->unfinished.empty()) message += QLatin1Char(' ') + tr("%n answers were begun and never ended (the program was killed, or they are running).", nullptr, static_cast<int>(result->unfinished.size()));
      for (const AuditFinding& note : result->notes) message += QLatin1Char('\n') + findingText(note);
      return tell(message);
    }
    QStringList lines{tr("✗ The log was tampered with: %n findings", nullptr, static_cast<int>(result->findings_total))};
    for (const AuditFinding& finding : result->findings) {
      if (lines.size() > 12) break;
      lines.append(findingText(finding));
    }
    tell(lines.join(QLatin1Char('\n')));
  });
}

void AuditWidget::redact() {
  const AuditRecord* record = model_->record(table_->currentIndex().row());
  if (!record) return;
  askReason(tr("Redact entry %1").arg(record->sequence),
            tr("The texts of this entry are destroyed for good. Why? (This reason stands in the log.)"), tr("Redact"),
            [this, sequence = record->sequence](const std::string& reason) {
    run<Result<AuditReceipt>>([log = context_.audit.log(), sequence, reason] { return log->redact(sequence, "", reason); },
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
  const std::shared_ptr<AuditLog> log = context_.audit.log();
  if (!log) return;
  const bool csv = path.endsWith(QLatin1String(".csv"), Qt::CaseInsensitive);
  runTask<Result<AuditExportReceipt>>([log, csv, file = path.toStdString(), filter = filter_->filter()](const AuditProgress& progress, const CancelToken& cancel) {
    AuditExportOptions options;
    options.filter = filter;
    return csv ? log->export_csv(file, options, progress, cancel) : log->export_json(file, options, progress, cancel);
  }, [this](Result<AuditExportReceipt> receipt) {
    if (!receipt.ok()) return tell(errorLine(receipt.error()));
    QStringList files;
    for (const auto& file : receipt->files) files.append(text(file.string()));
    const QString told = tr("Exported %n entries: %1", nullptr, static_cast<int>(receipt->entries)).arg(files.join(QStringLiteral(", ")));
    tell(receipt->warning.empty() ? told : told + QLatin1Char('\n') + engineText(receipt->warning));
    reload();
  });
}

}  // namespace roundhouse::app
