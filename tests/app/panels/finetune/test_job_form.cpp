// SPDX-License-Identifier: GPL-3.0-or-later
#include <QCheckBox>
#include <QComboBox>
#include <QLineEdit>
#include <QListWidget>
#include <QPushButton>
#include <QSignalSpy>
#include <QSpinBox>
#include <QtTest>

#include <random>

#include "app/panels/finetune/compare_runs.h"
#include "app/panels/finetune/expert_chooser.h"
#include "app/panels/finetune/file_list.h"
#include "app/panels/finetune/form_rows.h"
#include "app/panels/finetune/job_form.h"
#include "app/panels/finetune/job_presets.h"
#include "app/panels/finetune/number_edit.h"
#include "roundhouse/training_job.h"
#include "widgets/controls/fold_section.h"
#include "widgets/heatmap/heatmap_view.h"

using namespace roundhouse;
using namespace roundhouse::app;

namespace {

std::string yaml(const TrainingJob& job) { return training_job_yaml(job); }

// Anything that a file may say.
TrainingJob randomJob(std::mt19937& random) {
  const auto whole = [&](std::int64_t least, std::int64_t most) { return std::uniform_int_distribution<std::int64_t>(least, most)(random); };
  const auto real = [&](double most) { return std::uniform_real_distribution<double>(0, most)(random); };
  const auto yes = [&] { return whole(0, 1) == 1; };
  TrainingJob job;
  job.name = "job " + std::to_string(whole(0, 999));
  job.model = yes() ? "embedded" : "/models/x" + std::to_string(whole(0, 9)) + ".gguf";
  job.output = yes() ? "" : "/runs/" + std::to_string(whole(0, 9));
  job.seed = std::uint64_t(random()) << 32 | random();
  job.data.train = {"/data/a.jsonl"};
  if (yes()) job.data.train.push_back("/data/b.csv");
  if (yes()) job.data.evaluation = {"/data/c.txt"};
  job.data.evaluation_share = real(0.5);
  const char* formats[] = {"auto", "messages", "sharegpt", "alpaca", "preference", "text"};
  job.data.format = formats[whole(0, 5)];
  if (yes()) job.data.mapping = {{"prompt", "question"}, {"response", "the answer"}};
  job.data.max_tokens = whole(2, 1 << 20);
  job.data.too_long = TrainingJob::TooLong(whole(0, 1));
  job.data.problems = TrainingJob::Problems(whole(0, 1));
  job.adapter.method = TrainingJob::Method(whole(0, 3));
  job.adapter.targets.clear();
  for (const char* target : {"experts", "layers.2*.q", "dense", "attention", "shared"}) {
    if (yes()) job.adapter.targets.push_back(target);
  }
  if (job.adapter.targets.empty()) job.adapter.targets = {"all"};
  if (yes()) job.adapter.exclude = {"layers.0.*", "*.o"};
  if (yes()) job.adapter.experts = {{1, {0, 3}}, {4, {7}}};
  job.adapter.expert_score = TrainingJob::ExpertScore(whole(0, 2));
  job.adapter.expert_threshold = real(1);
  const char* merged[] = {"none", "same", "f32", "f16", "bf16", "q8_0", "q4_0"};
  job.exports = {yes(), merged[whole(0, 6)]};
  job.adapter.rank = whole(1, 4096);
  job.adapter.alpha = real(100) + 1e-3;
  job.adapter.rank_stabilised = yes();
  job.adapter.learning_rate_ratio = real(20) + 1e-3;
  job.router = {yes(), TrainingJob::Balance(whole(0, 2)), real(1), real(1), real(1)};
  job.optimizer.learning_rate = real(1e-3) + 1e-9;
  job.optimizer.beta1 = real(0.99);
  job.optimizer.beta2 = real(0.999);
  job.optimizer.epsilon = real(1e-6) + 1e-12;
  job.optimizer.weight_decay = real(0.1);
  job.optimizer.clip = real(2);
  job.optimizer.moments = TrainingJob::Moments(whole(0, 1));
  job.optimizer.schedule = TrainingJob::Schedule(whole(0, 2));
  job.optimizer.warmup_steps = whole(0, 100);
  job.optimizer.decay_steps = yes() ? whole(0, 100) : std::int64_t{1} << 35;  // beyond what a box can hold
  job.optimizer.floor = real(1);
  job.steps = {whole(0, 500), real(5) + 0.01, whole(1, 64), whole(1, 9000)};
  job.evaluation.every = whole(0, 50);
  if (yes()) job.evaluation.prompts = {"Who are you?", "你是谁？"};
  job.evaluation.answer_tokens = whole(1, 200);
  job.checkpoint = {whole(1, 50), whole(1, 9)};
  job.compute.threads = int(whole(0, 64));
  const char* isas[] = {"automatic", "reference", "avx2", "avx512", "amx"};
  job.compute.isa = isas[whole(0, 4)];
  job.compute.precision = TrainingJob::Precision(whole(0, 1));
  job.compute.activation_bytes = std::uint64_t(whole(0, 1ll << 40));
  return job;
}

Result<ModelInfo> someModel() {
  ModelInfo info;
  info.routing.model_layers = 4;
  info.routing.layers = {{1, 8, 2, 0, "softmax"}, {2, 8, 2, 0, "softmax"}, {3, 4, 1, 0, "softmax"}};
  return info;
}

}  // namespace

class TestJobForm : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void whatGoesInComesOut() {
    std::mt19937 random(5);
    JobForm form;
    for (int i = 0; i < 200; ++i) {
      const TrainingJob job = randomJob(random);
      form.setJob(job);
      if (form.job() != job) QCOMPARE(QString::fromStdString(yaml(form.job())), QString::fromStdString(yaml(job)));
      QVERIFY(form.job() == job);
    }
    // A field that the form does not have would stay as it was before.
    const TrainingJob last = form.job();
    for (const auto& [key, value] : jobSettings(last)) QVERIFY2(key == "version" || form.rows().has(key), qPrintable(key));
    form.setJob({});
    QVERIFY(form.job() == TrainingJob());
  }

  void editsArrive() {
    JobForm form;
    QSignalSpy changed(&form, &JobForm::changed);
    form.findChild<QLineEdit*>("finetune.name")->setText("who");
    form.findChild<QSpinBox*>("finetune.adapter.rank")->setValue(4);
    form.findChild<QLineEdit*>("finetune.optimizer.learning_rate")->setText("5e-5");
    form.findChild<QComboBox*>("finetune.adapter.method")->setCurrentIndex(1);
    form.findChild<QLineEdit*>("finetune.data.mapping")->setText("prompt: q , response:a");
    QVERIFY(changed.size() >= 5);
    const TrainingJob job = form.job();
    QCOMPARE(job.name, std::string("who"));
    QCOMPARE(job.adapter.rank, 4);
    QCOMPARE(job.optimizer.learning_rate, 5e-5);
    QVERIFY(job.adapter.method == TrainingJob::Method::dora);
    QVERIFY((job.data.mapping == std::map<std::string, std::string>{{"prompt", "q"}, {"response", "a"}}));
  }

  void presetsAreWhatTheySay() {
    JobForm form;
    for (const JobPreset preset : kJobPresets) {
      QVERIFY(!presetName(preset).isEmpty() && !presetTip(preset).isEmpty());
      form.usePreset(preset);
      QVERIFY(presetOf(form.job()).has_value());
      QVERIFY(presetOf(withPreset(form.job(), preset)) == preset);
    }
    form.usePreset(JobPreset::Gentle);
    QCOMPARE(form.job().adapter.rank, 8);
    QVERIFY(form.job().adapter.targets == std::vector<std::string>{"attention"});
    QVERIFY(form.findChild<QPushButton*>("finetunePreset.0")->isChecked());
    form.findChild<QSpinBox*>("finetune.adapter.rank")->setValue(9);
    QVERIFY(!presetOf(form.job()));
    QVERIFY(!form.findChild<QPushButton*>("finetunePreset.0")->isChecked());
    form.usePreset(JobPreset::RawText);
    QCOMPARE(form.job().data.format, std::string("text"));
    form.usePreset(JobPreset::Experts);
    QCOMPARE(form.job().data.format, std::string("auto"));
  }

  void presetsKeepTheRest() {
    std::mt19937 random(11);
    for (int i = 0; i < 50; ++i) {
      const TrainingJob job = randomJob(random);
      for (const JobPreset preset : kJobPresets) {
        TrainingJob made = withPreset(job, preset);
        QCOMPARE(made.name, job.name);
        QVERIFY(made.data.train == job.data.train);
        QVERIFY(made.steps == job.steps);
        QVERIFY(made.evaluation == job.evaluation);
        if (preset == JobPreset::Chosen) QVERIFY(made.adapter.experts == job.adapter.experts);
      }
    }
  }

  void errorsStandAtTheirField() {
    JobForm form;
    form.show();
    form.findChild<QLineEdit*>("finetune.optimizer.epsilon")->setText("tiny");
    QVERIFY(!form.validate());
    QVERIFY(form.rows().error("data.train").contains("at least one"));
    QVERIFY(!form.rows().error("optimizer.epsilon").isEmpty());
    QVERIFY(form.findChild<widgets::FoldSection*>("finetuneSection.optimizer")->expanded());
    QCOMPARE(form.job().optimizer.epsilon, 1e-8);  // what is no number changes nothing
    form.rows().clearErrors();
    QVERIFY(form.rows().error("data.train").isEmpty());
    QVERIFY(form.showError({ErrorCode::invalid_argument, "check job", "adapter.rank", "1 to 4096", "0"}));
    QVERIFY(form.rows().error("adapter.rank").contains("4096"));
    QVERIFY(form.showError({ErrorCode::invalid_argument, "check job", "steps", "steps or epochs", "0 of both"}));
    QVERIFY(!form.rows().error("steps.epochs").isEmpty() || !form.rows().error("steps.steps").isEmpty());
    QVERIFY(!form.showError({ErrorCode::io, "write file", "/somewhere", "", "disk full"}));
    form.showFirstError();
    QVERIFY(form.rows().firstWrong());
  }

  void keysAreFoundAsWords() {
    JobForm form;
    QCOMPARE(form.rows().keyIn("line 3 of x.yaml: router.balance_weight"), QStringLiteral("router.balance_weight"));
    QCOMPARE(form.rows().keyIn("steps.steps"), QStringLiteral("steps.steps"));
    QCOMPARE(form.rows().keyIn("nothing.of.this"), QString());
  }

  void filesAreAddedAndRemoved() {
    FileList list("Files", "Add", "All (*)");
    QSignalSpy changed(&list, &FileList::changed);
    list.setFiles({"/a/one.jsonl", "/b/two.csv"});
    QCOMPARE(list.files(), QStringList({"/a/one.jsonl", "/b/two.csv"}));
    auto* view = list.findChild<QListWidget*>("files");
    QCOMPARE(view->item(0)->text(), QStringLiteral("one.jsonl"));
    view->item(0)->setSelected(true);
    QTest::keyClick(view, Qt::Key_Delete);
    QCOMPARE(list.files(), QStringList("/b/two.csv"));
    QVERIFY(!changed.isEmpty());
  }

  void expertsAreChosenInTheMap() {
    JobForm form;
    const auto info = someModel();
    form.setModelInfo(&info);
    ExpertChooser* chooser = form.experts();
    chooser->map()->setSelectedCells({{0, 1}, {0, 5}, {2, 3}, {2, 7}});  // the last one is no expert of that layer
    QVERIFY((form.job().adapter.experts == ExpertChooser::Experts{{1, {1, 5}}, {3, {3}}}));
    QVERIFY(chooser->summary().startsWith("3 of 20"));
    TrainingJob job = form.job();
    job.adapter.experts = {{2, {6}}};
    form.setJob(job);
    QCOMPARE(chooser->map()->selectedCells().size(), 1);
    QVERIFY((chooser->map()->selectedCells().first() == widgets::HeatmapCell{1, 6}));
    chooser->findChild<QPushButton*>("finetuneNoExperts")->click();
    QVERIFY(form.job().adapter.experts.empty());
    QCOMPARE(chooser->map()->selectedCount(), 0);
  }

  void theBusiestExpertsAreTheFewestThatTakeTheShare() {
    ExpertChooser chooser;
    chooser.setLayout((*someModel()).routing);
    std::mt19937 random(3);
    std::vector<float> load(3 * 8);
    for (int row = 0; row < 3; ++row) {
      const int experts = row == 2 ? 4 : 8;
      float sum = 0;
      for (int e = 0; e < experts; ++e) sum += load[size_t(row * 8 + e)] = float(random() % 100 + 1);
      for (int e = 0; e < experts; ++e) load[size_t(row * 8 + e)] /= sum;
    }
    chooser.setLoad(load, "this conversation");
    chooser.chooseBusiest(0.6);
    const auto chosen = chooser.experts();
    QCOMPARE(chosen.size(), 3u);
    for (const auto& [layer, experts] : chosen) {
      const float* row = load.data() + (layer - 1) * 8;
      float sum = 0, least = 1, greatest_left = 0;
      for (int e = 0; e < 8; ++e) {
        const bool in = std::find(experts.begin(), experts.end(), e) != experts.end();
        if (in) sum += row[e], least = std::min(least, row[e]);
        else greatest_left = std::max(greatest_left, row[e]);
      }
      QVERIFY(sum >= 0.6f);
      QVERIFY(sum - least < 0.6f);
      QVERIFY(least >= greatest_left);
    }
  }

  void numbersKeepEveryDigit() {
    NumberEdit edit;
    std::mt19937_64 random(1);
    for (int i = 0; i < 1000; ++i) {
      const double value = std::ldexp(double(random()), int(random() % 200) - 150);
      edit.setValue(value);
      QCOMPARE(edit.value(), std::optional(value));
    }
    for (const char* no : {"", "x", "1e999", "nan", "inf"}) {
      edit.setText(no);
      QVERIFY2(!edit.value(), no);
    }
  }
};

QTEST_MAIN(TestJobForm)
#include "test_job_form.moc"
