// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/program/program.h"

#include <QApplication>
#include <QDir>
#include <QFileInfo>
#include <QStandardPaths>

#include <cstdio>

#include "app/chat/store_backend.h"
#include "app/common/resource_locator.h"
#include "app/program/panels.h"
#include "app/program/program_options.h"
#include "app/program/termination.h"
#include "app/program/tour.h"
#include "app/shell/main_window.h"
#include "app/shell/workbench.h"
#include "app/stores/settings_store.h"
#include "plugins/panel_host/guarded_application.h"
#include "roundhouse/audit.h"
#include "roundhouse/data_folder.h"
#include "roundhouse/engine.h"
#include "roundhouse/tokenizer.h"

namespace roundhouse::app {
namespace {

EngineApi realEngine() {
  EngineApi api;
  api.create = [](EngineOptions options) { return Engine::create(std::move(options)); };
  api.inspect = [](const std::string& path) { return inspect_model(path); };
  api.predict = [](const ModelInfo& info, const LoadOptions& options) { return predict_memory(info, options); };
  api.tokenText = [](const Model& model, std::int32_t id) -> std::string {
    const Tokenizer& tokenizer = model.tokenizer();
    if (!tokenizer.contains(id)) return {};
    return std::string(tokenizer.is_special(id) ? tokenizer.token_text(id) : tokenizer.token_bytes(id));
  };
  api.reasoning = [](const Model& model, const std::string& prompt) -> AnswerReasoning {
    const ChatTemplate& chat = model.chat_template();
    return {chat.reasoning(), chat.opens_reasoning(prompt)};
  };
  return api;
}

void print(FILE* to, const QString& text) {
  const QByteArray bytes = text.toUtf8();
  std::fwrite(bytes.constData(), 1, std::size_t(bytes.size()), to);
  std::fflush(to);
}

// Qt also says what nobody can act on: that there is no runtime folder, that a window without a screen has no hints.
void writeMessage(QtMsgType type, const QMessageLogContext& context, const QString& text) {
  for (const char* noise : {"QStandardPaths: XDG_RUNTIME_DIR not set", "This plugin does not support "}) {
    if (text.startsWith(QLatin1String(noise))) return;
  }
  print(stderr, qFormatLogMessage(type, context, text) + QLatin1Char('\n'));
}

bool hasDisplay() {
  return qEnvironmentVariableIsSet("QT_QPA_PLATFORM") || !qEnvironmentVariableIsEmpty("DISPLAY") || !qEnvironmentVariableIsEmpty("WAYLAND_DISPLAY");
}

}  // namespace

int runProgram(int argc, char** argv) {
  QStringList arguments;
  for (int i = 1; i < argc; ++i) arguments.append(QString::fromLocal8Bit(argv[i]));
  const Result<ProgramOptions> parsed = parseProgramOptions(arguments);
  if (!parsed.ok()) {
    print(stderr, QString::fromStdString(parsed.error().message()) + QLatin1Char('\n') + programHelp());
    return 2;
  }
  const ProgramOptions& options = *parsed;
  if (options.help || options.version) {
    print(stdout, options.help ? programHelp() : QStringLiteral("roundhouse %1\n").arg(QLatin1String(version())));
    return 0;
  }
  if (!options.runsByItself() && !hasDisplay()) {
    print(stderr, QStringLiteral("roundhouse: there is no display (neither DISPLAY nor WAYLAND_DISPLAY is set); --tour works without one\n"));
    return 1;
  }
  // The tour needs nobody's screen, and a display that is named may be gone.
  if (options.runsByItself() && !qEnvironmentVariableIsSet("QT_QPA_PLATFORM")) qputenv("QT_QPA_PLATFORM", "offscreen");

  qInstallMessageHandler(writeMessage);
  int qtArguments = 1;
  plugins::GuardedApplication app(qtArguments, argv);
  const Termination termination;
  QApplication::setApplicationName(QStringLiteral("roundhouse"));
  QApplication::setApplicationVersion(QLatin1String(version()));
  QApplication::setDesktopFileName(QStringLiteral("roundhouse"));

  WorkbenchOptions workbench;
  const std::filesystem::path folder = data_folder();
  const QString folderName = QString::fromStdString(folder.string());
  if (const Status made = create_private_folder(folder); made.ok()) workbench.dataFolder = folderName;
  else workbench.problems.push_back(made.error());

  SettingsStore settings;
  Error settingsWarning;
  workbench.settings = settings.read(&settingsWarning);
  if (!settingsWarning.operation.empty()) workbench.problems.push_back(settingsWarning);
  // The tour walks through the rooms, but leaves them as their user arranged them.
  if (!options.runsByItself()) {
    workbench.writeSetting = [&settings](const QString& key, const QJsonValue& value) { settings.write(key, value); };
  }

  ChatPanelOptions chat;
  if (const auto model = embedded_model_path(); model.ok()) chat.embeddedModel = QString::fromStdString(model->string());
  else workbench.problems.push_back(model.error());
  const bool keep = !workbench.dataFolder.isEmpty();
  // What the tour says without a data folder need not come back.
  chat.backend = [keep, tour = options.runsByItself(), file = QDir(folderName).filePath(QStringLiteral("conversations.db"))](std::function<void(const Error&)> tell) {
    return keep ? storedConversations(file, std::move(tell)) : memoryConversations(tour ? QString() : file);
  };

  workbench.api = realEngine();
  workbench.embeddedModel = chat.embeddedModel;
  if (!options.model.isEmpty()) workbench.startModel = QFileInfo(options.model).absoluteFilePath();
  workbench.panels = allPanels(chat);
  workbench.openAudit = [folder]() -> Result<std::shared_ptr<AuditLog>> {
    RH_ASSIGN(std::unique_ptr<AuditLog> log, AuditLog::open(AuditOptions::in(folder)));
    return std::shared_ptr<AuditLog>(std::move(log));
  };
  workbench.theme = options.theme;
  workbench.language = options.language;
  workbench.size = options.size;

  Workbench bench(app, std::move(workbench));
  QObject::connect(&settings, &SettingsStore::failed, &bench, [&bench](const Error& error) { bench.tell(error); });

  std::unique_ptr<Tour> tour;
  if (options.runsByItself()) {
    TourOptions tourOptions;
    tourOptions.ask = options.tour;
    tourOptions.question = options.question;
    tourOptions.folder = options.screenshots;
    if (tourOptions.folder.isEmpty()) {
      tourOptions.folder = keep ? QDir(folderName).filePath(QStringLiteral("tour"))
                                : QDir(QStandardPaths::writableLocation(QStandardPaths::TempLocation)).filePath(QStringLiteral("roundhouse-tour"));
    }
    tourOptions.out = [](const QString& text) { print(stdout, text); };
    tour = std::make_unique<Tour>(bench, std::move(tourOptions));
    QObject::connect(tour.get(), &Tour::finished, &app, [&tour](int code) {
      if (code) print(stderr, QStringLiteral("roundhouse: the tour failed: %1\n").arg(tour->failure()));
      QApplication::exit(code);
    });
  }
  bench.show();
  if (tour) tour->start();
  return QApplication::exec();
}

}  // namespace roundhouse::app
