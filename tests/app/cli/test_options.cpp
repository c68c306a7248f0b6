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
  ModelOptions model;
  add_model_options(app, model);
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
  void numbersSayWhatTheyExpectAndFind_data() {
    QTest::addColumn<QByteArray>("option");
    QTest::addColumn<QByteArray>("value");
    QTest::addColumn<QByteArray>("said");
    QTest::newRow("nothing") << QByteArray("-n") << QByteArray() << QByteArray("--max-tokens: expected a whole number, -1 or more, found ''");
    QTest::newRow("half") << QByteArray("--max-tokens") << QByteArray("1.5") << QByteArray("--max-tokens: expected a whole number, -1 or more, found '1.5'");
    QTest::newRow("too small") << QByteArray("-n") << QByteArray("-2") << QByteArray("found '-2'");
    QTest::newRow("too large") << QByteArray("-n") << QByteArray("99999999999") << QByteArray("found '99999999999'");
    QTest::newRow("no temperature") << QByteArray("--temperature") << QByteArray() << QByteArray("--temperature: expected a number, found ''");
    QTest::newRow("no number") << QByteArray("--top-p") << QByteArray("nan") << QByteArray("--top-p: expected a number, found 'nan'");
    QTest::newRow("seed below 0") << QByteArray("--seed") << QByteArray("-1") << QByteArray("--seed: expected a whole number from 0 to 18446744073709551615, found '-1'");
    QTest::newRow("many") << QByteArray("--top-logprobs") << QByteArray("21") << QByteArray("expected a whole number from 0 to 20, found '21'");
    QTest::newRow("threads") << QByteArray("-t") << QByteArray("-1") << QByteArray("--threads: expected a whole number, 0 or more, found '-1'");
  }
  void numbersSayWhatTheyExpectAndFind() {
    QFETCH(QByteArray, option);
    QFETCH(QByteArray, value);
    QFETCH(QByteArray, said);
    QString error;
    try {
      parsed({option.toStdString(), value.toStdString()});
    } catch (const CLI::ParseError& thrown) {
      error = QString::fromUtf8(thrown.what());
    }
    QVERIFY2(error.contains(QString::fromUtf8(said)), qPrintable(error));
  }
  void numbersAreDecimal() { QCOMPARE(parsed({"-n", "010"}).max_tokens, 10); }
  void outOfRangeIsRefused() {
    SamplingOptions options;
    options.temperature = -1.0f;
    QCOMPARE(sampling_settings(options, true).error().code, ErrorCode::invalid_argument);
    QCOMPARE(sampling_settings(options, true).error().operation, std::string(read_argument));
    options = {};
    options.stop = {"\xff"};
    QCOMPARE(sampling_settings(options, true).error().object, std::string("--stop"));
  }
};

QTEST_APPLESS_MAIN(TestOptions)
#include "test_options.moc"
