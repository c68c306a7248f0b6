// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugins/example/sums_task.h"

#include <QTest>

#include <nlohmann/json.hpp>
#include <set>

using namespace roundhouse;

namespace {

// A model that adds right below 10 and is one off above.
class Adder final : public plugin::Host {
 public:
  std::string program() const override { return "test"; }
  std::string program_version() const override { return "0"; }
  std::string language() const override { return "en"; }
  Result<std::filesystem::path> data_folder() override { return none(); }
  void log(plugin::LogLevel, std::string_view) override {}
  plugin::Settings& settings() override { std::abort(); }
  Result<plugin::ScoreResult> score(const plugin::ScoreRequest& request) override {
    prompts.insert(request.prompt);
    const std::string sum = request.prompt.substr(request.prompt.rfind('\n') + 1);
    const int a = sum[0] - '0', b = sum[4] - '0', said = a + b < 10 ? a + b : a + b + 1;
    plugin::ScoreResult result;
    for (const std::string& label : request.labels) result.scores.push_back({label, label == " " + std::to_string(said) ? -1.0 : -3.0, 1});
    return result;
  }
  Result<plugin::Embedding> embed(const plugin::EmbeddingRequest&) override { return none(); }
  plugin::Jobs& jobs() override { std::abort(); }
  Result<std::int64_t> audit(const plugin::AuditNote&) override { return none(); }
  Status allow_connection(const plugin::NetworkRequest&) override { return none(); }
  Result<ToolResultPart> call_tool(const std::string&, const std::string&, const CancelToken&) override { return none(); }
  std::set<std::string> prompts;

 private:
  static Error none() { return {ErrorCode::unsupported, "test", "test", {}, {}}; }
};

}  // namespace

class TestSumsTask : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void countsRightSums() {
    Adder host;
    example::SumsTask task(host);
    std::int64_t last = 0;
    plugin::EvalCall call;
    call.progress = [&](std::int64_t done, std::int64_t) { last = done; };
    const auto report = task.run(call);
    QVERIFY(report.ok());
    QCOMPARE(report->items, std::int64_t{100});
    QCOMPARE(host.prompts.size(), std::size_t{100});  // every pair once
    QCOMPARE(last, std::int64_t{100});
    QCOMPARE(report->metrics.at(0).value, 0.55);  // 55 of the 100 pairs sum up to less than 10
    QCOMPARE(report->metrics.at(1).value, 0.55 * 2 - 0.45 * 2);
    QCOMPARE(nlohmann::json::parse(report->details_json).size(), std::size_t{100});
  }
  void limitAndCancel() {
    Adder host;
    example::SumsTask task(host);
    plugin::EvalCall call;
    call.limit = 7;
    QCOMPARE(task.run(call)->items, std::int64_t{7});
    call.cancel.cancel();
    QCOMPARE(task.run(call).error().code, ErrorCode::cancelled);
    plugin::EvalCall with_data;
    with_data.data = "x";
    QCOMPARE(task.run(with_data).error().code, ErrorCode::invalid_argument);
  }
};

QTEST_APPLESS_MAIN(TestSumsTask)
#include "test_sums_task.moc"
