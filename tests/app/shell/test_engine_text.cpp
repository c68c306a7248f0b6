// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/shell/engine_text.h"

#include <QFile>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QtTest>

#include "app/shell/format.h"
#include "app/shell/localization.h"
#include "roundhouse/model.h"

using namespace roundhouse;
using namespace roundhouse::app;

class TestEngineText : public QObject {
  Q_OBJECT

 private:
  QString refusal(const QByteArray& content) const {
    QFile file(folder_.filePath("model.gguf"));
    if (!file.open(QIODevice::WriteOnly) || file.write(content) != content.size()) return {};
    file.close();
    const auto info = inspect_model(file.fileName().toStdString());
    return errorLine(info.ok() ? *info->not_loadable : info.error());
  }
  static bool hasLatinWord(QString text) {
    static const QRegularExpression kept("/\\S*|'[^']*'|GGUF|GGML|Git LFS|PyTorch|SQLite|JSON|model\\.gguf");
    static const QRegularExpression word("[a-z]{3,}");
    return text.remove(kept).contains(word);
  }
  const QTemporaryDir folder_;

 private Q_SLOTS:
  void inEnglishNothingChanges() {
    const Error error{ErrorCode::malformed, "read GGUF file", "tensor 'a.b' in /m/x.gguf", "more data", "the end of the file at 12 bytes"};
    QCOMPARE(errorDetails(error), QString::fromStdString(error.message()));
    QCOMPARE(engineMessage(error.message()), QString::fromStdString(error.message()));
    QCOMPARE(engineText("quite another thing of 5 bytes"), QString("quite another thing of 5 bytes"));
    QCOMPARE(engineText(""), QString());
  }
  void inChineseOnlyNamesStay() {
      Localization localization;
    localization.setChoice("zh_CN");
    const QByteArray header("GGUF\x03\0\0\0", 8);
    for (const QByteArray& content : {QByteArray(), QByteArray("version https://git-lfs.github.com/spec/v1"), QByteArray(200, '\0'),
                                      QByteArray("<!DOCTYPE html><p>not found"), QByteArray("PK\x03\x04zip"), header, header + QByteArray(8, '\xff')}) {
      const QString told = refusal(content);
      QVERIFY(!told.isEmpty());
      QVERIFY2(!hasLatinWord(told), qPrintable(told));
    }
    const Error memory{ErrorCode::out_of_memory, "load model", "/m/x.gguf", "1200 bytes of free memory for its weights", "900"};
    QVERIFY2(!hasLatinWord(errorLine(memory)), qPrintable(errorLine(memory)));
    QVERIFY(errorLine(memory).contains("1200") && errorLine(memory).contains("/m/x.gguf"));
    const QString kind = engineMessage("read model: /m/x.gguf: expected an architecture among glm4moe, llama, found mamba");
    QVERIFY2(kind.contains("glm4moe, llama") && kind.contains("mamba") && !kind.contains("among"), qPrintable(kind));
    QVERIFY(!hasLatinWord(engineText("the log does not end where its head outside says: it was cut, replaced or restored")));
    const QString salvaged = engineText("malformed. The damaged file is kept as /d/c.db.1; 3 conversations with 9 messages could be taken over from it, 2 rows could not");
    for (const char* part : {"/d/c.db.1", "3", "9", "2"}) QVERIFY2(salvaged.contains(part), qPrintable(salvaged));
    QVERIFY2(!salvaged.contains("taken over"), qPrintable(salvaged));
    localization.setChoice("en");
  }
  void whatWasCapturedIsNotFilledInAgain() {
    QCOMPARE(engineText("tensor 100%2 in %1"), QString("tensor 100%2 in %1"));
  }
};

QTEST_GUILESS_MAIN(TestEngineText)
#include "test_engine_text.moc"
