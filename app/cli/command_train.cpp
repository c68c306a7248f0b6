// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include "app/cli/json_text.h"
#include "app/cli/options.h"
#include "app/cli/training_text.h"
#include "app/common/resource_locator.h"
#include "roundhouse/training_run.h"

namespace roundhouse::cli {
namespace {

struct TrainOptions : CommandOptions {
  std::string job;
  bool check = false, resume = false, yes = false;
};

// On a terminal the report stands there and a person says yes; without one the command itself is the word.
Result<bool> agreed(Cli& cli, const TrainOptions& options) {
  if (options.yes || options.json || !cli.in.is_terminal()) return true;
  cli.ask("Start? [y/N] ");
  RH_ASSIGN(const std::optional<std::string> answer, cli.in.line());
  return answer && (*answer == "y" || *answer == "Y" || *answer == "yes");
}

Result<int> run_train(Cli& cli, const TrainOptions& options) {
  RH_ASSIGN(TrainingJob job, read_training_job(options.job));
  TrainingOptions training;
  training.program = "roundhouse-cli";
  training.resume = options.resume;
  if (job.model == "embedded") {
    RH_ASSIGN(const auto path, app::embedded_model_path());
    training.embedded_model = path.string();
  }
  if (!options.check) {
    RH_ASSIGN(training.audit, cli.audit());
  }
  const CancelToken cancel;
  const Interrupt::Scope scope(cli.interrupt, [cancel] { cancel.cancel(); });
  RH_ASSIGN(const auto run, TrainingRun::prepare(std::move(job), std::move(training), {}, cancel));
  if (options.check) {
    RH_TRY(cli.out.write(options.json ? run->report_json() + "\n" : terminal_safe(training_report_text(run->report_json()))));
    return exit_ok;
  }
  if (!options.json) {
    RH_TRY(cli.out.write(terminal_safe(training_report_text(run->report_json()))));
    RH_ASSIGN(const bool yes, agreed(cli, options));
    if (!yes) return exit_ok;
  }
  Status written = Ok{};
  const Status done = run->run([&](const std::string& line) {
    const std::string text = options.json ? line + "\n" : terminal_safe(training_event_text(line));
    // A reader that went away does not end the training: its events are in the folder.
    if (written.ok() && !text.empty()) written = cli.out.write(text);
  }, cancel);
  if (!done.ok() && done.error().code == ErrorCode::cancelled && cli.interrupt.came()) return cli.interrupt.exit_code();
  RH_TRY(done);
  return exit_ok;
}

}  // namespace

void add_train(CLI::App& root, Commands& commands) {
  auto& options = add_command<TrainOptions>(root, commands, "train", "Fine-tune a model as a job file says", &run_train);
  options.app->add_option("JOB", options.job, "The job (YAML)")->required();
  options.app->add_flag("--check", options.check, "Only say what would train, and on what; nothing is written");
  options.app->add_flag("--resume", options.resume, "Go on from the newest checkpoint in the job's folder");
  options.app->add_flag("-y,--yes", options.yes, "Start without asking (on a terminal; elsewhere nothing is asked)");
  options.app->footer(
      "The run's folder (`output` in the job) gets events.jsonl, checkpoints and, at the end, the adapter. --json writes the\n"
      "events to standard output as well, one JSON object a line; with --check, the report. SIGINT and SIGTERM pause: the\n"
      "step is finished and a checkpoint written; --resume goes on from there, with the same numbers as without a pause.\n"
      "The keys of a job file are described in engine/include/roundhouse/training_job.h; `version`, `output` and `data: {train: ...}`\n"
      "are enough.");
}

}  // namespace roundhouse::cli
