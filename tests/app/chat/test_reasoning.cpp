// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/chat/reasoning.h"

#include <QtTest>

using namespace roundhouse::app;

class TestReasoning : public QObject {
  Q_OBJECT

 private:
  // "r" and "a" stretches as "R[..]" and "A[..]", open reasoning as "O[..]".
  static QString shape(const std::string& text, bool growing = false, const AnswerReasoning& reasoning = {}) {
    QString out;
    for (const AnswerSegment& each : splitReasoning(text, growing, reasoning)) {
      out += QString("%1[%2]").arg(each.reasoning ? each.open ? "O" : "R" : "A",
                                   QString::fromStdString(text.substr(each.begin, each.end - each.begin)));
    }
    return out;
  }

 private Q_SLOTS:
  void splits_data() {
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("expected");
    QTest::newRow("plain") << "four" << "A[four]";
    QTest::newRow("empty") << "" << "";
    QTest::newRow("think") << "<think>2+2</think>\n\nfour" << "R[2+2]A[four]";
    QTest::newRow("spaces") << "<think>\n hm \n</think>\n\n four\n" << "R[ hm]A[ four\n]";
    QTest::newRow("opened by the template") << "hm</think>four" << "R[hm]A[four]";
    QTest::newRow("empty thought") << "<think>\n\n</think>\n\nfour" << "A[four]";
    QTest::newRow("never closed") << "<think>hm and on" << "O[hm and on]";
    QTest::newRow("twice") << "<think>a</think>b<think>c</think>d" << "R[a]A[b]R[c]A[d]";
    QTest::newRow("other markers") << "[THINK]a[/THINK]b" << "R[a]A[b]";
    QTest::newRow("thinking") << "<thinking>a</thinking>b" << "R[a]A[b]";
    QTest::newRow("wrong close") << "<think>a</thinking>b" << "O[a</thinking>b]";
    QTest::newRow("less than") << "1 < 2 <t" << "A[1 < 2 <t]";
  }
  void splits() {
    QFETCH(QString, text);
    QFETCH(QString, expected);
    QCOMPARE(shape(text.toStdString()), expected);
  }
  void aMarkerCutOffIsNotShownWhileTheTextGrows() {
    const std::string whole = "<think>because 1 < 2</think>\n\nYes, a < b.";
    for (std::size_t length = 0; length <= whole.size(); ++length) {
      const std::string text = whole.substr(0, length);
      const QString seen = shape(text, true);
      QVERIFY2(!seen.contains("think") && !seen.contains("</"), qPrintable(seen));
    }
    QCOMPARE(shape(whole, false), QString("R[because 1 < 2]A[Yes, a < b.]"));
  }
  void theModelsOwnMarkersReplaceTheCommonOnes() {
    const AnswerReasoning own{roundhouse::ReasoningMarks{"<|begin_of_thought|>", "<|end_of_thought|>"}, false};
    const std::string whole = "<|begin_of_thought|>a <think> b<|end_of_thought|>c </think> d";
    QCOMPARE(shape(whole, false, own), QString("R[a <think> b]A[c </think> d]"));
    for (std::size_t length = 0; length <= whole.size(); ++length) {
      const QString seen = shape(whole.substr(0, length), true, own);
      QVERIFY2(!seen.contains("thought") && !seen.contains("<|"), qPrintable(seen));
    }
  }
  void reasoningOpenedByThePromptIsOneUntilItCloses() {
    const AnswerReasoning opened{roundhouse::ReasoningMarks{"<think>", "</think>"}, true};
    QCOMPARE(shape("hm", true, opened), QString("O[hm]"));
    QCOMPARE(shape("hm</think>four", true, opened), QString("R[hm]A[four]"));
    QCOMPARE(shape("<think>hm</think>four", true, opened), QString("R[hm]A[four]"));  // and the model wrote it again
    QCOMPARE(shape("hm", true), QString("A[hm]"));
  }
  void segmentsLieInOrderWithinTheText() {
    const std::vector<std::string> pieces{"<think>", "</think>", "x", "\n", " ", "<thi", "[THINK]", "[/THINK]", "é"};
    quint32 state = 1;
    for (int round = 0; round < 2000; ++round) {
      std::string text;
      for (int i = 0; i < 8; ++i) text += pieces[(state = state * 1664525u + 1013904223u) >> 16 & 7];
      for (bool growing : {false, true}) {
        std::uint32_t last = 0;
        for (const AnswerSegment& each : splitReasoning(text, growing)) {
          QVERIFY(each.begin >= last && each.end > each.begin && each.end <= text.size());
          last = each.end;
        }
      }
    }
  }
};

QTEST_APPLESS_MAIN(TestReasoning)
#include "test_reasoning.moc"
