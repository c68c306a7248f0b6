// SPDX-License-Identifier: Apache-2.0
// Tests of engine/text/jinja: filters filters_sequence filters_text format globals interpreter lexer methods parser tests text_functions
// What Python's jinja2 makes of some 300 templates (tests/data/text/make_jinja_cases.py): lexer, parser, interpreter,
// python, format, methods, text_functions, filters_text, filters_sequence, tests, globals, parameters, json.
#include <QtTest>

#include "tests/engine/text/jinja/render.h"

using namespace roundhouse;

namespace {

const QString path = QStringLiteral(ROUNDHOUSE_SOURCE_DIR "/tests/data/text/jinja_cases.json");

struct Reference {
  std::string variables;
  QJsonObject cases;

  static const Reference& instance() {
    static const Reference reference = [] {
      QFile file(path);
      if (!file.open(QIODevice::ReadOnly)) qFatal("cannot read %s", qPrintable(path));
      const QByteArray bytes = file.readAll();
      // The variables in the file's order, which Qt's own JSON would lose.
      jinja::Meter meter{jinja::Limits{}};
      const jinja::Value all = jinja::from_json(meter, bytes.toStdString(), false);
      return Reference{jinja::to_json(meter, *all.dict()->find("variables"), {}).bytes(), QJsonDocument::fromJson(bytes).object()["cases"].toObject()};
    }();
    return reference;
  }
};

}  // namespace

class TestCases : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void rendersAsJinja2_data() {
    QTest::addColumn<QString>("section");
    const QJsonObject& cases = Reference::instance().cases;
    for (const QString& section : cases.keys()) QTest::newRow(qPrintable(section)) << section;
  }
  void rendersAsJinja2() {
    QFETCH(QString, section);
    const QJsonArray cases = Reference::instance().cases[section].toArray();
    QVERIFY(cases.size() >= 5);
    QStringList wrong;
    for (const QJsonValue entry : cases) {
      const std::string source = entry[0].toString().toStdString(), expected = entry[1].toString().toStdString();
      const std::string mine = render(source, Reference::instance().variables);
      if (mine != expected) wrong << QString::fromStdString(source + "\n  expected " + expected + "\n  found    " + mine);
    }
    QVERIFY2(wrong.isEmpty(), qPrintable(wrong.join("\n")));
  }

  // The same without any marks: where bytes come from must not change what is rendered.
  void marksDoNotChangeTheText() {
    const auto& reference = Reference::instance();
    for (const QString& section : reference.cases.keys()) {
      for (const QJsonValue entry : reference.cases[section].toArray()) {
        const auto parsed = jinja::Template::parse(entry[0].toString().toStdString());
        if (!parsed.ok()) continue;
        const auto with = [&](bool foreign) {
          return (*parsed)->render(
              [&](jinja::Meter& meter, jinja::Dict& out) {
                const jinja::Value object = jinja::from_json(meter, reference.variables, foreign);
                for (const auto& [key, value] : object.dict()->entries()) out.set(meter, key, value);
              },
              referenceTime());
        };
        const auto own = with(false), foreign = with(true);
        QCOMPARE(own.ok(), foreign.ok());
        if (!own.ok()) continue;
        QCOMPARE(own->text, foreign->text);
        QVERIFY(own->foreign.empty());
        std::size_t end = 0;
        for (const TextSpan& span : foreign->foreign) {
          QVERIFY(span.begin < span.end && (span.begin > end || end == 0) && span.end <= foreign->text.size());
          end = span.end;
        }
      }
    }
  }
};

QTEST_APPLESS_MAIN(TestCases)
#include "test_cases.moc"
