// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugins/example/expression.h"

#include <QTest>

#include <cmath>
#include <memory>
#include <random>

using namespace roundhouse;
using example::calculate;

namespace {

// A random expression as a tree, with its value; written with only the parentheses that precedence asks for.
struct Node {
  char symbol = 0;  // 0: a number, 'n': a sign, otherwise an operator
  double value = 0;
  std::string text;
  std::unique_ptr<Node> left, right;
};

int strength(const Node& node) {
  switch (node.symbol) {
    case '+': case '-': return 1;
    case '*': case '/': case '%': return 2;
    case 'n': return 3;
    case '^': return 4;
    default: return 5;
  }
}

std::string inside(const Node& node, bool parentheses) { return parentheses ? "(" + node.text + ")" : node.text; }

std::unique_ptr<Node> random_node(std::mt19937& random, int depth) {
  auto node = std::make_unique<Node>();
  if (depth == 0 || random() % 4 == 0) {
    static const char* numbers[] = {"1", "2", "3", "0.5", "10", "7.25", "1e2", "4"};
    node->text = numbers[random() % 8];
    node->value = std::stod(node->text);
    return node;
  }
  node->symbol = "+-*/%^n"[random() % 7];
  node->left = random_node(random, depth - 1);
  const Node& left = *node->left;
  if (node->symbol == 'n') {
    node->value = -left.value;
    node->text = "-" + inside(left, strength(left) < 3);
    return node;
  }
  node->right = random_node(random, depth - 1);
  const Node& right = *node->right;
  const int own = strength(*node);
  switch (node->symbol) {
    case '+': node->value = left.value + right.value; break;
    case '-': node->value = left.value - right.value; break;
    case '*': node->value = left.value * right.value; break;
    case '/': node->value = right.value == 0 ? NAN : left.value / right.value; break;
    case '%': node->value = right.value == 0 ? NAN : std::fmod(left.value, right.value); break;
    default: node->value = std::pow(left.value, right.value); break;
  }
  const bool power = node->symbol == '^';
  node->text = inside(left, power ? strength(left) <= 4 : strength(left) < own) + (random() % 2 ? " " : "") + node->symbol +
               inside(right, power ? strength(right) < 3 : strength(right) <= own);
  return node;
}

}  // namespace

class TestExpression : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void agreesWithTheTree() {
    std::mt19937 random(5);
    int finite = 0;
    for (int i = 0; i < 20000; ++i) {
      const auto node = random_node(random, 4);
      const auto result = calculate(node->text);
      if (!std::isfinite(node->value)) continue;  // (a NaN inside a finite whole would be x^0: none of these)
      if (!result.ok()) {
        // The tree may pass through a root of a negative number, or 1 ^ infinity.
        QVERIFY2(result.error().code == ErrorCode::out_of_range, (node->text + ": " + result.error().message()).c_str());
        continue;
      }
      ++finite;
      QVERIFY2(result->value == node->value, node->text.c_str());
    }
    QVERIFY(finite > 10000);
  }
  void writesResults_data() {
    QTest::addColumn<QByteArray>("expression");
    QTest::addColumn<QByteArray>("result");
    const auto row = [](const char* expression, const char* result) { QTest::newRow(expression) << QByteArray(expression) << QByteArray(result); };
    row("17 * 23", "391");
    row("2^3^2", "512");
    row("-2^2", "-4");
    row("2^-3", "0.125");
    row("--3", "3");
    row("0.1 + 0.2", "0.3");
    row("1/3", "0.333333333333333");
    row("7 % 4", "3");
    row("0 * -1", "0");
    row("10 ÷ 4 × 2 − 1", "4");
    row("（1 + 2）* 3", "9");
    row("1e300 * 10", "1e+301");
    row(".5", "0.5");
  }
  void writesResults() {
    QFETCH(QByteArray, expression);
    QFETCH(QByteArray, result);
    const auto calculation = calculate(expression.toStdString());
    QVERIFY2(calculation.ok(), calculation.ok() ? "" : calculation.error().message().c_str());
    QCOMPARE(QByteArray::fromStdString(calculation->result()), result);
  }
  void saysWhereItStopped_data() {
    QTest::addColumn<QByteArray>("expression");
    QTest::addColumn<QByteArray>("expected");
    QTest::addColumn<QByteArray>("received");
    const auto row = [](const char* expression, const char* expected, const char* received) {
      QTest::newRow(*expression ? expression : "empty") << QByteArray(expression) << QByteArray(expected) << QByteArray(received);
    };
    row("", "a number at character 1", "the end");
    row("1 +", "a number at character 4", "the end");
    row("1 2", "an operator or the end at character 3", "'2'");
    row("(1", "a closing parenthesis at character 3", "the end");
    row("１", "a number at character 1", "'１'");
    row("2 × 圆", "a number at character 5", "'圆'");
    row("nan", "a number at character 1", "'n'");
    row("1/0", "a divisor other than zero", "0");
    row("5 % (1 - 1)", "a divisor other than zero", "0");
    row("(-8)^0.5", "a real power", "an even root of a negative number");
    row("1e999", "numbers between 1e-307 and 1.8e308", "1e999");
    row("10^400", "a finite result", "one beyond 1.8e308");
  }
  void saysWhereItStopped() {
    QFETCH(QByteArray, expression);
    QFETCH(QByteArray, expected);
    QFETCH(QByteArray, received);
    const auto result = calculate(expression.toStdString());
    QVERIFY(!result.ok());
    QCOMPARE(QByteArray::fromStdString(result.error().expected), expected);
    QCOMPARE(QByteArray::fromStdString(result.error().received), received);
  }
  void isBounded() {
    QVERIFY(calculate(std::string(99, '(') + "1" + std::string(99, ')')).ok());
    QCOMPARE(calculate(std::string(400, '(') + "1" + std::string(400, ')')).error().code, ErrorCode::limit);
    QCOMPARE(calculate(std::string(1001, '1')).error().code, ErrorCode::limit);
    std::string power = "1";
    for (int i = 0; i < 400; ++i) power += "^1";
    QCOMPARE(calculate(power).error().code, ErrorCode::limit);
    QVERIFY(calculate(std::string(900, '-') + "1").ok());
  }
  // What a citation quotes stands where it says.
  void citationsPointAtTheNumbers() {
    const std::string expression = "（12.5 × 3）− 4";
    const auto list = example::citations(*calculate(expression));
    QCOMPARE(list.size(), std::size_t{3});
    QCOMPARE(list[0].locator, std::string("characters 2 to 5"));
    QCOMPARE(list[2].locator, std::string("character 13"));
    const QString text = QString::fromStdString(expression);
    QCOMPARE(text.mid(1, 4).toStdString(), list[0].quote);
    QCOMPARE(text.mid(12, 1).toStdString(), list[2].quote);
  }
};

QTEST_APPLESS_MAIN(TestExpression)
#include "test_expression.moc"
