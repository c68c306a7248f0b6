// SPDX-License-Identifier: Apache-2.0
#include "engine/train/checkpoint.h"

#include <QtTest>

#include <filesystem>
#include <fstream>
#include <random>

using namespace roundhouse;
namespace fs = std::filesystem;

namespace {

struct Numbers {
  std::vector<std::vector<float>> values, gradients;
  std::vector<Parameter> parameters;

  explicit Numbers(unsigned seed) {
    std::mt19937 random(seed);
    for (const std::size_t size : {5u, 1u, 300u}) {
      gradients.emplace_back(size);
      for (float& value : values.emplace_back(size)) value = static_cast<float>(random()) * 1e-9f;
    }
    for (std::size_t p = 0; p < values.size(); ++p) parameters.push_back({"p" + std::to_string(p), values[p], gradients[p]});
  }
};

AdamW::State moments(unsigned seed, bool codes = false) {
  AdamW::State state{static_cast<std::int64_t>(seed), Numbers(seed + 100).values, Numbers(seed + 200).values, {}, {}};
  if (codes) {  // in 8 bits the float32 arrays are shorter: a scale a block
    for (auto* const arrays : {&state.first, &state.second}) arrays->back().resize(2);
    state.first_codes = {{1, 2, 3, 4, 5}, {200}, std::vector<std::uint8_t>(300, 255)};
    state.second_codes = {{5, 4, 3, 2, 1}, {0}, std::vector<std::uint8_t>(300, 7)};
  }
  return state;
}

const TrainingIdentity identity{"model", "data", "plan"};

void damage(const fs::path& file, std::uintmax_t at) {
  std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
  stream.seekg(static_cast<std::streamoff>(at));
  const char flipped = static_cast<char>(stream.get() ^ 1);
  stream.seekp(static_cast<std::streamoff>(at));
  stream.put(flipped);
}

}  // namespace

class TestCheckpoint : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void whatIsRestoredIsWhatWasWritten() {
    const QTemporaryDir folder;
    const CheckpointFolder checkpoints(folder.path().toStdString());
    Numbers now(9);
    QVERIFY(!checkpoints.restore(now.parameters, identity)->has_value());
    const auto path = checkpoints.write(12, Numbers(1).parameters, moments(3), identity, 2);
    QVERIFY2(path.ok(), path.ok() ? "" : path.error().message().c_str());
    QVERIFY(QString::fromStdString(*path).endsWith("checkpoint-000012"));
    const auto restored = checkpoints.restore(now.parameters, identity);
    QVERIFY2(restored.ok(), restored.ok() ? "" : restored.error().message().c_str());
    QCOMPARE((*restored)->step, std::int64_t{12});
    QVERIFY((*restored)->moments == moments(3));
    QVERIFY(now.values == Numbers(1).values);
  }
  void momentsInEightBitsAreKeptAsTheyAre() {
    const QTemporaryDir folder;
    const CheckpointFolder checkpoints(folder.path().toStdString());
    QVERIFY(checkpoints.write(1, Numbers(1).parameters, moments(3, true), identity, 2).ok());
    Numbers now(9);
    QVERIFY((*checkpoints.restore(now.parameters, identity))->moments == moments(3, true));
  }
  void onlyTheNewestStay() {
    const QTemporaryDir folder;
    const CheckpointFolder checkpoints(folder.path().toStdString());
    for (const int step : {10, 20, 30, 40}) QVERIFY(checkpoints.write(step, Numbers(1).parameters, moments(1), identity, 2).ok());
    QCOMPARE(checkpoints.steps(), (std::vector<std::int64_t>{30, 40}));
    // Back at 35 after a resume from 30: what is later is void.
    QVERIFY(checkpoints.write(35, Numbers(2).parameters, moments(1), identity, 2).ok());
    QCOMPARE(checkpoints.steps(), (std::vector<std::int64_t>{30, 35}));
    QVERIFY(checkpoints.write(35, Numbers(2).parameters, {}, identity, 1).ok());
    QCOMPARE(checkpoints.steps(), (std::vector<std::int64_t>{35}));
    Numbers now(9);
    QVERIFY((*checkpoints.restore(now.parameters, identity))->moments == AdamW::State{});
  }
  void adamagedOneGivesWayToTheOneBefore() {
    const QTemporaryDir folder;
    const CheckpointFolder checkpoints(folder.path().toStdString());
    QVERIFY(checkpoints.write(1, Numbers(1).parameters, moments(1), identity, 3).ok());
    const fs::path newest = checkpoints.write(2, Numbers(2).parameters, moments(2), identity, 3).value();
    Numbers now(9);
    const auto restores_the_first = [&] {
      const auto restored = checkpoints.restore(now.parameters, identity);
      return restored.ok() && (*restored)->step == 1 && (*restored)->skipped.size() == 1 && now.values == Numbers(1).values;
    };
    damage(newest / "state.safetensors", fs::file_size(newest / "state.safetensors") - 3);
    QVERIFY(restores_the_first());
    fs::resize_file(newest / "state.safetensors", 40);
    QVERIFY(restores_the_first());
    fs::remove(newest / "state.json");
    QVERIFY(restores_the_first());
    fs::create_directory(fs::path(folder.path().toStdString()) / "partial-checkpoint");  // of a killed process
    QVERIFY(restores_the_first());
    QVERIFY(checkpoints.write(3, Numbers(3).parameters, moments(1), identity, 3).ok());
    fs::remove_all(folder.path().toStdString() + "/checkpoint-000001");
    fs::remove_all(folder.path().toStdString() + "/checkpoint-000003");
    const auto none = checkpoints.restore(now.parameters, identity);
    QVERIFY(!none.ok());
  }
  void anotherModelDataOrJobIsRefused() {
    const QTemporaryDir folder;
    const CheckpointFolder checkpoints(folder.path().toStdString());
    QVERIFY(checkpoints.write(1, Numbers(1).parameters, moments(1), identity, 3).ok());
    Numbers now(9);
    const Numbers before(9);
    for (const TrainingIdentity& other : {TrainingIdentity{"x", "data", "plan"}, {"model", "x", "plan"}, {"model", "data", "x"}}) {
      const auto restored = checkpoints.restore(now.parameters, other);
      QVERIFY(!restored.ok() && restored.error().code == ErrorCode::conflict);
      QVERIFY(now.values == before.values);
    }
    now.parameters[0].name = "else";
    QVERIFY(!checkpoints.restore(now.parameters, identity).ok());
  }
  void whatCannotBeWrittenIsAnErrorAndLeavesTheOldOne() {
    const QTemporaryDir folder;
    const CheckpointFolder checkpoints(folder.path().toStdString());
    QVERIFY(checkpoints.write(1, Numbers(1).parameters, moments(1), identity, 1).ok());
    QFile file(folder.filePath("partial-checkpoint"));  // a file where the folder should be, in a folder that is in the way
    QVERIFY(QDir(folder.path()).mkpath("partial-checkpoint/state.safetensors/x"));
    QVERIFY(checkpoints.write(2, Numbers(2).parameters, moments(1), identity, 1).ok());  // remains are cleared away
    QVERIFY(!CheckpointFolder("/proc/none").write(1, Numbers(1).parameters, moments(1), identity, 1).ok());
    QCOMPARE(checkpoints.steps(), (std::vector<std::int64_t>{2}));
  }
};

QTEST_GUILESS_MAIN(TestCheckpoint)
#include "test_checkpoint.moc"
