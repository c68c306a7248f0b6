// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/panels/finetune/setup_page.h"

#include <QCheckBox>
#include <QClipboard>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QLabel>
#include <QLocale>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QRegularExpression>
#include <QSplitter>
#include <QStackedWidget>
#include <QTabBar>
#include <QTabWidget>
#include <QVBoxLayout>

#include "app/panels/finetune/check_view.h"
#include "app/shell/background.h"
#include "app/shell/open_dialog.h"
#include "app/shell/save_dialog.h"
#include "app/shell/show_error.h"
#include "widgets/controls/action_button.h"
#include "widgets/controls/elided_label.h"
#include "widgets/controls/empty_state.h"
#include "widgets/controls/error_bar.h"
#include "widgets/controls/focus_home.h"
#include "widgets/controls/progress_line.h"
#include "widgets/style/file_export.h"
#include "widgets/style/icon.h"
#include "widgets/style/metrics.h"
#include "widgets/style/text_role.h"

namespace roundhouse::app {
namespace {

namespace grid = widgets::grid;

// Jobs that a check says the same of, but for whether unusable rows stop the start: that is asked for here.
bool sameCheck(const TrainingJob& a, TrainingJob b) {
  b.data.problems = a.data.problems;
  return a == b;
}

}  // namespace

QString trainCommand(const QString& file) {
  static const QRegularExpression plain(QStringLiteral("^[\\w./+:@%-]+$"));
  QString quoted = file;
  if (!plain.match(file).hasMatch()) quoted = QLatin1Char('\'') + QString(file).replace(QLatin1Char('\''), QStringLiteral("'\\''")) + QLatin1Char('\'');
  return QStringLiteral("roundhouse-cli train ") + quoted;
}

SetupPage::SetupPage(QWidget* parent) : QWidget(parent) {
  setObjectName(QStringLiteral("finetuneSetup"));
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(grid::kLarge, grid::kMedium, grid::kLarge, grid::kMedium);
  column->setSpacing(grid::kSmall);
  auto* head = new QHBoxLayout;
  head->setSpacing(grid::kSmall);
  auto* title = new widgets::ElidedLabel(this);
  widgets::setTextRole(title, widgets::TextRole::Title);
  title->setWholeText(tr("New fine-tune"));
  head->addWidget(title, 1);
  open_ = widgets::makeActionButton(this, QStringLiteral("finetuneOpenJob"), tr("Open job…"), tr("Reads a job file (YAML) into the form."));
  save_ = widgets::makeActionButton(this, QStringLiteral("finetuneSaveJob"), tr("Save job…"), tr("Writes the form as a job file, for the command line or a cluster."));
  close_ = widgets::makeActionButton(this, QStringLiteral("finetuneCloseForm"), tr("Close"), tr("Back to the runs; the form keeps what is in it."));
  for (QPushButton* each : {open_, save_, close_}) head->addWidget(each);
  column->addLayout(head);
  error_ = new widgets::ErrorBar(this);
  error_->setObjectName(QStringLiteral("finetuneSetupError"));
  column->addWidget(error_);

  auto* split = new QSplitter(Qt::Horizontal, this);
  split->setObjectName(QStringLiteral("finetuneSetupSplit"));
  split->setChildrenCollapsible(false);
  form_ = new JobForm(split);
  split->addWidget(form_);
  tabs_ = new QTabWidget(split);
  tabs_->setObjectName(QStringLiteral("finetuneSetupTabs"));
  tabs_->setAccessibleName(tr("What was found out, and the job as a file"));
  tabs_->tabBar()->setAccessibleName(tabs_->accessibleName());
  tabs_->setDocumentMode(true);
  pages_ = new QStackedWidget;
  auto* empty = new widgets::EmptyState;
  empty->setIcon(QStringLiteral("search"));
  empty->setText(tr("Not checked yet"), tr("A check reads model and data and says what will train, what it will need, which rows cannot be used, and shows the first batch. Nothing is trained or written."));
  pages_->addWidget(empty);
  view_ = new CheckView;
  pages_->addWidget(view_);
  auto* found = new QWidget;
  found->setObjectName(QStringLiteral("finetuneTabCheck"));
  auto* foundColumn = new QVBoxLayout(found);
  foundColumn->setContentsMargins(0, grid::kSmall, 0, 0);
  foundColumn->setSpacing(grid::kSmall);
  progress_ = new widgets::ProgressLine;
  progress_->setObjectName(QStringLiteral("finetuneCheckProgress"));
  progress_->hide();
  foundColumn->addWidget(progress_);
  foundColumn->addWidget(pages_, 1);
  tabs_->addTab(found, tr("Check"));
  auto* yaml = new QWidget;
  yaml->setObjectName(QStringLiteral("finetuneTabFile"));
  auto* yamlColumn = new QVBoxLayout(yaml);
  yamlColumn->setContentsMargins(0, grid::kSmall, 0, 0);
  yamlColumn->setSpacing(grid::kSmall);
  file_ = new QPlainTextEdit;
  file_->setObjectName(QStringLiteral("finetuneJobFile"));
  file_->setAccessibleName(tr("The job as a file"));
  file_->setReadOnly(true);
  file_->setFont(widgets::monospaceFont());
  file_->setLineWrapMode(QPlainTextEdit::NoWrap);
  file_->setTabChangesFocus(true);
  yamlColumn->addWidget(file_, 1);
  auto* commandRow = new QHBoxLayout;
  command_ = new QLabel;
  command_->setObjectName(QStringLiteral("finetuneCommand"));
  command_->setTextFormat(Qt::PlainText);
  command_->setWordWrap(true);
  command_->setFont(widgets::monospaceFont());
  command_->setTextInteractionFlags(Qt::TextSelectableByMouse);
  copy_ = widgets::makeActionButton(this, QStringLiteral("finetuneCopyCommand"), tr("Copy command"), tr("The command that does the same in a terminal, once the job is saved."));
  commandRow->addWidget(command_, 1);
  commandRow->addWidget(copy_);
  yamlColumn->addLayout(commandRow);
  tabs_->addTab(yaml, tr("Job file"));
  split->addWidget(tabs_);
  split->setStretchFactor(0, 1);
  split->setStretchFactor(1, 1);
  split->setSizes({420, 460});
  column->addWidget(split, 1);

  auto* foot = new QHBoxLayout;
  foot->setSpacing(grid::kSmall);
  auto* said = new QVBoxLayout;
  said->setSpacing(2);
  leave_out_ = new QCheckBox;
  leave_out_->setObjectName(QStringLiteral("finetuneLeaveOut"));
  said->addWidget(leave_out_);
  why_ = new QLabel;
  why_->setObjectName(QStringLiteral("finetuneWhy"));
  why_->setTextFormat(Qt::PlainText);
  why_->setWordWrap(true);
  widgets::setTextRole(why_, widgets::TextRole::Small, widgets::Tone::Muted);
  said->addWidget(why_);
  foot->addLayout(said, 1);
  check_ = widgets::makeActionButton(this, QStringLiteral("finetuneCheckJob"), tr("Check"), tr("Says what will train before anything does."));
  start_ = widgets::makeActionButton(this, QStringLiteral("finetuneStart"), tr("Start"), tr("Trains what was checked, in a process of its own."));
  foot->addWidget(check_, 0, Qt::AlignBottom);
  foot->addWidget(start_, 0, Qt::AlignBottom);
  column->addLayout(foot);

  connect(form_, &JobForm::changed, this, &SetupPage::refresh);
  connect(check_, &QPushButton::clicked, this, &SetupPage::check);
  connect(start_, &QPushButton::clicked, this, &SetupPage::start);
  connect(leave_out_, &QCheckBox::toggled, this, &SetupPage::refresh);
  connect(progress_, &widgets::ProgressLine::cancelRequested, this, &SetupPage::checkCancelled);
  connect(close_, &QPushButton::clicked, this, &SetupPage::closeRequested);
  connect(open_, &QPushButton::clicked, this, [this] {
    askOpenPath(this, tr("Open a job"), tr("Jobs (*.yaml *.yml);;All files (*)"), [this](const QString& path) { openJob(path); });
  });
  connect(save_, &QPushButton::clicked, this, [this] {
    askSavePath(this, tr("Save the job"), QString::fromStdString(form_->job().name), {tr("Jobs (*.yaml)")}, [this](const QString& path) { saveJob(path); });
  });
  connect(copy_, &QPushButton::clicked, this, [this] { QGuiApplication::clipboard()->setText(command_->text()); });
  widgets::keepFocusAt(check_, {start_, leave_out_});
  widgets::keepFocusAt(form_, {check_});
  refresh();
}

void SetupPage::setJob(const TrainingJob& job, const QString& file) {
  path_ = file;
  error_->dismiss();
  checked_.reset();
  leave_out_->setChecked(false);
  pages_->setCurrentIndex(0);
  if (!checking_) progress_->hide();
  form_->setJob(job);
  refresh();
}

void SetupPage::check() {
  if (checking_) return;
  error_->dismiss();
  tabs_->setCurrentIndex(0);
  if (!form_->validate()) {
    form_->showFirstError();
    refresh();
    return;
  }
  checking_ = true;
  asked_ = form_->job();
  progress_->show();
  progress_->start(tr("Checking"));
  refresh();
  Q_EMIT checkRequested(*asked_);
}

void SetupPage::setProgress(const QString& stage, double fraction) {
  if (checking_) progress_->setProgress(fraction, 1.0, stage);
}

void SetupPage::setReport(const TrainingJob& of, const CheckReport& report) {
  checking_ = false;
  progress_->finish(widgets::ProgressLine::Outcome::Done, tr("Checked"));
  checked_ = of;
  leave_out_->setChecked(false);
  view_->setReport(report);
  pages_->setCurrentIndex(1);
  refresh();
}

void SetupPage::setFailed(const Error& error) {
  checking_ = false;
  const bool cancelled = error.code == ErrorCode::cancelled;
  progress_->finish(cancelled ? widgets::ProgressLine::Outcome::Cancelled : widgets::ProgressLine::Outcome::Failed,
                    cancelled ? tr("The check was cancelled.") : tr("The check found something wrong."));
  if (!cancelled) {
    if (form_->showError(error)) form_->showFirstError();
    else app::showError(error_, error, tr("The job cannot be trained as it is."));
  }
  refresh();
}

void SetupPage::setStartError(const Error& error) {
  if (form_->showError(error)) form_->showFirstError();
  else app::showError(error_, error, tr("The job did not start."));
}

bool SetupPage::canStart() const {
  if (checking_ || !checked_ || !sameCheck(*checked_, form_->job())) return false;
  const CheckReport& report = view_->report();
  return report.train.samples > 0 && (report.leftOut() == 0 || leave_out_->isChecked());
}

TrainingJob SetupPage::jobToStart() const {
  TrainingJob job = form_->job();
  if (view_->report().train.unusable() > 0 && leave_out_->isChecked()) job.data.problems = TrainingJob::Problems::skip;
  return job;
}

void SetupPage::start() {
  error_->dismiss();
  if (canStart() && form_->validate()) Q_EMIT startRequested(jobToStart());
}

void SetupPage::refresh() {
  const TrainingJob job = form_->job();
  const bool same = checked_ && sameCheck(*checked_, job);
  const std::int64_t out = same ? view_->report().leftOut() : 0;
  leave_out_->setVisible(out > 0);
  leave_out_->setText(tr("Leave out these %1 rows").arg(QLocale().toString(qlonglong(out))));
  check_->setEnabled(!checking_);
  start_->setEnabled(canStart());
  widgets::setTone(check_, same ? widgets::Tone::Normal : widgets::Tone::Primary);
  widgets::setTone(start_, widgets::Tone::Primary);
  QString why;
  if (checking_) why = tr("The check is under way.");
  else if (!checked_) why = tr("Check first: it shows what will train.");
  else if (!same) why = tr("The form has changed since the check. Check again to start.");
  else if (view_->report().train.samples == 0) why = tr("No sample is left to learn from.");
  else if (out > 0 && !leave_out_->isChecked()) why = tr("Some rows cannot be used or are too long. Say that they may be left out, or mend the file and check again.");
  else why = tr("Checked as it stands. Training runs in a process of its own: the window may close meanwhile.");
  why_->setText(why);
  showFile();
}

void SetupPage::showFile() {
  const QString yaml = QString::fromStdString(training_job_yaml(form_->job()));
  if (yaml != file_->toPlainText()) file_->setPlainText(yaml);
  command_->setText(trainCommand(path_.isEmpty() ? QString::fromStdString(form_->job().name) + QStringLiteral(".yaml") : path_));
}

void SetupPage::openJob(const QString& path, bool fresh) {
  runInBackground(this, [path] { return read_training_job(path.toStdString()); }, [this, path, fresh](const Result<TrainingJob>& read) {
    if (!read.ok()) return app::showError(error_, read.error(), tr("The job was not opened."));
    TrainingJob job = *read;
    if (fresh) job.output.clear();
    setJob(job, path);
  });
}

void SetupPage::saveJob(const QString& path) {
  const QByteArray yaml = QByteArray::fromStdString(training_job_yaml(form_->job()));
  runInBackground(this, [path, yaml] {
    QString error;
    widgets::writeWholeFile(path, yaml, &error);
    return error;
  }, [this, path](const QString& error) {
    if (!error.isEmpty()) return error_->showError(tr("The job was not saved."), error);
    path_ = path;
    showFile();
    error_->showMessage(widgets::ErrorBar::Severity::Success, tr("Saved: %1").arg(path));
    Q_EMIT saved(path);
  });
}

}  // namespace roundhouse::app
