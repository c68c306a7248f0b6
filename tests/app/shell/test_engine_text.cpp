// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/shell/engine_text.h"

#include <QDirIterator>
#include <QFile>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTranslator>
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
  // The literals among operation, object, expected and received of each Error{…}; numbers stand for what is filled in.
  static QStringList saidIn(const QString& source) {
    static const QRegularExpression begin("Error\\{\\s*(?:ErrorCode::\\w+|code)\\s*,"), word("[a-z]{2}"), gap("\\{[^}]*\\}");
    static const QRegularExpression literal("^\"((?:[^\"\\\\]|\\\\.)*)\"$"), format("^fmt::format\\(\\s*\"((?:[^\"\\\\]|\\\\.)*)\"");
    QStringList said;
    for (auto found = begin.globalMatch(source); found.hasNext();) {
      qsizetype from = found.next().capturedEnd();
      QStringList parts;
      bool quoted = false;
      int depth = 1;
      for (qsizetype at = from; at < source.size() && depth > 0; ++at) {
        const QChar c = source[at];
        if (quoted && c == '\\') ++at;
        else if (c == '"') quoted = !quoted;
        else if (!quoted && QStringLiteral("({[").contains(c)) ++depth;
        else if (!quoted && QStringLiteral(")}]").contains(c)) --depth;
        if (depth > 0 && (quoted || depth > 1 || c != ',')) continue;
        parts.append(source.mid(from, at - from).trimmed());
        from = at + 1;
      }
      for (const QString& part : parts.mid(0, 4)) {
        const auto whole = literal.match(part), made = format.match(part);
        QString text = whole.hasMatch() ? whole.captured(1) : made.captured(1).replace(gap, QStringLiteral("7"));
        text.replace("\\\"", "\"").replace("\\\\", "\\");
        if (text.contains(word)) said.append(text);
      }
    }
    return said;
  }
  // In the table: its own translation, a mark about each, differs from it.
  static bool hasPhrase(const QString& said) {
    class Marked : public QTranslator {
      bool isEmpty() const override { return false; }
      QString translate(const char* context, const char* text, const char*, int) const override {
        return QByteArray(context) == "EngineText" ? QStringLiteral("\u00a7") + QString::fromUtf8(text) : QString();
      }
    } marked;
    QCoreApplication::installTranslator(&marked);
    const bool has = engineText(said.toStdString()).startsWith(QChar(0xa7));
    QCoreApplication::removeTranslator(&marked);
    return has;
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
  // Every word of an Error{…} in the engine's sources, as far as it stands there, has a phrase. What has none is a debt that
  // may only shrink.
  void theEnginesWordsHavePhrases() {
    constexpr int kDebt = 5;
    QStringList without;
    int all = 0;
    QDirIterator files(ROUNDHOUSE_SOURCE_DIR "/engine", {"*.cpp", "*.h"}, QDir::Files, QDirIterator::Subdirectories);
    while (files.hasNext()) {
      QFile file(files.next());
      QVERIFY(file.open(QIODevice::ReadOnly));
      for (const QString& said : saidIn(QString::fromUtf8(file.readAll()))) {
        ++all;
        if (!hasPhrase(said) && !without.contains(said)) without.append(said);
      }
    }
    QVERIFY2(all > 150, qPrintable(QString::number(all)));
    without.sort();
    QVERIFY2(without.size() <= kDebt, qPrintable(without.join('\n')));
    QVERIFY2(without.size() == kDebt, "fewer than before: lower kDebt");
  }
  // Likewise of the stores and of what keeps what they refuse.
  void theStoresWordsHavePhrases() {
    static const QRegularExpression doing("(?:operation|k[A-Z]\\w*) = \"([a-z][^\"]* [^\"]*)\"");
    QStringList without;
    int all = 0;
    QStringList sources{ROUNDHOUSE_SOURCE_DIR "/app/chat/unsaved_files.cpp", ROUNDHOUSE_SOURCE_DIR "/app/chat/unsaved_files.h",
                        ROUNDHOUSE_SOURCE_DIR "/app/chat/conversation_library.cpp", ROUNDHOUSE_SOURCE_DIR "/app/chat/store_backend.cpp"};
    QDirIterator files(ROUNDHOUSE_SOURCE_DIR "/app/stores", {"*.cpp"});
    while (files.hasNext()) sources.append(files.next());
    for (const QString& path : std::as_const(sources)) {
      if (path.contains("settings_store")) continue;  // told in a terminal
      QFile file(path);
      QVERIFY(file.open(QIODevice::ReadOnly));
      const QString source = QString::fromUtf8(file.readAll());
      QStringList said = saidIn(source);
      for (auto found = doing.globalMatch(source); found.hasNext();) said.append(found.next().captured(1));
      all += int(said.size());
      said.removeIf([](const QString& each) { return hasPhrase(each); });
      without += said;
    }
    QVERIFY2(all > 30, qPrintable(QString::number(all)));
    QVERIFY2(without.isEmpty(), qPrintable(without.join('\n')));
    for (const char* made : {"the database's lock in time (another program holds it)", "database is locked", "unterminated object at byte 12",
                             "an array as \"messages\"", "a member \"roundhouse_unsaved\"",
                             "another program deleted or moved it. What was in it stands there again",
                             "another program put another file in its place. What was in it is kept as /d/c.db.replaced; it was damaged, and 1 conversations with 2 messages could be taken over from it",
                             "database disk image is malformed. The damaged file is kept as /d/c.db.1; 3 conversations with 9 messages could be taken over from it"}) {
      QVERIFY2(hasPhrase(made), made);
    }
  }
  // A sentence before another is one of its own.
  void sentencesWithinAPhraseHavePhrases() {
    class Loud : public QTranslator {
      bool isEmpty() const override { return false; }
      QString translate(const char*, const char* text, const char*, int) const override { return QString::fromUtf8(text).toUpper(); }
    } loud;
    QCoreApplication::installTranslator(&loud);
    const QString text = engineText("database disk image is malformed. The damaged file is kept as /d/c.db; 3 conversations with 9 messages could be taken over from it");
    QCoreApplication::removeTranslator(&loud);
    QCOMPARE(text, QString("DATABASE DISK IMAGE IS MALFORMED. THE DAMAGED FILE IS KEPT AS /d/c.db; 3 CONVERSATIONS WITH 9 MESSAGES COULD BE TAKEN OVER FROM IT"));
  }
  void whatWasCapturedIsNotFilledInAgain() {
    QCOMPARE(engineText("tensor 100%2 in %1"), QString("tensor 100%2 in %1"));
  }
};

QTEST_GUILESS_MAIN(TestEngineText)
#include "test_engine_text.moc"
