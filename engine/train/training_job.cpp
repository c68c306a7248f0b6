// SPDX-License-Identifier: Apache-2.0
#include "roundhouse/training_job.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <initializer_list>
#include <optional>
#include <set>
#include <type_traits>

#include "engine/base/guarded.h"
#include "engine/io/json.h"
#include "engine/train/job_fields.h"
#include "roundhouse/text_file.h"

namespace roundhouse {

namespace {

constexpr std::int64_t file_version = 1;
constexpr std::size_t largest_file_bytes = std::size_t{4} << 20;

// Reads groups and fields out of a document; keeps the first error.
class Reader {
 public:
  Reader(const YAML::Node& root, const std::string& name) : name_(name), node_(root) { enter("job"); }

  template <class Function>
  void group(const char* key, Function&& fields) {
    known_.insert(key);
    const YAML::Node child = node_[key];
    if (!child || child.IsNull()) return;
    const YAML::Node outer = node_;
    std::set<std::string> outer_known;
    std::swap(known_, outer_known);
    const std::string outer_path = path_;
    path_ += std::string(key) + ".";
    node_.reset(child);
    if (enter(key)) fields();
    leave();
    node_.reset(outer);
    known_ = std::move(outer_known);
    path_ = outer_path;
  }

  template <class T>
  void field(const char* key, T& value) {
    known_.insert(key);
    const YAML::Node child = node_[key];
    if (!child || child.IsNull()) return;
    read(child, path_ + key, value);
  }

  // After the last field of a group: keys that are none of them.
  void leave() {
    if (!node_.IsMap()) return;
    std::set<std::string> seen;
    for (const auto& entry : node_) {
      const std::string key = entry.first.IsScalar() ? entry.first.Scalar() : std::string("(no text)");
      if (!known_.contains(key)) refuse(entry.first, path_ + key, "a key of the job file", "an unknown key");
      if (!seen.insert(key).second) refuse(entry.first, path_ + key, "each key once", "it twice");
    }
  }

  const std::optional<Error>& error() const { return error_; }

 private:
  bool enter(const char* key) {
    if (node_.IsMap()) return true;
    refuse(node_, key, "keys with values", kind(node_));
    return false;
  }

  static const char* kind(const YAML::Node& node) { return node.IsScalar() ? "a single value" : node.IsSequence() ? "a list" : node.IsMap() ? "keys with values" : "nothing"; }

  void refuse(const YAML::Node& node, const std::string& key, std::string expected, std::string received) {
    if (error_) return;
    error_ = Error{ErrorCode::malformed, "read job", fmt::format("{} in line {} of {}", key, node.Mark().line + 1, name_), std::move(expected), std::move(received)};
  }

  // Aliases make a small text say much: elements are counted as they are read.
  bool room(const YAML::Node& node, const std::string& key) {
    if (node.IsSequence()) elements_ += node.size();
    if (elements_ <= most_elements) return true;
    refuse(node, key, fmt::format("at most {} elements", most_elements), "more");
    return false;
  }

  bool scalar(const YAML::Node& node, const std::string& key, const char* expected) {
    if (node.IsScalar()) return true;
    refuse(node, key, expected, kind(node));
    return false;
  }

  template <class T>
  void number(const YAML::Node& node, const std::string& key, T& value, const char* expected) {
    if (!scalar(node, key, expected)) return;
    T read{};
    if (!YAML::convert<T>::decode(node, read)) return refuse(node, key, expected, node.Scalar());
    if constexpr (std::is_floating_point_v<T>) {
      if (!std::isfinite(read)) return refuse(node, key, "a finite number", node.Scalar());
    }
    value = read;
  }

  void read(const YAML::Node& node, const std::string& key, std::string& value) {
    if (scalar(node, key, "a text")) value = node.Scalar();
  }
  void read(const YAML::Node& node, const std::string& key, bool& value) { number(node, key, value, "true or false"); }
  void read(const YAML::Node& node, const std::string& key, double& value) { number(node, key, value, "a number"); }
  void read(const YAML::Node& node, const std::string& key, std::int64_t& value) { number(node, key, value, "a whole number"); }
  void read(const YAML::Node& node, const std::string& key, std::int32_t& value) { number(node, key, value, "a whole number"); }
  void read(const YAML::Node& node, const std::string& key, std::uint64_t& value) {
    if (node.IsScalar() && node.Scalar().starts_with('-')) return refuse(node, key, "a whole number of at least 0", node.Scalar());
    number(node, key, value, "a whole number of at least 0");
  }
  template <class Enum>
    requires std::is_enum_v<Enum>
  void read(const YAML::Node& node, const std::string& key, Enum& value) {
    std::string names;
    std::size_t index = 0;
    for (const char* name : EnumNames<Enum>::names) {
      if (node.IsScalar() && node.Scalar() == name) {
        value = static_cast<Enum>(index);
        return;
      }
      names += (names.empty() ? "" : ", ") + std::string(name);
      ++index;
    }
    refuse(node, key, names, node.IsScalar() ? node.Scalar() : kind(node));
  }
  template <class T>
  void read(const YAML::Node& node, const std::string& key, std::vector<T>& value) {
    if (!room(node, key)) return;
    std::vector<T> list;
    if (node.IsScalar()) {  // one alone
      read(node, key, list.emplace_back());
    } else if (node.IsSequence()) {
      for (const auto& each : node) read(each, key, list.emplace_back());
    } else {
      return refuse(node, key, "a list", kind(node));
    }
    value = std::move(list);
  }
  template <class Key, class T>
  void read(const YAML::Node& node, const std::string& key, std::map<Key, T>& value) {
    if (!node.IsMap()) return refuse(node, key, "keys with values", kind(node));
    std::map<Key, T> map;
    for (const auto& entry : node) {
      Key name{};
      read(entry.first, key, name);
      if (map.contains(name)) return refuse(entry.first, key, "each key once", entry.first.Scalar() + " twice");
      read(entry.second, key, map[name]);
    }
    value = std::move(map);
  }

  static constexpr std::size_t most_elements = 1'000'000;

  const std::string& name_;
  std::size_t elements_ = 0;
  YAML::Node node_;
  std::string path_;
  std::set<std::string> known_{"version"};
  std::optional<Error> error_;
};

class Writer {
 public:
  template <class Function>
  void group(const char* key, Function&& fields) {
    text_ += fmt::format("{}:\n", key);
    indent_ = "  ";
    fields();
    indent_ = "";
  }
  template <class T>
  void field(const char* key, const T& value) { text_ += fmt::format("{}{}: {}\n", indent_, key, text(value)); }

  const std::string& written() const { return text_; }

 private:
  // Texts in JSON's quotes, which YAML 1.2 reads alike.
  static std::string text(const std::string& value) { return dump_json(Json(value)); }
  static std::string text(bool value) { return value ? "true" : "false"; }
  template <class T>
  static std::string text(const T& value) {
    if constexpr (std::is_enum_v<T>) {
      return enum_name(value);
    } else {
      return fmt::format("{}", value);
    }
  }
  template <class T>
  static std::string text(const std::vector<T>& list) {
    std::string all;
    for (const T& each : list) all += (all.empty() ? "" : ", ") + text(each);
    return "[" + all + "]";
  }
  template <class Key, class T>
  static std::string text(const std::map<Key, T>& map) {
    std::string all;
    for (const auto& [key, value] : map) all += (all.empty() ? "" : ", ") + text(key) + ": " + text(value);
    return "{" + all + "}";
  }

  std::string text_ = fmt::format("version: {}\n", file_version);
  std::string indent_;
};

void make_absolute(std::string& path, const std::filesystem::path& folder) {
  if (!path.empty()) path = (folder / path).lexically_normal().string();
}

}  // namespace

Status check_training_job(const TrainingJob& job) {
  const auto refuse = [](const char* key, std::string expected, std::string received) {
    return Error{ErrorCode::invalid_argument, "check job", key, std::move(expected), std::move(received)};
  };
  const auto whole = [&](const char* key, std::int64_t value, std::int64_t least, std::int64_t most) -> Status {
    if (value >= least && value <= most) return Ok{};
    return refuse(key, fmt::format("{} to {}", least, most), std::to_string(value));
  };
  const auto real = [&](const char* key, double value, double least, double most) -> Status {
    if (value >= least && value <= most) return Ok{};
    return refuse(key, fmt::format("{} to {}", least, most), fmt::format("{}", value));
  };
  constexpr std::int64_t many = std::int64_t{1} << 40;
  if (job.name.empty()) return refuse("name", "a text", "none");
  if (job.model.empty()) return refuse("model", "a path, or \"embedded\"", "none");
  if (job.output.empty()) return refuse("output", "a folder", "none");
  if (job.data.train.empty()) return refuse("data.train", "a file or more", "none");
  const auto one_of = [&](const char* key, const std::string& value, std::initializer_list<const char*> names) -> Status {
    if (std::find(names.begin(), names.end(), value) != names.end()) return Ok{};
    return refuse(key, fmt::format("{}", fmt::join(names, ", ")), value);
  };
  RH_TRY(one_of("data.format", job.data.format, {"auto", "messages", "sharegpt", "alpaca", "preference", "text"}));
  RH_TRY(real("data.evaluation_share", job.data.evaluation_share, 0.0, 0.5));
  RH_TRY(whole("data.max_tokens", job.data.max_tokens, 2, many));
  if (job.adapter.targets.empty()) return refuse("adapter.targets", "one or more", "none");
  RH_TRY(real("adapter.expert_threshold", job.adapter.expert_threshold, 0.0, 1.0));
  if (job.adapter.expert_score != TrainingJob::ExpertScore::none && !job.adapter.experts.empty()) {
    return refuse("adapter.expert_score", "none where adapter.experts names them", enum_name(job.adapter.expert_score));
  }
  if (job.adapter.method == TrainingJob::Method::experts && job.adapter.experts.empty() && job.adapter.expert_score == TrainingJob::ExpertScore::none) {
    return refuse("adapter.method", "adapter.experts or adapter.expert_score beside experts", "neither");
  }
  RH_TRY(whole("adapter.rank", job.adapter.rank, 1, 4096));
  RH_TRY(real("adapter.alpha", job.adapter.alpha, 1e-6, 1e6));
  RH_TRY(real("adapter.learning_rate_ratio", job.adapter.learning_rate_ratio, 1e-3, 1e3));
  RH_TRY(real("router.balance_weight", job.router.balance_weight, 0.0, 1e3));
  RH_TRY(real("router.z_weight", job.router.z_weight, 0.0, 1e3));
  RH_TRY(real("router.bias_rate", job.router.bias_rate, 0.0, 1.0));
  RH_TRY(real("optimizer.learning_rate", job.optimizer.learning_rate, 1e-12, 10.0));
  RH_TRY(real("optimizer.beta1", job.optimizer.beta1, 0.0, 0.999999));
  RH_TRY(real("optimizer.beta2", job.optimizer.beta2, 0.0, 0.9999999));
  RH_TRY(real("optimizer.epsilon", job.optimizer.epsilon, 1e-20, 1.0));
  RH_TRY(real("optimizer.weight_decay", job.optimizer.weight_decay, 0.0, 10.0));
  RH_TRY(real("optimizer.clip", job.optimizer.clip, 0.0, 1e9));
  RH_TRY(whole("optimizer.warmup_steps", job.optimizer.warmup_steps, 0, many));
  RH_TRY(whole("optimizer.decay_steps", job.optimizer.decay_steps, 0, many));
  RH_TRY(real("optimizer.floor", job.optimizer.floor, 0.0, 1.0));
  RH_TRY(whole("steps.steps", job.steps.steps, 0, many));
  RH_TRY(real("steps.epochs", job.steps.epochs, 0.0, 1e6));
  if (job.steps.steps == 0 && job.steps.epochs == 0.0) return refuse("steps", "a number of steps or of epochs", "0 of both");
  RH_TRY(whole("steps.samples", job.steps.samples, 1, 1 << 20));
  RH_TRY(whole("steps.batch_tokens", job.steps.batch_tokens, 1, 1 << 24));
  RH_TRY(whole("evaluation.every", job.evaluation.every, 0, many));
  RH_TRY(whole("evaluation.answer_tokens", job.evaluation.answer_tokens, 1, 4096));
  if (job.evaluation.prompts.size() > 64) return refuse("evaluation.prompts", "at most 64", std::to_string(job.evaluation.prompts.size()));
  RH_TRY(whole("checkpoint.every", job.checkpoint.every, 1, many));
  RH_TRY(whole("checkpoint.keep", job.checkpoint.keep, 1, 1000));
  RH_TRY(one_of("exports.merged", job.exports.merged, {"none", "same", "f32", "f16", "bf16", "q8_0", "q4_0"}));
  RH_TRY(one_of("compute.isa", job.compute.isa, {"automatic", "reference", "avx2", "avx512", "amx"}));
  return whole("compute.threads", job.compute.threads, 0, 1024);
}

Result<TrainingJob> parse_training_job(std::string_view yaml, const std::string& name, const std::string& folder) {
  return guarded("read job", name, [&]() -> Result<TrainingJob> {
    YAML::Node root;
    try {
      root = YAML::Load(std::string(yaml));
    } catch (const YAML::Exception& error) {
      return Error{ErrorCode::malformed, "read job", fmt::format("line {} of {}", error.mark.line + 1, name), "YAML", error.msg};
    }
    if (!root.IsMap()) return Error{ErrorCode::malformed, "read job", name, "keys with values", root.IsNull() ? "nothing" : "something else"};
    std::int64_t version = 0;
    const YAML::Node stated = root["version"];
    if (!stated || !stated.IsScalar() || !YAML::convert<std::int64_t>::decode(stated, version) || version != file_version) {
      return Error{ErrorCode::unsupported, "read job", "version of " + name, std::to_string(file_version), stated && stated.IsScalar() ? stated.Scalar() : "none"};
    }
    TrainingJob job;
    Reader reader(root, name);
    visit_job(reader, job);
    reader.leave();
    if (reader.error()) return *reader.error();
    if (job.model != "embedded") make_absolute(job.model, folder);
    make_absolute(job.output, folder);
    for (std::string& path : job.data.train) make_absolute(path, folder);
    for (std::string& path : job.data.evaluation) make_absolute(path, folder);
    RH_TRY(check_training_job(job));
    return job;
  });
}

Result<TrainingJob> read_training_job(const std::string& path) {
  RH_ASSIGN(const std::string text, read_text_file(path, largest_file_bytes));
  std::error_code ignored;
  const std::filesystem::path absolute = std::filesystem::absolute(path, ignored);
  return parse_training_job(text, path, absolute.parent_path().string());
}

std::string training_job_yaml(const TrainingJob& job) {
  Writer writer;
  visit_job(writer, job);
  return writer.written();
}

}  // namespace roundhouse
