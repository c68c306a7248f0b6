// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/training_text.h"

#include <fmt/format.h>

#include "app/cli/json_text.h"

namespace roundhouse::cli {
namespace {

constexpr std::size_t most_lines = 10;  // of each kind of note

std::string text_of(const Json& value) { return value.is_string() ? value.get<std::string>() : std::string(); }
double number_of(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_number() ? found->get<double>() : 0.0;
}
std::int64_t count_of(const Json& object, const char* key) { return static_cast<std::int64_t>(number_of(object, key)); }

std::string duration_text(double seconds) {
  if (seconds < 90) return fmt::format("{:.0f} s", seconds);
  if (seconds < 5400) return fmt::format("{:.0f} min", seconds / 60);
  return fmt::format("{:.1f} h", seconds / 3600);
}

const Json& at(const Json& object, const char* key) {
  static const Json nothing = Json::object();
  const auto found = object.find(key);
  return found == object.end() ? nothing : *found;
}

std::string part_text(const char* name, const Json& part) {
  std::string text;
  for (const Json& file : at(part, "files")) {
    text += fmt::format("  {} {}: {} rows\n", name, text_of(at(file, "path")), count_of(file, "rows"));
    std::size_t shown = 0;
    for (const Json& problem : at(file, "problems")) {
      if (++shown > most_lines) break;
      text += fmt::format("    line {}: {}\n", count_of(problem, "line"), text_of(at(problem, "reason")));
    }
    if (count_of(file, "problem_count") > static_cast<std::int64_t>(most_lines)) text += fmt::format("    and {} more\n", count_of(file, "problem_count") - static_cast<std::int64_t>(most_lines));
  }
  text += fmt::format("    {} samples, {} tokens, {} learned; {} truncated, {} too long and left out, {} refused; {} duplicates, {} near ones\n", count_of(part, "samples"),
                      count_of(part, "tokens"), count_of(part, "learned_tokens"), count_of(part, "truncated"), count_of(part, "dropped"), count_of(part, "refused"),
                      count_of(part, "exact_duplicates"), count_of(part, "near_duplicates"));
  return text;
}

}  // namespace

std::string training_report_text(const std::string& line) {
  const Json report = Json::parse(line, nullptr, false);
  if (!report.is_object()) return line + "\n";
  const Json &trained = at(report, "trained"), &data = at(report, "data"), &router = at(report, "router"), &steps = at(report, "steps"), &predicted = at(report, "predicted");
  std::string text = fmt::format("Model  {} ({} parameters)\n", text_of(at(at(report, "model"), "name")), count_of(at(report, "model"), "parameters"));
  text += fmt::format("Trains {} parameters, {:.2f} % of the model, by {}; adapter {}\n", count_of(trained, "parameters"), 100 * number_of(trained, "share"),
                      text_of(at(trained, "method")), bytes_text(static_cast<std::uint64_t>(number_of(trained, "adapter_bytes"))));
  for (const Json& group : at(trained, "groups")) {
    text += fmt::format("  {}: {} modules, {} parameters\n", text_of(at(group, "name")), count_of(group, "modules"), count_of(group, "parameters"));
  }
  text += fmt::format("Router {}; balance loss {}", at(router, "trained") == true ? "trained" : "frozen", text_of(at(router, "balance")));
  if (number_of(router, "balance_weight") > 0) text += fmt::format(" {:g}", number_of(router, "balance_weight"));
  text += fmt::format(", z-loss {:g}, bias update {:g}\nData\n", number_of(router, "z_weight"), number_of(router, "bias_rate"));
  text += part_text("train", at(data, "train"));
  if (!at(at(data, "evaluation"), "files").empty() || count_of(at(data, "evaluation"), "samples") > 0) text += part_text("evaluation", at(data, "evaluation"));
  if (const Json& overlap = at(data, "overlap"); count_of(overlap, "same_text") + count_of(overlap, "same_prompt") > 0) {
    text += fmt::format("  {} evaluation samples are in the training data, {} more share its prompt\n", count_of(overlap, "same_text"), count_of(overlap, "same_prompt"));
  }
  for (const Json& remark : at(data, "remarks")) text += "  " + text_of(remark) + "\n";
  text += fmt::format("Steps  {} of {} samples ({:.2f} epochs), {} tokens\n", count_of(steps, "steps"), count_of(steps, "samples"), number_of(steps, "epochs"), count_of(steps, "tokens"));
  text += fmt::format("Takes  about {} and {} of memory ({} free)\n", duration_text(number_of(predicted, "seconds")),
                      bytes_text(static_cast<std::uint64_t>(number_of(predicted, "memory_bytes"))), bytes_text(static_cast<std::uint64_t>(number_of(report, "available_memory_bytes"))));
  return text;
}

std::string training_event_text(const std::string& line) {
  const Json event = Json::parse(line, nullptr, false);
  if (!event.is_object()) return {};
  const std::string name = text_of(at(event, "event"));
  const std::int64_t step = count_of(event, "step");
  if (name == "start") return step > 0 ? fmt::format("goes on after step {}\n", step) : std::string();
  if (name == "step") {
    return fmt::format("step {}/{}  loss {:.4f}  gradient {:.3g}  rate {:.2e}  {:.0f} tokens/s  {}\n", step, count_of(event, "steps"), number_of(event, "loss"), number_of(event, "gradient_norm"),
                       number_of(event, "learning_rate"), number_of(event, "tokens_per_s"), bytes_text(static_cast<std::uint64_t>(number_of(event, "memory_bytes"))));
  }
  if (name == "evaluation") return fmt::format("evaluation after step {}: loss {:.4f}, perplexity {:.3f}\n", step, number_of(event, "loss"), number_of(event, "perplexity"));
  if (name == "answers") {
    std::string text;
    for (const Json& each : at(event, "answers")) text += fmt::format("  {}\n    {}\n", text_of(at(each, "prompt")), text_of(at(each, "answer")));
    return text;
  }
  if (name == "checkpoint") return fmt::format("checkpoint {}\n", text_of(at(event, "path")));
  if (name == "export") return fmt::format("written {}: {}\n", text_of(at(event, "kind")), text_of(at(event, "path")));
  if (name == "parity") {
    std::string text;
    for (const Json& each : at(event, "exports")) {
      text += fmt::format("{} against what was trained: KL mean {:.2e}, largest {:.2e}, same most likely token {:.2f} %: {}\n", text_of(at(each, "name")), number_of(each, "kl_mean"),
                          number_of(each, "kl_max"), 100 * number_of(each, "agreement"), at(each, "passed") == true ? "passed" : "FAILED");
    }
    return text;
  }
  if (name == "paused") return fmt::format("paused after step {}: --resume goes on\n", step);
  if (name == "finished") {
    const std::string adapter = text_of(at(event, "adapter"));
    return fmt::format("finished after {}{}{}\n", duration_text(number_of(event, "seconds")), adapter.empty() ? "" : ": ", adapter);
  }
  return {};  // `failed`: the command says it
}

}  // namespace roundhouse::cli
