// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/shell/workbench.h"

#include <QApplication>
#include <QDir>
#include <QFileInfo>
#include <QTimer>

#include "app/shell/compute_threads.h"
#include "app/shell/engine_text.h"
#include "app/shell/main_window.h"
#include "roundhouse/isa.h"
#include "widgets/style/theme.h"

namespace roundhouse::app {
namespace {

const QString kAuditRoom = QStringLiteral("audit");

widgets::Theme::Mode themeMode(const QString& name) {
  if (name == QLatin1String("dark")) return widgets::Theme::Mode::Dark;
  if (name == QLatin1String("light")) return widgets::Theme::Mode::Light;
  return widgets::Theme::Mode::System;
}

}  // namespace

Workbench::Workbench(QApplication& app, WorkbenchOptions options)
    : app_(app), options_(std::move(options)), settings_(options_.settings, options_.writeSetting), dialog_folders_(app, settings_),
      theme_(std::make_unique<widgets::Theme>(app)),
      network_(options_.dataFolder.isEmpty() ? QString() : QDir(options_.dataFolder).filePath(QStringLiteral("connections.jsonl"))),
      audit_(options_.openAudit, options_.dataFolder), engine_(options_.api), sessions_(engine_) {
  localization_.setChoice(options_.language.value_or(settings_.text(keys::language)));
  theme_->setMode(themeMode(options_.theme.value_or(settings_.text(keys::theme))));
  theme_->setTextScale(settings_.number(keys::textScale, 1.0));
  theme_->setReducedMotion(settings_.flag(keys::reducedMotion, false));
  network_.setOffline(settings_.flag(keys::offline, false));
  connect(&settings_, &Settings::changed, this, &Workbench::applySetting);
  connect(&localization_, &Localization::changed, this, [this] {
    if (window_) QTimer::singleShot(0, this, &Workbench::buildWindow);
  });
  // Remember what was loaded last, so that the next run starts on it.
  connect(&engine_, &EngineController::currentChanged, this, [this] {
    if (engine_.current()) settings_.set(keys::lastModel, engine_.currentPath());
  });
  connect(&engine_, &EngineController::started, this, [this] { engine_.engine()->add_hooks({log_guard_, nullptr, nullptr}); });
  // Before the rooms hear of a failure: for them the load goes on.
  connect(&engine_, &EngineController::loadFinished, this, &Workbench::loadWithItsOwnContext);
  connect(&engine_, &EngineController::aboutToUnload, this, [this](const QString& path) {
    AuditEntry entry;
    entry.kind = audit_kind::model_unload;
    entry.action = "unload";
    if (const std::shared_ptr<Model> model = engine_.model(path)) {
      entry.model_name = model->info().name;
      if (!model->sha256().empty()) entry.model_digest = "sha256:" + model->sha256();
    }
    audit_.append(std::move(entry));
  });
  buildWindow();
}

Workbench::~Workbench() {
  window_.reset();
  context_.reset();
  commands_.reset();
  kept_.clear();
}

void Workbench::buildWindow() {
  const bool visible = window_ && window_->isVisible();
  const QString focus = visible && window_->focusWidget() ? window_->focusWidget()->objectName() : QString();
  window_.reset();
  context_.reset();
  commands_ = std::make_unique<CommandRegistry>(settings_);
  context_ = std::make_unique<AppContext>(AppContext{engine_, sessions_, selection_, settings_, network_, *commands_,
                                                     options_.dataFolder, audit_, kept_});
  window_ = std::make_unique<MainWindow>(*context_, options_.panels);
  if (options_.size) window_->setExactSize(*options_.size);
  if (visible) window_->show();
  if (QWidget* widget = focus.isEmpty() ? nullptr : window_->findChild<QWidget*>(focus)) widget->setFocus(Qt::OtherFocusReason);
  Q_EMIT windowReplaced();
}

void Workbench::show() {
  window_->show();
  if (started_) return;
  started_ = true;
  QTimer::singleShot(0, this, &Workbench::openAudit);  // after the first paint
  for (const Error& problem : std::exchange(options_.problems, {})) tell(problem);
}

void Workbench::tell(const Error& error, const QString& title) { window_->showProblem(error, title); }

void Workbench::openAudit() {
  connect(&audit_, &AuditService::opened, this, &Workbench::takeAudit);
  connect(&audit_, &AuditService::failed, this, [this](const Error& error) {
    if (audit_.log()) {
      window_->showProblem(error, tr("An entry could not be written to the audit log"));
    } else {
      log_guard_->refuse(error);
      window_->showProblem(error, tr("The audit log could not be opened: nothing is answered"), kAuditRoom);
    }
    if (!engine_started_) startEngine();
  });
  connect(&audit_, &AuditService::warned, this, [this](const QString& warning) {
    const QString told = engineText(warning.toStdString());
    if (warning == QLatin1String(AuditService::kEndMissing)) window_->showTampering(tr("The audit log does not end where its head says"), told, kAuditRoom);
    else window_->showWarning(tr("The audit log warns"), told);
  });
  if (audit_.wanted()) audit_.open();
  else startEngine();
}

void Workbench::takeAudit() {
  log_guard_->allow();
  window_->dismissProblem(kAuditRoom);
  audit_.log()->set_text_mode(settings_.flag(keys::auditTexts, true) ? AuditTextMode::store : AuditTextMode::hashes_only);
  if (engine_started_) engine_.setAudit(audit_.log());
  else startEngine();
}

void Workbench::startEngine() {
  engine_started_ = true;
  EngineOptions options;
  options.threads = computeThreads(settings_);
  options.audit = audit_.log();
  options.audit_texts = settings_.flag(keys::auditTexts, true);
  options.program = "roundhouse";
  if (Result<Isa> isa = parse_isa(settings_.text(keys::isa, QStringLiteral("automatic")).toStdString()); isa.ok()) {
    const std::vector<Isa> there = available_isas();
    if (std::find(there.begin(), there.end(), *isa) != there.end()) options.isa = *isa;
  }
  engine_.start(std::move(options));
  if (!options_.loadModel) return;
  const QString last = settings_.text(keys::lastModel);
  QString path = !last.isEmpty() && QFileInfo::exists(last) ? last : options_.embeddedModel;
  if (!options_.startModel.isEmpty()) path = options_.startModel;
  LoadOptions load;
  load.context_tokens = rememberedContext(settings_, path);
  if (load.context_tokens > 0) start_path_ = path;
  if (!path.isEmpty()) engine_.load(path, load);
}

// The file at a path may be another model by now, with a shorter context: the run starts on it all the same.
void Workbench::loadWithItsOwnContext(const LoadOutcome& outcome) {
  if (start_path_.isEmpty() || outcome.path != start_path_) return;
  start_path_.clear();
  if (!outcome.error || outcome.error->code != ErrorCode::invalid_argument) return;
  rememberContext(settings_, outcome.path, 0);
  engine_.load(outcome.path);
}

void Workbench::applySetting(const QString& key) {
  if (key == keys::theme) theme_->setMode(themeMode(settings_.text(key)));
  else if (key == keys::textScale) theme_->setTextScale(settings_.number(key, 1.0));
  else if (key == keys::reducedMotion) theme_->setReducedMotion(settings_.flag(key, false));
  else if (key == keys::language) localization_.setChoice(settings_.text(key));
  else if (key == keys::offline) network_.setOffline(settings_.flag(key, false));
  else if (key == keys::auditTexts) setAuditTexts(settings_.flag(key, true));
}

void Workbench::setAuditTexts(bool on) {
  engine_.setAuditTexts(on);
  if (audit_.log()) audit_.log()->set_text_mode(on ? AuditTextMode::store : AuditTextMode::hashes_only);
  AuditEntry entry;
  entry.kind = audit_kind::settings;
  entry.action = "audit_texts";
  entry.extra_json = on ? R"({"texts":"in full"})" : R"({"texts":"only salted hashes"})";
  audit_.append(std::move(entry));
}

}  // namespace roundhouse::app
