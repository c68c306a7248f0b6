// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/routing_options.h"

#include <charconv>
#include <cmath>
#include <optional>

#include "app/cli/argument_error.h"

namespace roundhouse::cli {
namespace {

template <class Number>
std::optional<Number> number(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return {};
  return value;
}

std::optional<std::int32_t> layer_number(std::string_view text) {
  if (text == "all") return -1;
  const auto value = number<std::int32_t>(text);
  return value && *value >= 0 ? value : std::nullopt;
}

std::vector<std::string_view> split(std::string_view text) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t colon = text.find(':');
    parts.push_back(text.substr(0, colon));
    if (colon == std::string_view::npos) return parts;
    text.remove_prefix(colon + 1);
  }
}

Error unreadable(const char* option, const char* form, const std::string& value) {
  return Error{ErrorCode::invalid_argument, read_argument, option, std::string(form) + ", LAYER a number or \"all\"", "'" + value + "'"};
}

}  // namespace

Result<RoutingEdits> read_routing_options(const RoutingOptions& options) {
  RoutingEdits edits;
  if (!options.file.empty()) {
    RH_ASSIGN(edits, RoutingEdits::load(options.file));
  }
  const auto experts = [&](const std::vector<std::string>& values, const char* option, ExpertAction action) -> Status {
    for (const std::string& value : values) {
      const auto parts = split(value);
      const auto layer = layer_number(parts[0]);
      const auto expert = parts.size() == 2 ? number<std::int32_t>(parts[1]) : std::nullopt;
      if (!layer || !expert || *expert < 0) return unreadable(option, "LAYER:EXPERT", value);
      edits.experts.push_back({*layer, *expert, action, 0.0f});
    }
    return Ok{};
  };
  RH_TRY(experts(options.disable, "--disable", ExpertAction::disable));
  for (const std::string& value : options.boost) {
    const auto parts = split(value);
    const auto layer = layer_number(parts[0]);
    const auto expert = parts.size() == 3 ? number<std::int32_t>(parts[1]) : std::nullopt;
    const auto amount = parts.size() == 3 ? number<float>(parts[2]) : std::nullopt;
    if (!layer || !expert || *expert < 0 || !amount || !std::isfinite(*amount)) return unreadable("--boost", "LAYER:EXPERT:LOGITS", value);
    edits.experts.push_back({*layer, *expert, ExpertAction::boost, *amount});
  }
  RH_TRY(experts(options.force, "--force", ExpertAction::force));
  for (const std::string& value : options.top_k) {
    const auto parts = split(value);
    const auto layer = parts.size() == 2 ? layer_number(parts[0]) : std::optional<std::int32_t>(-1);
    const auto top_k = parts.size() <= 2 ? number<std::int32_t>(parts.back()) : std::nullopt;
    if (!layer || !top_k || *top_k < 1) return unreadable("--top-k", "[LAYER:]EXPERTS (--sampling-top-k is the sampler's)", value);
    edits.top_k.push_back({*layer, *top_k});
  }
  return edits;
}

Status apply_edits(Session& session, const RoutingOptions& options, RoutingEdits edits) {
  const Status status = session.set_edits(std::move(edits));
  if (status.ok()) return status;
  // (With a file, it may be the file that does not fit the model.)
  Error error = options.file.empty() ? argument_error(status.error()) : status.error();
  if (options.top_k.empty() || error.expected.find("top-k") == std::string::npos) return error;
  error.expected += " (--top-k is about experts; the sampler's is --sampling-top-k)";
  return error;
}

}  // namespace roundhouse::cli
