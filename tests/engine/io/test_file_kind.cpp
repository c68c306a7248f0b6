// SPDX-License-Identifier: Apache-2.0
#include <QtTest>

#include "engine/io/file_kind.h"
#include "file_fixture.h"

using namespace roundhouse;

class TestFileKind : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void namesWhatItKnows() {
    const auto describe = [](const std::string& text) { return describe_file_start(test::as_bytes(text)); };
    QCOMPARE(describe("GGUF\3"), std::string("a GGUF file"));
    QCOMPARE(describe(std::string("lmgg") + std::string(8, '\1')), std::string("a GGML file from before GGUF"));
    QCOMPARE(describe(std::string("\2\0\0\0\0\0\0\0{}", 10)), std::string("a safetensors file"));
    QCOMPARE(describe(std::string(9, '\0')), std::string("zeros"));
    QCOMPARE(describe("\x7F" "ELF...."), std::string("'\\x7FELF....'"));
    QCOMPARE(describe("x"), std::string("'x'"));
    QCOMPARE(describe(""), std::string("no data"));
  }
};

QTEST_APPLESS_MAIN(TestFileKind)
#include "test_file_kind.moc"
