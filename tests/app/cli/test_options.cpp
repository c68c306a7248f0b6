// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/options.h"

#include <QTest>

using namespace roundhouse;
using namespace roundhouse::cli;

namespace {

// What a command line makes of the sampling options.
SamplingOptions parsed(const std::vector<std::string>& arguments) {
  CLI::App app;
  SamplingOptions options;
  RoutingOptions routing;
  std::string prompt;
  app.add_option("PROMPT", prompt);
  add_sampling_options(app, options);
  add_routing_options(app, routing);
  std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
  app.parse(reversed);
  return options;
}

}  // namespace

class TestOptions : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void theEmbeddedModelHasSettingsOfItsOwn() {
    const auto embedded = sampling_settings({}, true);
    QCOMPARE(embedded->temperature, 0.4f);
    QCOMPARE(embedded->top_p, 0.9f);
    QCOMPARE(embedded->repetition_penalty, 1.1f);
    QCOMPARE(embedded->top_k, 0);
    const auto other = sampling_settings({}, false);
    QCOMPARE(other->temperature, SamplingSettings().temperature);
    QCOMPARE(other->top_k, SamplingSettings().top_k);
  }
  void whatIsGivenCounts() {
    const auto settings = sampling_settings(parsed({"-n", "7", "--temperature", "0", "--sampling-top-k", "3", "--top-p", "0.5", "--min-p", "0.1", "--typical-p", "0.8",
                                                    "--repetition-penalty", "1.2", "--frequency-penalty", "-0.5", "--presence-penalty", "0.25", "--penalty-window", "-1",
                                                    "--seed", "18446744073709551615", "--stop", "a b", "--stop", "c", "--top-logprobs", "4"}), true);
    QVERIFY(settings.ok());
    QCOMPARE(settings->max_tokens, 7);
    QCOMPARE(settings->temperature, 0.0f);
    QCOMPARE(settings->top_k, 3);
    QCOMPARE(settings->top_p, 0.5f);
    QCOMPARE(settings->min_p, 0.1f);
    QCOMPARE(settings->typical_p, 0.8f);
    QCOMPARE(settings->repetition_penalty, 1.2f);
    QCOMPARE(settings->frequency_penalty, -0.5f);
    QCOMPARE(settings->presence_penalty, 0.25f);
    QCOMPARE(settings->penalty_window_tokens, -1);
    QCOMPARE(*settings->seed, 18446744073709551615u);
    QCOMPARE(settings->stop, (std::vector<std::string>{"a b", "c"}));
    QCOMPARE(settings->top_logprobs, 4);
  }
  // A repeatable option takes one value, and leaves the prompt alone.
  void repeatableOptionsTakeOneValueEach() {
    QCOMPARE(parsed({"--stop", "a", "prompt"}).stop, std::vector<std::string>{"a"});
    QCOMPARE(parsed({"--top-k", "2", "prompt"}).stop.size(), std::size_t{0});
  }
  void outOfRangeIsRefused() {
    SamplingOptions options;
    options.temperature = -1.0f;
    QCOMPARE(sampling_settings(options, true).error().code, ErrorCode::invalid_argument);
    options = {};
    options.stop = {"\xff"};
    QCOMPARE(sampling_settings(options, true).error().object, std::string("--stop"));
  }
};

QTEST_APPLESS_MAIN(TestOptions)
#include "test_options.moc"
