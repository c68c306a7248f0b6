// SPDX-License-Identifier: Apache-2.0
// Tests of engine/facade: training_exports training_report training_run_impl opened_model
#include "roundhouse/training_run.h"

#include <filesystem>
#include <fstream>

#include "engine/io/json.h"
#include "tests/engine/facade/facade_fixture.h"

using namespace roundhouse;

namespace {

struct Trained {
  Status status = Ok{};
  Json report;
  std::vector<Json> events;

  const Json* last(const std::string& name) const {
    for (auto event = events.rbegin(); event != events.rend(); ++event) {
      if ((*event)["event"] == name) return &*event;
    }
    return nullptr;
  }
};

}  // namespace

class TestTrainingRun : public QObject {
  Q_OBJECT

  Bench bench_;
  std::string data_;

  TrainingJob job(const char* name) const {
    TrainingJob job;
    job.name = name;
    job.model = bench_.path("tiny.gguf");
    job.output = bench_.path(name);
    job.data.train = {data_};
    job.data.evaluation_share = 0.3;
    job.data.max_tokens = 24;
    job.adapter.targets = {"attention"};
    job.adapter.rank = 2;
    job.steps = {2, 0.0, 2, 64};
    job.compute.isa = "reference";
    return job;
  }

  Trained train(const TrainingJob& job, bool resume = false) {
    Trained trained;
    TrainingOptions options;
    options.audit = bench_.audit;
    options.resume = resume;
    auto run = TrainingRun::prepare(job, options);
    if (!run.ok()) {
      trained.status = run.error();
      return trained;
    }
    trained.report = Json::parse((*run)->report_json());
    trained.status = (*run)->run([&](const std::string& line) { trained.events.push_back(Json::parse(line)); }, {});
    return trained;
  }

 private Q_SLOTS:
  void initTestCase() {
    data_ = bench_.path("data.txt.jsonl");
    std::ofstream file(data_);
    for (const char* text : {"the wheel turns", "a long road to the sea", "engines need water", "an expert answers", "night and day", "one more line of text", "the last of them"}) {
      file << Json{{"text", text}}.dump() << "\n";
    }
  }
  void everyMethodEndsWithExportsThatAreWhatWasTrained() {
    TrainingJob lora = job("lora"), dora = job("dora"), experts = job("experts"), routers = job("routers"), bottleneck = job("bottleneck");
    lora.adapter.targets = {"attention", "experts"};
    lora.exports.merged = "f32";
    dora.adapter.method = TrainingJob::Method::dora;
    experts.adapter.method = TrainingJob::Method::experts;
    experts.adapter.expert_score = TrainingJob::ExpertScore::gate;
    routers.router.train = true;
    routers.router.balance = TrainingJob::Balance::sequence;
    routers.exports.merged = "f32";
    bottleneck.adapter.method = TrainingJob::Method::bottleneck;
    bottleneck.adapter.rank = 4;
    for (const TrainingJob& each : {lora, dora, experts, routers, bottleneck}) {
      const Trained trained = train(each);
      QVERIFY2(trained.status.ok(), trained.status.ok() ? "" : (each.name + ": " + trained.status.error().message()).c_str());
      QVERIFY(trained.last("finished") && trained.last("parity"));
      const std::string adapter = trained.last("finished")->at("adapter");
      QCOMPARE(adapter.empty(), each.adapter.method == TrainingJob::Method::experts);  // that is a model
      QVERIFY(adapter.empty() || std::filesystem::exists(adapter));
      const Json& parity = *trained.last("parity");
      QVERIFY2(parity["passed"] == true && !parity["exports"].empty(), (each.name + ": " + parity.dump()).c_str());
      // The parts of the report are its sum.
      const Json& what = trained.report["trained"];
      std::int64_t modules = 0, groups = 0;
      for (const Json& module : what["modules"]) modules += module["parameters"].get<std::int64_t>();
      for (const Json& group : what["groups"]) groups += group["parameters"].get<std::int64_t>();
      QVERIFY2(modules == what["parameters"].get<std::int64_t>(), (each.name + what.dump()).c_str());
      QCOMPARE(groups, modules);
      QVERIFY(trained.report["predicted"]["seconds"].get<double>() > 0);
    }
  }
  void theLogNamesModelDataAndWhatWasWritten() {
    const Trained trained = train(job("logged"));
    QVERIFY(trained.status.ok());
    AuditFilter filter;
    filter.kinds = {std::string(audit_kind::training_started), std::string(audit_kind::training)};
    const auto records = must(bench_.audit->query(filter));
    std::string all;
    for (const AuditRecord& record : records) {
      const AuditEntry& entry = record.entry;
      if (entry.session == "logged") all += entry.action + entry.model_digest + entry.extra_json + entry.settings_json;
    }
    const std::string model = trained.report["model"]["sha256"], data = trained.report["data"]["sha256"], peft = (*trained.last("export"))["sha256"];
    for (const std::string& part : {std::string("start"), std::string("finished"), model, data, peft, std::string("targets")}) {
      QVERIFY2(all.find(part) != std::string::npos, (part + " in " + all).c_str());
    }
  }
  void whatCannotRunIsRefusedBeforeAnythingIsWritten() {
    const auto refused = [&](TrainingJob wrong) {
      const Trained trained = train(wrong);
      return !trained.status.ok() && trained.events.empty() && !QDir(QString::fromStdString(wrong.output)).exists();
    };
    TrainingJob wrong = job("wrong");
    wrong.model = "/none.gguf";
    QVERIFY(refused(wrong));
    wrong = job("wrong");
    wrong.data.train = {"/none.jsonl"};
    QVERIFY(refused(wrong));
    wrong = job("wrong");
    wrong.adapter.targets = {"nothing"};
    QVERIFY(refused(wrong));
    wrong = job("wrong");
    wrong.compute.isa = "z80";
    QVERIFY(refused(wrong));
    std::ofstream(bench_.path("bad.jsonl")) << "{\"text\": \"one two three\"}\n{oops\n";
    wrong = job("wrong");
    wrong.data.train = {bench_.path("bad.jsonl")};
    wrong.data.evaluation_share = 0;
    QVERIFY(refused(wrong));
    wrong.data.problems = TrainingJob::Problems::skip;
    QVERIFY(train(wrong).status.ok());
  }
  void aFolderHoldsOneRun() {
    QVERIFY(train(job("twice")).status.ok());
    const Trained again = train(job("twice"));
    QVERIFY(!again.status.ok() && again.status.error().code == ErrorCode::conflict);
    // A finished run that is resumed has nothing left to train and exports again.
    const Trained resumed = train(job("twice"), true);
    QVERIFY(resumed.status.ok() && !resumed.last("step") && resumed.last("finished"));
    QCOMPARE((*resumed.last("start"))["step"], Json(2));
  }
};

QTEST_GUILESS_MAIN(TestTrainingRun)
#include "test_training_run.moc"
