// SPDX-License-Identifier: Apache-2.0
// Hostile and broken templates: meter, parser, interpreter, value, lexer. Each must end in an error, soon.
#include <QtTest>

#include <random>

#include "tests/engine/text/jinja/render.h"

using namespace roundhouse;

namespace {

std::string times(std::string_view text, std::size_t count) {
  std::string out;
  for (; count > 0; --count) out += text;
  return out;
}

const QString folder = QStringLiteral(ROUNDHOUSE_SHARED_DIR "/reference/chat-templates/");

}  // namespace

class TestLimits : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void hostileTemplatesReachALimit_data() {
    QTest::addColumn<QByteArray>("source");
    const auto add = [](const char* name, const std::string& source) { QTest::newRow(name) << QByteArray::fromStdString(source); };
    add("nested loops", "{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}");
    add("recursion", "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}");
    add("recursion between two", "{% macro a() %}{{ b() }}{% endmacro %}{% macro b() %}{{ a() }}{% endmacro %}{{ a() }}");
    add("recursion through a caller", "{% macro m() %}{% call m() %}{% endcall %}{{ caller }}{% endmacro %}{{ m() }}");
    add("recursive loop", "{% set x = [1] %}{% for i in x recursive %}{{ loop(x) }}{% endfor %}");
    add("doubling", "{% set ns = namespace(x='ab') %}{% for i in range(99) %}{% set ns.x = ns.x + ns.x %}{% endfor %}");
    add("doubling a list", "{% set ns = namespace(x=[1]) %}{% for i in range(99) %}{% set ns.x = ns.x + ns.x %}{% endfor %}");
    add("doubling by replace", "{% set ns = namespace(x='a') %}{% for i in range(99) %}{% set ns.x = ns.x | replace('a', 'aa') %}{% endfor %}");
    add("doubling by join", "{% set ns = namespace(x='a') %}{% for i in range(99) %}{% set ns.x = [ns.x, ns.x] | join %}{% endfor %}");
    add("doubling by format", "{% set ns = namespace(x='a') %}{% for i in range(99) %}{% set ns.x = '%s%s' % (ns.x, ns.x) %}{% endfor %}");
    add("doubling by tojson", "{% set ns = namespace(x='\"') %}{% for i in range(99) %}{% set ns.x = ns.x | tojson %}{% endfor %}");
    add("doubling by escape", "{% set ns = namespace(x='&') %}{% for i in range(99) %}{% set ns.x = ns.x | forceescape %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}");
    add("output", "{% set x = 'abcdefgh' * 100000 %}{% for i in range(100000) %}{{ x }}{% endfor %}");
    add("nesting of values", "{% set ns = namespace(x=[]) %}{% for i in range(1000) %}{% set ns.x = [ns.x] %}{% endfor %}");
    add("nesting of dictionaries", "{% set ns = namespace(x={}) %}{% for i in range(1000) %}{% set ns.x = {'a': ns.x} %}{% endfor %}");
    add("nesting of loops", "{% set ns = namespace(x=[1]) %}{% for i in range(1000) %}{% for j in ns.x %}{% set ns.x = [loop] %}{% endfor %}{% endfor %}");
    add("nesting of methods", "{% set ns = namespace(x={}) %}{% for i in range(1000) %}{% set ns.x = {'a': ns.x.get} %}{% endfor %}");
    const std::string shared = "{% set ns = namespace(x=[1]) %}{% for i in range(80) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}";
    add("printing what is shared", shared + "{{ ns.x }}");
    add("json of what is shared", shared + "{{ ns.x | tojson }}");
    const std::string other = "{% set n2 = namespace(x=[2]) %}{% for i in range(80) %}{% set n2.x = [n2.x, n2.x] %}{% endfor %}";
    add("comparing what is shared", shared + "{% set n2 = namespace(x=[1]) %}{% for i in range(80) %}{% set n2.x = [n2.x, n2.x] %}{% endfor %}{{ ns.x == n2.x }}");
    add("hashing what is shared", "{% set ns = namespace(x=(1,)) %}{% for i in range(80) %}{% set ns.x = (ns.x, ns.x) %}{% endfor %}{{ {ns.x: 1} }}");
    add("repetition", "{{ 'a' * 1000000000000 }}");
    add("repetition of a list", "{{ [1] * 1000000000000 }}");
    add("repetition beyond sizes", "{{ 'abcdefgh' * 4611686018427387904 }}");
    add("width", "{{ 'a'.center(1000000000000) }}");
    add("width of a format", "{{ '%999999999d' % 1 }}");
    add("width given", "{{ '%*d' % (999999999, 1) }}");
    add("width in braces", "{{ '{:999999999}'.format(1) }}");
    add("indentation", "{{ 'a' | indent(1000000000000) }}");
    add("json indentation", "{{ [1] | tojson(indent=1000000000) }}");
    add("many indented lines", "{{ ('\\n' * 1000000) | indent(1000) }}");
    add("batches", "{{ [1] | batch(1000000000, 1) | list }}");
    add("integer", "{{ 9223372036854775807 + 1 }}");
    add("power", "{{ 10 ** 30 }}");
    add("power of powers", "{{ 2 ** 9223372036854775807 }}");
    add("literal", "{{ 99999999999999999999 }}");
    add("search", "{% set x = 'a' * 4000000 %}{% set y = 'a' * 2000000 + 'b' %}{% for i in range(100000) %}{{ y in x }}{% endfor %}");
    add("backward search", "{% set x = 'a' * 4000000 %}{% set y = 'b' + 'a' * 2000000 %}{{ x.rfind(y) }}");
    add("sorting", "{% set ns = namespace(l=[]) %}{% set l = range(100000) | list %}{% for i in range(100000) %}{% set x = l | sort(reverse=true) %}{% endfor %}");
    add("brackets", "{{ " + times("[", 100000));
    add("parentheses", "{{ " + times("(", 100000) + "1" + times(")", 100000) + " }}");
    add("braces", "{{ " + times("{1:", 100000));
    add("minus", "{{ " + times("- ", 100000) + "1 }}");
    add("not", "{{ " + times("not ", 100000) + "1 }}");
    add("attributes", "{{ a" + times(".a", 100000) + " }}");
    add("subscripts", "{{ a" + times("[0]", 100000) + " }}");
    add("filters", "{{ a" + times(" | upper", 100000) + " }}");
    add("calls", "{{ a" + times("()", 100000) + " }}");
    add("tests", "{{ a" + times(" is eq(1)", 100000) + " }}");
    add("else", "{{ " + times("1 if 1 else ", 100000) + "1 }}");
    add("blocks", times("{% if 1 %}", 100000));
    add("macros", times("{% macro m() %}", 100000));
    add("targets", "{% for " + times("(", 100000) + "a" + times(")", 100000) + " in b %}{% endfor %}");
    add("template", std::string(5 << 20, ' '));
  }
  void hostileTemplatesReachALimit() {
    QFETCH(QByteArray, source);
    const std::clock_t begin = std::clock();
    const auto result = renderFull(source.toStdString());
    const long elapsed = (std::clock() - begin) * 1000 / CLOCKS_PER_SEC;
    QVERIFY(!result.ok());
    QVERIFY2(result.error().code == ErrorCode::limit, result.error().message().c_str());
    QVERIFY2(elapsed < 15000, qPrintable(QString::number(elapsed)));
  }

  void longButFlatTemplatesRender() {
    QCOMPARE(render("{{ 0" + times(" + 1", 50000) + " }}"), std::string("50000"));
    QCOMPARE(render("{{ 'a'" + times(" ~ 'a'", 50000) + " }}"), times("a", 50001));
    QCOMPARE(render("{{ 1" + times(" and 1", 50000) + " }}"), std::string("1"));
    QCOMPARE(render("{% if 0 %}" + times("{% elif 0 %}", 50000) + "{% else %}x{% endif %}"), std::string("x"));
    QCOMPARE(render(times("{{ 1 }}", 50000)), times("1", 50000));
    QCOMPARE(render("{% for i in range(100000) %}.{% endfor %}"), times(".", 100000));
  }

  void limitsAreTheCallers() {
    jinja::Limits limits;
    limits.steps = 50;
    QCOMPARE(render("{% for i in range(40) %}x{% endfor %}", "{}", limits), std::string("ERR more than 50 steps"));
    limits = {};
    limits.output_bytes = 9;
    QCOMPARE(render("{% for i in range(9) %}x{% endfor %}", "{}", limits), std::string("xxxxxxxxx"));
    QCOMPARE(render("{% for i in range(10) %}x{% endfor %}", "{}", limits), std::string("ERR more than 9 bytes of output"));
    limits = {};
    limits.time = std::chrono::milliseconds(0);
    QCOMPARE(render("{% for i in range(10000) %}x{% endfor %}", "{}", limits), std::string("ERR more than 0 ms"));
    limits = {};
    limits.depth = 20;
    QVERIFY(render("{% macro f(n) %}{% if n %}{{ f(n - 1) }}{% endif %}x{% endmacro %}{{ f(30) }}", "{}", limits).find("levels deep") != std::string::npos);
  }

  void whatContainsItselfEnds() {
    QCOMPARE(render("{% set ns = namespace() %}{% set ns.x = [ns] %}{{ ns.x }}"), std::string("[<Namespace>]"));
    QCOMPARE(render("{% macro m() %}{% set a = m %}{% macro i() %}{{ a }}{% endmacro %}{{ i() }}{% endmacro %}{{ m() }}"), std::string("<Macro 'm'>"));
    QCOMPARE(render("{% for i in [1, 2] %}{{ loop.changed(loop) }}{{ loop.changed(loop.changed) }}{% endfor %}").substr(0, 8), std::string("TrueTrue"));
    QCOMPARE(render("{% set ns = namespace() %}{% for i in range(2000) %}{% set p = ns.m %}{% macro m() %}{{ p }}{% endmacro %}{% set ns.m = m %}{% endfor %}ok"), std::string("ok"));
  }

  void syntaxErrorsNameTheLine_data() {
    QTest::addColumn<QByteArray>("source");
    QTest::addColumn<int>("line");
    QTest::addColumn<QByteArray>("message");
    QTest::newRow("unknown tag") << QByteArray("a\n\n{% foo %}") << 3 << QByteArray("Encountered unknown tag 'foo'.");
    QTest::newRow("unclosed if") << QByteArray("{% if a %}\nx") << 2 << QByteArray("Unexpected end of template");
    QTest::newRow("unclosed variable") << QByteArray("\n{{ a ") << 2 << QByteArray("unexpected end of template, expected 'end of print statement'.");
    QTest::newRow("unclosed comment") << QByteArray("{# a") << 1 << QByteArray("Missing end of comment tag");
    QTest::newRow("unclosed raw") << QByteArray("{% raw %}{{") << 1 << QByteArray("Missing end of raw directive");
    QTest::newRow("wrong bracket") << QByteArray("{{ (1] }}") << 1 << QByteArray("unexpected ']', expected ')'");
    QTest::newRow("lone bracket") << QByteArray("{{ 1) }}") << 1 << QByteArray("unexpected ')'");
    QTest::newRow("operator") << QByteArray("{{ 1 + }}") << 1 << QByteArray("unexpected 'end of print statement'");
    QTest::newRow("character") << QByteArray("{{ a ? b }}") << 1 << QByteArray("unexpected char '?' at 5");
    QTest::newRow("string") << QByteArray("{{ 'a }}") << 1 << QByteArray("unexpected char \"'\" at 3");
    QTest::newRow("comprehension") << QByteArray("{{ [x for x in l] }}") << 1 << QByteArray("expected token ',', got 'for'");
    QTest::newRow("keyword order") << QByteArray("{{ f(a=1, 2) }}") << 1 << QByteArray("invalid syntax for function call expression");
    QTest::newRow("constant target") << QByteArray("{% set true = 1 %}") << 1 << QByteArray("can't assign to 'const'");
    QTest::newRow("stray end") << QByteArray("{% endif %}") << 1 << QByteArray("Encountered unknown tag 'endif'.");
    QTest::newRow("break outside") << QByteArray("{% break %}") << 1 << QByteArray("'break' outside of a loop");
    QTest::newRow("break in a macro") << QByteArray("{% for i in l %}{% macro m() %}{% break %}{% endmacro %}{% endfor %}") << 1 << QByteArray("'break' outside of a loop");
    QTest::newRow("include") << QByteArray("\n{% include 'x' %}") << 2 << QByteArray("the tag 'include'");
    QTest::newRow("empty") << QByteArray("{{ }}") << 1 << QByteArray("Expected an expression, got 'end of print statement'");
    QTest::newRow("escape") << QByteArray("{{ '\\x4' }}") << 1 << QByteArray("truncated \\x, \\u or \\U escape");
    QTest::newRow("runtime") << QByteArray("{% if true %}\n\n{{ x.y.z }}{% endif %}") << 3 << QByteArray("'x' is undefined");
  }
  void syntaxErrorsNameTheLine() {
    QFETCH(QByteArray, source);
    QFETCH(int, line);
    QFETCH(QByteArray, message);
    const auto result = renderFull(source.toStdString());
    QVERIFY(!result.ok());
    QVERIFY2(result.error().received.find(message.toStdString()) == 0, result.error().received.c_str());
    QCOMPARE(result.error().object, "chat template, line " + std::to_string(line));
  }

  // Real templates cut off anywhere and with bytes changed at random: an answer or an error, never more.
  void brokenRealTemplatesEnd_data() {
    QTest::addColumn<QString>("name");
    for (const QString& file : QDir(folder).entryList({"*.jinja"})) QTest::newRow(qPrintable(file)) << file;
  }
  void brokenRealTemplatesEnd() {
    QFETCH(QString, name);
    QFile file(folder + name);
    QVERIFY(file.open(QIODevice::ReadOnly));
    const std::string source = file.readAll().toStdString();
    static const std::string variables =
        R"({"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b", "tool_calls": [{"id": "1", "type": "function",
            "function": {"name": "f", "arguments": {"x": 1}}}]}, {"role": "tool", "content": "c", "tool_call_id": "1"}],
            "tools": [{"type": "function", "function": {"name": "f", "description": "d", "parameters": {"type": "object", "properties": {}}}}],
            "add_generation_prompt": true})";
    jinja::Limits limits;
    limits.steps = 200'000;
    limits.bytes = 8 << 20;
    std::mt19937 random(9);
    int errors = 0;
    for (int round = 0; round < 60; ++round) {
      std::string broken = source;
      if (round % 3 == 0) {
        broken.resize(random() % source.size());
      } else {
        for (int i = 0; i < 1 + round / 10; ++i) {
          static constexpr std::string_view stock = "{}%()[]'\"|.,-+ \n0a\xFF";
          const std::size_t at = random() % broken.size();
          if (round % 3 == 1) broken[at] = stock[random() % stock.size()];
          else broken.erase(at, random() % 20);
          if (broken.empty()) break;
        }
      }
      const auto result = renderFull(broken, variables, limits);
      if (!result.ok()) {
        ++errors;
        QVERIFY(!result.error().received.empty());
        QVERIFY(result.error().code != ErrorCode::internal);
      }
    }
    QVERIFY(errors > 0);
  }
};

QTEST_APPLESS_MAIN(TestLimits)
#include "test_limits.moc"
