// SPDX-License-Identifier: Apache-2.0
#include "engine/model/adapter_file.h"

#include <QtTest>

#include "engine/model/bottleneck_file.h"
#include "engine/model/gguf_adapter.h"
#include "engine/model/peft_adapter.h"
#include "tests/engine/fixtures/random_adapter.h"
#include "tests/engine/fixtures/tiny_model.h"
#include "tests/engine/io/file_fixture.h"

using namespace roundhouse;
using namespace roundhouse::testing;

class TestAdapterFile : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void eachKindIsReadByItsReader() {
    const test::Folder folder;
    const auto model = tiny_model();
    ModelSource source;
    source.format = ModelFormat::gguf;
    source.architecture = "glm4moe";
    const LoraAdapter adapter = random_adapter(1, *model, 2), bottlenecks = random_bottlenecks(2, *model, 4, {1});
    QVERIFY(write_peft_adapter(folder.path("peft"), adapter, *model, "base").ok());
    QVERIFY(write_gguf_adapter(folder.path("lora.gguf"), adapter, *model, "glm4moe").ok());
    QVERIFY(write_bottlenecks(folder.path("deep.safetensors"), bottlenecks, *model).ok());
    for (const char* name : {"peft", "lora.gguf"}) {
      const auto read = read_adapter(folder.path(name), *model, source);
      QVERIFY2(read.ok() && same_effect(*model, *read, adapter), name);
    }
    const auto deep = read_adapter(folder.path("deep.safetensors"), *model, source);
    QVERIFY(deep.ok() && deep->bottlenecks.size() == 1 && deep->bottlenecks[0].down == bottlenecks.bottlenecks[0].down);
    QVERIFY(!read_adapter(folder.path("nothing"), *model, source).ok());
  }
};

QTEST_GUILESS_MAIN(TestAdapterFile)
#include "test_adapter_file.moc"
