// SPDX-License-Identifier: Apache-2.0
#include <QtTest>

#include <QFile>

#include "engine/cpu/kernels/select.h"
#include "roundhouse/isa.h"

using namespace roundhouse;

class TestIsa : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void namesParseBack() {
    for (const Isa isa : {Isa::automatic, Isa::reference, Isa::avx2, Isa::avx512, Isa::amx}) {
      const Result<Isa> parsed = parse_isa(isa_name(isa));
      QVERIFY(parsed.ok());
      QCOMPARE(*parsed, isa);
    }
    for (const char* bad : {"", "AVX2", "sse", "avx2 "}) {
      const Result<Isa> parsed = parse_isa(bad);
      QVERIFY(!parsed.ok());
      QVERIFY(parsed.error().message().find("avx512") != std::string::npos);
    }
  }
  void listedSetsAreThoseOfTheProcessorAndHaveKernels() {
    const std::vector<Isa> isas = available_isas();
    QCOMPARE(isas.front(), Isa::reference);
    QVERIFY(std::is_sorted(isas.begin(), isas.end()));
    for (const Isa isa : isas) {
      QVERIFY(isa != Isa::automatic && isa != Isa::amx);
      QCOMPARE(kernels_for(isa) != nullptr, isa != Isa::reference);
    }
    // What Linux tells about the processor, read independently.
    QFile file("/proc/cpuinfo");
    QVERIFY(file.open(QIODevice::ReadOnly));
    const QList<QByteArray> lines = file.readAll().split('\n');
    for (const QByteArray& line : lines) {
      if (!line.startsWith("flags")) continue;
      const QList<QByteArray> flags = line.split(':').last().split(' ');
      const auto has = [&](std::initializer_list<const char*> wanted) {
        return std::all_of(wanted.begin(), wanted.end(), [&](const char* flag) { return flags.contains(flag); });
      };
      const bool avx2 = has({"avx2", "fma", "f16c"});
      QCOMPARE(std::count(isas.begin(), isas.end(), Isa::avx2) == 1, avx2);
      QCOMPARE(std::count(isas.begin(), isas.end(), Isa::avx512) == 1,
               avx2 && has({"avx512f", "avx512bw", "avx512dq", "avx512vl", "avx512_vnni"}));
      break;
    }
  }
  void descriptionNamesProcessorAndCores() {
    const std::string text = processor_description();
    QVERIFY(text.find(" core") != std::string::npos);
    QCOMPARE(text.find("AVX-512") != std::string::npos, available_isas().back() == Isa::avx512);
    QVERIFY(text.find('\n') == std::string::npos);
  }
};

QTEST_APPLESS_MAIN(TestIsa)
#include "test_isa.moc"
