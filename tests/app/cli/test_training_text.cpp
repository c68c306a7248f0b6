// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/training_text.h"

#include <QtTest>

using namespace roundhouse::cli;

class TestTrainingText : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void eventsAreLines() {
    QCOMPARE(training_event_text(R"({"event":"step","step":3,"steps":9,"loss":1.5,"gradient_norm":0.25,"learning_rate":0.001,"tokens_per_s":99.6,"memory_bytes":81300000})"),
             std::string("step 3/9  loss 1.5000  gradient 0.25  rate 1.00e-03  100 tokens/s  81.3 MB\n"));
    QCOMPARE(training_event_text(R"({"event":"start","step":0})"), std::string());
    QCOMPARE(training_event_text(R"({"event":"start","step":7})"), std::string("goes on after step 7\n"));
    QVERIFY(training_event_text(R"({"event":"parity","exports":[{"name":"peft","kl_mean":1e-9,"kl_max":2e-9,"agreement":1,"passed":true},{"name":"x","passed":false}]})").find("FAILED") != std::string::npos);
    for (const char* odd : {"", "[]", "{}", "{\"event\":3}", "{\"event\":\"step\",\"step\":\"x\"}", "{\"event\":\"answers\",\"answers\":7}", "no json"}) (void)training_event_text(odd);
  }
  void reportsNameModelModulesDataAndTime() {
    const std::string text = training_report_text(
        R"({"model":{"name":"Mini","parameters":1000},"trained":{"method":"lora","parameters":50,"share":0.05,"adapter_bytes":200,"groups":[{"name":"experts","modules":2,"parameters":50}]},
            "router":{"trained":true,"balance":"batch","balance_weight":0.01,"z_weight":0.001,"bias_rate":0},
            "data":{"train":{"files":[{"path":"a.jsonl","rows":3,"problem_count":1,"problems":[{"line":2,"reason":"no role"}]}],"samples":2,"tokens":9,"learned_tokens":4},"overlap":{"same_text":1,"same_prompt":0},"remarks":["Odd."]},
            "steps":{"steps":4,"samples":2,"epochs":1.5,"tokens":99},"predicted":{"memory_bytes":3000000,"seconds":600},"available_memory_bytes":5000000})");
    for (const char* words : {"Mini", "5.00 %", "experts: 2 modules", "Router trained; balance loss batch 0.01", "a.jsonl: 3 rows", "line 2: no role", "Odd.", "1 evaluation samples", "4 of 2 samples", "10 min"}) {
      QVERIFY2(text.find(words) != std::string::npos, text.c_str());
    }
    for (const char* odd : {"", "[]", "{}", "{\"data\":3,\"trained\":[]}"}) (void)training_report_text(odd);
  }
};

QTEST_GUILESS_MAIN(TestTrainingText)
#include "test_training_text.moc"
