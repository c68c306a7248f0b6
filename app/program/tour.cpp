// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/program/tour.h"

#include <QApplication>
#include <QDir>
#include <QDockWidget>
#include <QFileInfo>

#include "app/chat/chat_controller.h"
#include "app/chat/chat_panel.h"
#include "app/shell/main_window.h"

namespace roundhouse::app {
namespace {

constexpr int kPollMs = 30;
constexpr int kSettlePolls = 5;     // a view is taken after so many quiet polls ...
constexpr int kMostPolls = 330;     // ... and at the latest after so many

}  // namespace

Tour::Tour(Workbench& workbench, TourOptions options, QObject* parent)
    : QObject(parent), workbench_(workbench), options_(std::move(options)) {
  guard_.setSingleShot(true);
  guard_.setInterval(options_.timeoutMs);
  connect(&guard_, &QTimer::timeout, this, [this] { fail(QStringLiteral("no progress within %1 s").arg(options_.timeoutMs / 1000)); });
  poll_.setInterval(kPollMs);
  connect(&poll_, &QTimer::timeout, this, &Tour::takePicture);
}

void Tour::start() {
  if (!QDir().mkpath(options_.folder) || !QFileInfo(options_.folder).isWritable()) {
    QMetaObject::invokeMethod(this, [this] { fail(QStringLiteral("cannot write screenshots into %1").arg(options_.folder)); }, Qt::QueuedConnection);
    return;
  }
  EngineController& engine = workbench_.engine();
  connect(&engine, &EngineController::startFailed, this, [this](const QString& message) { fail(message); });
  connect(&engine, &EngineController::loadFinished, this, [this](const LoadOutcome& outcome) {
    if (outcome.error) fail(QString::fromStdString(outcome.error->message()));
    else ask();
  });
  connect(&workbench_.sessions(), &SessionHub::snapshotChanged, this, &Tour::follow);
  guard_.start();
  if (engine.current()) ask();
}

void Tour::ask() {
  if (asked_ || done_) return;
  asked_ = true;
  MainWindow* window = workbench_.window();
  auto* chat = dynamic_cast<ChatPanel*>(window->panel(QStringLiteral("chat")));
  if (!options_.ask || !chat) {
    nextPicture();
    return;
  }
  window->showPanel(QStringLiteral("chat"));
  ChatController& controller = *chat->services().controller;
  controller.startNew();
  SamplingSettings sampling = controller.current().sampling;
  sampling.seed = options_.seed;
  if (sampling.max_tokens < 0 || sampling.max_tokens > 160) sampling.max_tokens = 160;
  controller.setSampling(sampling);
  const QString question = options_.question.isEmpty() ? QStringLiteral("Why does ice float on water?") : options_.question;
  options_.out(QStringLiteral("Question: %1\nAnswer: ").arg(question));
  if (!controller.send(question)) {
    fail(QStringLiteral("the question was not accepted"));
    return;
  }
  answer_ = controller.tree().leaf();
}

void Tour::follow(const AnswerSnapshotPtr& snapshot) {
  if (done_ || answer_.isEmpty() || snapshot->answer != answer_) return;
  guard_.start();
  if (snapshot->text.size() > printed_) {
    options_.out(QString::fromStdString(snapshot->text.substr(printed_)));
    printed_ = snapshot->text.size();
  }
  if (!snapshot->finished()) return;
  options_.out(QStringLiteral("\n"));
  const GenerationResult& result = *snapshot->result;
  if (result.error) {
    fail(QString::fromStdString(result.error->message()));
    return;
  }
  if (snapshot->tokens.empty()) {
    fail(QStringLiteral("the answer is empty"));
    return;
  }
  printExperts(*snapshot);
  if (!done_) nextPicture();
}

void Tour::printExperts(const AnswerSnapshot& answer) {
  const RoutingTrace& trace = answer.trace;
  if (trace.layer_count() == 0) {
    options_.out(QStringLiteral("The model is dense: it has no experts.\n"));
    return;
  }
  // The last token is drawn but, ending the answer, may not have been evaluated: its routing is then not known.
  int last = int(answer.tokens.size()) - 1;
  while (last >= 0 && answer.tokens[std::size_t(last)].position >= trace.token_count()) --last;
  if (last < 0) {
    fail(QStringLiteral("no token of the answer has a routing trace"));
    return;
  }
  const int position = answer.tokens[std::size_t(last)].position;
  QString out = QStringLiteral("Experts of the last token (number %1, \"%2\"), by weight:\n")
                    .arg(position + 1).arg(QString::fromStdString(answer.contextText(position)).replace(QLatin1Char('\n'), QLatin1String("\\n")));
  for (int layer = 0; layer < trace.layer_count(); ++layer) {
    out += QStringLiteral("  layer %1:").arg(trace.layout().layers[std::size_t(layer)].layer, 2);
    const auto ids = trace.ids(position, layer);
    const auto weights = trace.weights(position, layer);
    for (std::size_t i = 0; i < ids.size(); ++i) {
      if (ids[i] != no_expert) out += QStringLiteral("  %1 (%2)").arg(ids[i], 2).arg(double(weights[i]), 0, 'f', 2);
    }
    out += QLatin1Char('\n');
  }
  options_.out(out);
  // Choose it, so that the pictures show what was printed.
  workbench_.context().selection.selectTokens(answer.conversation, answer.answer, position, position + 1);
}

void Tour::nextPicture() {
  MainWindow* window = workbench_.window();
  if (views_.isEmpty() && pictures_.isEmpty()) {
    const QStringList ids = window->panelIds();
    for (const QString& id : ids) {
      window->panelWidget(id);
      const QStringList views = window->panel(id)->tourViews();
      for (const QString& view : views) views_.append({id, view});
    }
    if (views_.isEmpty()) {
      fail(QStringLiteral("there are no panels"));
      return;
    }
  } else {
    views_.removeFirst();
    if (views_.isEmpty()) {
      options_.out(QStringLiteral("Screenshots:\n"));
      for (const QString& path : std::as_const(pictures_)) options_.out(path + QLatin1Char('\n'));
      end(0);
      return;
    }
  }
  guard_.start();
  polls_ = 0;
  window->showPanel(views_.first().panel);
  poll_.start();
}

void Tour::takePicture() {
  MainWindow* window = workbench_.window();
  const View view = views_.first();
  const bool ready = window->panel(view.panel)->prepareTourView(view.view);
  ++polls_;
  if ((!ready || polls_ < kSettlePolls) && polls_ < kMostPolls) return;
  poll_.stop();
  const QString name = view.view.isEmpty() ? view.panel : view.panel + QLatin1Char('-') + view.view;
  const QString path = QDir(options_.folder).absoluteFilePath(name + QStringLiteral(".png"));
  if (!window->grab().save(path, "PNG")) {
    fail(QStringLiteral("cannot write %1").arg(path));
    return;
  }
  pictures_.append(path);
  nextPicture();
}

void Tour::fail(const QString& reason) {
  if (done_) return;
  failure_ = reason;
  end(1);
}

void Tour::end(int code) {
  if (done_) return;
  done_ = true;
  guard_.stop();
  poll_.stop();
  Q_EMIT finished(code);
}

}  // namespace roundhouse::app
