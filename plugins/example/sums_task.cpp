// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugins/example/sums_task.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace example {

using namespace roundhouse;

Result<plugin::EvalReport> SumsTask::run(const plugin::EvalCall& call) {
  if (!call.data.empty()) {
    return Error{ErrorCode::invalid_argument, "run eval task", name(), "no data set (it makes its own)", call.data};
  }
  constexpr int all = 100;
  const std::int64_t items = call.limit > 0 ? std::min<std::int64_t>(call.limit, all) : all;
  plugin::EvalReport report;
  nlohmann::json details = nlohmann::json::array();
  std::int64_t right = 0;
  double margin_sum = 0.0;
  for (std::int64_t item = 0; item < items; ++item) {
    if (call.cancel.cancelled()) return Error{ErrorCode::cancelled, "run eval task", name(), {}, "cancelled"};
    // Every pair once, in an order that a small limit spreads over all of them.
    const int pair = static_cast<int>(item * 37 % all), a = pair / 10, b = pair % 10;
    plugin::ScoreRequest request;
    request.prompt = "2 + 2 = 4\n3 + 5 = 8\n" + std::to_string(a) + " + " + std::to_string(b) + " =";
    request.adapter = call.adapter;
    request.cancel = call.cancel;
    for (int sum = std::max(0, a + b - 2); sum <= a + b + 2; ++sum) request.labels.push_back(" " + std::to_string(sum));
    RH_ASSIGN(const plugin::ScoreResult result, host_.score(request));
    const std::string expected = " " + std::to_string(a + b);
    double best_wrong = -1e300, logprob = 0.0;
    for (const plugin::LabelScore& score : result.scores) {
      if (score.label == expected) {
        logprob = score.logprob;
      } else {
        best_wrong = std::max(best_wrong, score.logprob);
      }
    }
    right += logprob > best_wrong;
    margin_sum += logprob - best_wrong;
    details.push_back({{"a", a}, {"b", b}, {"right", logprob > best_wrong}, {"margin", logprob - best_wrong}});
    if (call.progress) call.progress(item + 1, items);
  }
  report.items = items;
  report.metrics = {{"accuracy", static_cast<double>(right) / static_cast<double>(items), "share"},
                    {"margin", margin_sum / static_cast<double>(items), "nats"}};
  report.details_json = details.dump();
  return report;
}

}  // namespace example
