// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/panels/plugins/failure_text.h"

#include <QCoreApplication>
#include <QLocale>

namespace roundhouse::app {
namespace {

struct Texts {
  Q_DECLARE_TR_FUNCTIONS(PluginFailure)
};

QString phaseText(plugins::Phase phase) {
  using plugins::Phase;
  switch (phase) {
    case Phase::manifest: return Texts::tr("while its manifest was read");
    case Phase::open: return Texts::tr("while its library was loaded");
    case Phase::check: return Texts::tr("while its entry was read");
    case Phase::create: return Texts::tr("in its constructor");
    case Phase::initialise: return Texts::tr("while it initialised");
    case Phase::extensions_ready: return Texts::tr("when its extensions were ready");
    case Phase::start: return Texts::tr("when it started");
    case Phase::call: return Texts::tr("in one of its extensions");
    case Phase::stop: return Texts::tr("when it stopped");
    case Phase::release: return Texts::tr("when it was released");
    case Phase::destroy: return Texts::tr("in its destructor");
    case Phase::unload: return Texts::tr("when its process ended");
    case Phase::panel_open: return Texts::tr("while its panel library was loaded");
    case Phase::panel_check: return Texts::tr("while its panel library's entry was read");
    case Phase::panel_create: return Texts::tr("in its panel library's constructor");
    case Phase::panel_show: return Texts::tr("in one of its panels");
    case Phase::panel_destroy: return Texts::tr("when one of its panels was closed");
  }
  return {};
}

}  // namespace

QString failureText(const plugins::Failure& failure) {
  using plugins::FailureKind;
  QString what;
  const QString where = phaseText(failure.phase);
  switch (failure.kind) {
    case FailureKind::manifest: what = Texts::tr("Its manifest cannot be used"); break;
    case FailureKind::duplicate: what = Texts::tr("Another plugin was found first"); break;
    case FailureKind::version: what = Texts::tr("It was made for another version of the plugin interface"); break;
    case FailureKind::missing_file: what = Texts::tr("Its library is missing"); break;
    case FailureKind::not_a_library: what = Texts::tr("Its file is no library that can be loaded here"); break;
    case FailureKind::missing_library: what = Texts::tr("It needs a library that is not installed"); break;
    case FailureKind::unresolved_symbol: what = Texts::tr("It needs a function that nothing provides"); break;
    case FailureKind::no_entry: what = Texts::tr("Its library is not a Roundhouse plugin"); break;
    case FailureKind::abi: what = Texts::tr("It was built with an incompatible compiler or library"); break;
    case FailureKind::wrong_id: what = Texts::tr("Its library and its manifest disagree"); break;
    case FailureKind::contributions: what = Texts::tr("It offers other things than its manifest lists"); break;
    case FailureKind::threw: what = Texts::tr("It threw an exception %1").arg(where); break;
    case FailureKind::refused: what = Texts::tr("It gave up %1").arg(where); break;
    case FailureKind::crashed: what = Texts::tr("It crashed %1").arg(where); break;
    case FailureKind::exited: what = Texts::tr("It ended the process %1").arg(where); break;
    case FailureKind::hung: what = Texts::tr("It hung %1").arg(where); break;
    case FailureKind::changed: what = Texts::tr("It changed since it was checked"); break;
    case FailureKind::ended_program: what = Texts::tr("The program ended while loading it"); break;
    case FailureKind::probe: what = Texts::tr("It could not be checked"); break;
  }
  if (failure.detail.empty()) return what;
  return Texts::tr("%1: %2").arg(what, QString::fromStdString(failure.detail));
}

QString stateText(plugins::PluginState state) {
  switch (state) {
    case plugins::PluginState::found: return Texts::tr("Not tried yet");
    case plugins::PluginState::disabled: return Texts::tr("Switched off");
    case plugins::PluginState::checking: return Texts::tr("Being checked…");
    case plugins::PluginState::checked: return Texts::tr("Checked");
    case plugins::PluginState::running: return Texts::tr("Running");
    case plugins::PluginState::failed: return Texts::tr("Not running");
  }
  return {};
}

QString originText(plugins::PluginOrigin origin) {
  switch (origin) {
    case plugins::PluginOrigin::environment: return Texts::tr("From ROUNDHOUSE_PLUGINS");
    case plugins::PluginOrigin::bundled: return Texts::tr("Comes with Roundhouse");
    case plugins::PluginOrigin::user: return Texts::tr("Installed by you");
  }
  return {};
}

QString localText(const plugins::LocalText& text) {
  return QString::fromStdString(text.in(QLocale().language() == QLocale::Chinese ? "zh" : "en"));
}

}  // namespace roundhouse::app
