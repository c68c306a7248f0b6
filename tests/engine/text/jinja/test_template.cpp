// SPDX-License-Identifier: Apache-2.0
#include <QtTest>

#include "tests/engine/text/jinja/render.h"

using namespace roundhouse;

namespace {

const QString folder = QStringLiteral(ROUNDHOUSE_SHARED_DIR "/reference/chat-templates/");

QByteArray contents(const QString& path) {
  QFile file(path);
  if (!file.open(QIODevice::ReadOnly)) qFatal("cannot read %s", qPrintable(path));
  return file.readAll();
}

}  // namespace

class TestTemplate : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  // Every real template with every conversation, byte for byte what jinja2 makes of it, errors included.
  void rendersRealTemplates_data() {
    QTest::addColumn<QString>("name");
    for (const QString& file : QDir(folder).entryList({"*.jinja"})) QTest::newRow(qPrintable(file)) << file.chopped(6);
  }
  void rendersRealTemplates() {
    QFETCH(QString, name);
    const std::string source = contents(folder + name + ".jinja").toStdString();
    const QJsonObject expected = QJsonDocument::fromJson(contents(folder + name + ".expected.json")).object();
    // The conversations with their members in the file's order, which Qt's own JSON would lose.
    jinja::Meter meter{jinja::Limits{}};
    const auto cases = jinja::from_json(meter, contents(folder + "cases.json").toStdString(), true);
    QCOMPARE(static_cast<qsizetype>(cases.dict()->size()), expected.size());
    const auto parsed = jinja::Template::parse(source);
    QVERIFY2(parsed.ok(), parsed.ok() ? "" : parsed.error().message().c_str());
    for (const auto& [key, conversation] : cases.dict()->entries()) {
      const auto result = (*parsed)->render(
          [&](jinja::Meter& m, jinja::Dict& out) {
            out.set(m, jinja::Value::text("add_generation_prompt"), jinja::Value(true));
            for (const auto& [variable, value] : conversation.dict()->entries()) out.set(m, variable, value);
            out.set(m, jinja::Value::text("bos_token"), jinja::Value::text("<s>"));
            out.set(m, jinja::Value::text("eos_token"), jinja::Value::text("</s>"));
          },
          referenceTime());
      const QJsonObject wanted = expected[QString::fromStdString(key.bytes())].toObject();
      const std::string text = result.ok() ? result->text : "error: " + result.error().received;
      const std::string wanted_text = wanted.contains("ok") ? wanted["ok"].toString().toStdString() : "error: " + wanted["error"].toString().toStdString();
      QVERIFY2(text == wanted_text, (key.bytes() + ":\n" + text + "\nexpected:\n" + wanted_text).c_str());
    }
  }

  void coversTheReferences() {
    if (!QFile::exists(folder)) QSKIP("the reference templates are not here");
    QVERIFY(QDir(folder).entryList({"*.jinja"}).size() >= 40);
  }
};

QTEST_APPLESS_MAIN(TestTemplate)
#include "test_template.moc"
