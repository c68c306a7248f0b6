// SPDX-License-Identifier: Apache-2.0
#include "engine/text/jinja/parser.h"

#include <algorithm>
#include <initializer_list>
#include <set>
#include <unordered_map>

#include "engine/text/jinja/builtins.h"
#include "engine/text/jinja/lexer.h"

namespace roundhouse::jinja {
namespace {

using Kind = Expression::Kind;

class Parser {
 public:
  explicit Parser(std::string_view source) : tokens_(tokenize(source)) {
    program_.caller = name_id("caller");
    program_.kwargs = name_id("kwargs");
    program_.varargs = name_id("varargs");
    program_.loop = name_id("loop");
  }

  Program run() {
    program_.body = body({});
    return std::move(program_);
  }

 private:
  // ---- tokens ----
  const Token& current() const { return tokens_[at_]; }
  const Token& ahead() const { return tokens_[std::min(at_ + 1, tokens_.size() - 1)]; }
  const Token& next() {
    const Token& token = tokens_[at_];
    if (token.kind != TokenKind::end) ++at_;
    return token;
  }
  bool at_symbol(std::string_view text) const { return current().is(TokenKind::symbol, text); }
  bool at_name(std::string_view text) const { return current().is(TokenKind::name, text); }
  bool skip_symbol(std::string_view text) { return at_symbol(text) ? (next(), true) : false; }
  bool skip_name(std::string_view text) { return at_name(text) ? (next(), true) : false; }

  [[noreturn]] void fail_at(const Token& token, std::string text, ErrorCode code = ErrorCode::malformed) const {
    throw TemplateError{code, std::move(text), token.line};
  }
  void expect_symbol(std::string_view text) {
    if (!skip_symbol(text)) unexpected("'" + std::string(text) + "'");
  }
  std::string expect_name() {
    if (current().kind != TokenKind::name) unexpected("'name'");
    return next().text;
  }
  void expect(TokenKind kind, const char* what) {
    if (current().kind != kind) unexpected(what);
    next();
  }
  [[noreturn]] void unexpected(const std::string& wanted) const {
    if (current().kind == TokenKind::end) fail_at(current(), "unexpected end of template, expected " + wanted + ".");
    fail_at(current(), "expected token " + wanted + ", got " + quoted(describe(current())));
  }

  NameId name_id(const std::string& name) {
    const auto [entry, fresh] = ids_.emplace(name, static_cast<NameId>(program_.names.size()));
    if (fresh) program_.names.push_back(name);
    return entry->second;
  }

  // Bounds the parser's own recursion.
  class Level {
   public:
    explicit Level(Parser& parser) : parser_(parser) {
      if (++parser_.level_ > max_syntax_depth) {
        parser_.fail_at(parser_.current(), "nested more than " + std::to_string(max_syntax_depth) + " levels deep", ErrorCode::limit);
      }
    }
    ~Level() { --parser_.level_; }
    Level(const Level&) = delete;
    Level& operator=(const Level&) = delete;

   private:
    Parser& parser_;
  };

  // ---- expressions ----
  ExpressionPtr make(Kind kind, int line) {
    auto node = std::make_unique<Expression>();
    node->kind = kind;
    node->line = line;
    return node;
  }

  // Chains of filters and subscripts grow without recursion here; evaluating and freeing them recurses.
  ExpressionPtr finish(ExpressionPtr node) {
    std::uint16_t deepest = 0;
    const auto look = [&deepest](const ExpressionPtr& child) { if (child) deepest = std::max(deepest, child->depth); };
    for (const auto& item : node->items) look(item);
    for (const auto& item : node->arguments.positional) look(item);
    for (const auto& item : node->arguments.named) look(item.second);
    look(node->arguments.star);
    look(node->arguments.double_star);
    if (deepest >= max_syntax_depth) {
      fail_at(current(), "nested more than " + std::to_string(max_syntax_depth) + " levels deep", ErrorCode::limit);
    }
    node->depth = static_cast<std::uint16_t>(deepest + 1);
    return node;
  }

  ExpressionPtr unary_node(Kind kind, int line, ExpressionPtr item) {
    auto node = make(kind, line);
    node->items.push_back(std::move(item));
    return finish(std::move(node));
  }

  ExpressionPtr constant(Value value, int line) {
    auto node = make(Kind::constant, line);
    node->value = std::move(value);
    return node;
  }

  ExpressionPtr expression(bool with_conditional = true) {
    const Level level(*this);
    if (!with_conditional) return disjunction();
    const int line = current().line;
    auto first = disjunction();
    while (skip_name("if")) {
      auto node = make(Kind::conditional, line);
      auto condition = disjunction();
      node->items.push_back(std::move(first));
      node->items.push_back(std::move(condition));
      node->items.push_back(skip_name("else") ? expression() : nullptr);
      first = finish(std::move(node));
    }
    return first;
  }

  template <class Part>
  ExpressionPtr chain_of_names(Kind kind, std::string_view word, Part part) {
    const int line = current().line;
    auto first = part();
    if (!at_name(word)) return first;
    auto node = make(kind, line);
    node->items.push_back(std::move(first));
    while (skip_name(word)) node->items.push_back(part());
    return finish(std::move(node));
  }
  ExpressionPtr disjunction() {
    return chain_of_names(Kind::logical_or, "or", [this] { return conjunction(); });
  }
  ExpressionPtr conjunction() {
    return chain_of_names(Kind::logical_and, "and", [this] { return negation(); });
  }
  ExpressionPtr negation() {
    const Level level(*this);
    const int line = current().line;
    if (skip_name("not")) return unary_node(Kind::logical_not, line, negation());
    return comparison();
  }

  bool comparison_operator(Comparison& out) {
    static constexpr std::pair<std::string_view, Comparison> table[] = {
        {"==", Comparison::equal}, {"!=", Comparison::not_equal},      {"<", Comparison::less},
        {"<=", Comparison::less_equal}, {">", Comparison::greater}, {">=", Comparison::greater_equal}};
    for (const auto& [symbol, comparison] : table) {
      if (skip_symbol(symbol)) return out = comparison, true;
    }
    if (skip_name("in")) return out = Comparison::in, true;
    if (at_name("not") && ahead().is(TokenKind::name, "in")) {
      next();
      next();
      return out = Comparison::not_in, true;
    }
    return false;
  }
  ExpressionPtr comparison() {
    const int line = current().line;
    auto first = sum();
    Comparison comparison = Comparison::equal;
    if (!comparison_operator(comparison)) return first;
    auto node = make(Kind::compare, line);
    node->items.push_back(std::move(first));
    do {
      node->comparisons.push_back(comparison);
      node->items.push_back(sum());
    } while (comparison_operator(comparison));
    return finish(std::move(node));
  }

  template <class Part>
  ExpressionPtr chain_of_operators(std::initializer_list<std::pair<std::string_view, Operator>> table, Part part) {
    const int line = current().line;
    auto first = part();
    ExpressionPtr node;
    for (;;) {
      const auto found = std::find_if(table.begin(), table.end(), [&](const auto& entry) { return at_symbol(entry.first); });
      if (found == table.end()) return node ? finish(std::move(node)) : std::move(first);
      next();
      if (!node) {
        node = make(Kind::arithmetic, line);
        node->items.push_back(std::move(first));
      }
      node->operators.push_back(found->second);
      node->items.push_back(part());
    }
  }
  ExpressionPtr sum() {
    return chain_of_operators({{"+", Operator::add}, {"-", Operator::subtract}}, [this] { return concatenation(); });
  }
  ExpressionPtr concatenation() {
    const int line = current().line;
    auto first = product();
    if (!at_symbol("~")) return first;
    auto node = make(Kind::concat, line);
    node->items.push_back(std::move(first));
    while (skip_symbol("~")) node->items.push_back(product());
    return finish(std::move(node));
  }
  ExpressionPtr product() {
    return chain_of_operators({{"*", Operator::multiply}, {"/", Operator::divide}, {"//", Operator::floor_divide}, {"%", Operator::modulo}},
                              [this] { return power(); });
  }
  ExpressionPtr power() {
    return chain_of_operators({{"**", Operator::power}}, [this] { return unary(true); });
  }

  ExpressionPtr unary(bool with_filters) {
    const Level level(*this);
    const int line = current().line;
    ExpressionPtr node;
    if (skip_symbol("-")) node = unary_node(Kind::negate, line, unary(false));
    else if (skip_symbol("+")) node = unary_node(Kind::plus, line, unary(false));
    else node = primary();
    node = postfix(std::move(node));
    return with_filters ? filters_and_tests(std::move(node)) : std::move(node);
  }

  ExpressionPtr primary() {
    const Token& token = current();
    switch (token.kind) {
      case TokenKind::name: {
        next();
        if (token.text == "true" || token.text == "True") return constant(Value(true), token.line);
        if (token.text == "false" || token.text == "False") return constant(Value(false), token.line);
        if (token.text == "none" || token.text == "None") return constant(Value(), token.line);
        auto node = make(Kind::name, token.line);
        node->name = name_id(token.text);
        used_names_.push_back(node->name);
        return node;
      }
      case TokenKind::string: {
        std::string text;
        while (current().kind == TokenKind::string) text += next().text;
        return constant(Value::text(text), token.line);
      }
      case TokenKind::integer: return next(), constant(Value(token.integer), token.line);
      case TokenKind::real: return next(), constant(Value(token.real), token.line);
      case TokenKind::symbol:
        if (token.text == "(") {
          next();
          auto node = tuple(true, true);
          expect_symbol(")");
          return node;
        }
        if (token.text == "[") return list();
        if (token.text == "{") return dict();
        break;
      default: break;
    }
    fail_at(token, "unexpected " + quoted(describe(token)));
  }

  bool at_tuple_end(std::string_view stop_word) const {
    const TokenKind kind = current().kind;
    return kind == TokenKind::variable_end || kind == TokenKind::block_end || kind == TokenKind::end || at_symbol(")") ||
           (!stop_word.empty() && at_name(stop_word));
  }

  // One expression, or several with commas between: then a tuple.
  ExpressionPtr tuple(bool with_conditional, bool parenthesised, std::string_view stop_word = {}) {
    const Level level(*this);
    const int line = current().line;
    std::vector<ExpressionPtr> items;
    bool comma = false;
    while (true) {
      if (!items.empty()) {
        if (!skip_symbol(",")) break;
        comma = true;
      }
      if (at_tuple_end(stop_word)) break;
      items.push_back(expression(with_conditional));
    }
    if (!comma && !items.empty()) return std::move(items[0]);
    if (items.empty() && !parenthesised) fail_at(current(), "Expected an expression, got " + quoted(describe(current())));
    auto node = make(Kind::tuple, line);
    node->items = std::move(items);
    return finish(std::move(node));
  }

  ExpressionPtr list() {
    auto node = make(Kind::list, current().line);
    expect_symbol("[");
    while (!at_symbol("]")) {
      if (!node->items.empty()) expect_symbol(",");
      if (at_symbol("]")) break;
      node->items.push_back(expression());
    }
    expect_symbol("]");
    return finish(std::move(node));
  }

  ExpressionPtr dict() {
    auto node = make(Kind::dict, current().line);
    expect_symbol("{");
    while (!at_symbol("}")) {
      if (!node->items.empty()) expect_symbol(",");
      if (at_symbol("}")) break;
      node->items.push_back(expression());
      expect_symbol(":");
      node->items.push_back(expression());
    }
    expect_symbol("}");
    return finish(std::move(node));
  }

  ExpressionPtr postfix(ExpressionPtr node) {
    for (;;) {
      if (at_symbol(".")) node = member(std::move(node));
      else if (at_symbol("[")) node = subscript(std::move(node));
      else if (at_symbol("(")) node = call(std::move(node));
      else return node;
    }
  }

  ExpressionPtr member(ExpressionPtr object) {
    const int line = next().line;
    const Token& token = next();
    if (token.kind == TokenKind::name) {
      auto node = make(Kind::attribute, line);
      node->items.push_back(std::move(object));
      node->value = Value::text(token.text);
      return finish(std::move(node));
    }
    if (token.kind != TokenKind::integer) fail_at(token, "expected name or number");
    auto node = make(Kind::subscript, line);
    node->items.push_back(std::move(object));
    node->items.push_back(constant(Value(token.integer), token.line));
    return finish(std::move(node));
  }

  ExpressionPtr subscript(ExpressionPtr object) {
    const int line = next().line;
    std::vector<ExpressionPtr> parts;
    bool sliced = false;
    const auto bound_follows = [this] { return !at_symbol(":") && !at_symbol("]") && !at_symbol(","); };
    auto node = make(Kind::subscript, line);
    while (!at_symbol("]")) {
      if (!parts.empty()) expect_symbol(",");
      ExpressionPtr begin;
      if (!at_symbol(":")) begin = expression();
      if (!skip_symbol(":")) {
        if (!begin) unexpected("an expression");
        parts.push_back(std::move(begin));
        continue;
      }
      sliced = true;
      parts.push_back(std::move(begin));
      parts.push_back(bound_follows() ? expression() : nullptr);
      parts.push_back(skip_symbol(":") && bound_follows() ? expression() : nullptr);
      if (parts.size() > 3) fail_at(current(), "several slices in one subscript", ErrorCode::unsupported);
    }
    expect_symbol("]");
    node->items.push_back(std::move(object));
    if (sliced) {
      if (parts.size() != 3) fail_at(current(), "several slices in one subscript", ErrorCode::unsupported);
      node->kind = Kind::slice;
      for (auto& part : parts) node->items.push_back(std::move(part));
      return finish(std::move(node));
    }
    if (parts.size() == 1) {
      node->items.push_back(std::move(parts[0]));
    } else {
      auto key = make(Kind::tuple, line);
      key->items = std::move(parts);
      node->items.push_back(finish(std::move(key)));
    }
    return finish(std::move(node));
  }

  Arguments arguments() {
    Arguments result;
    const Token& open = current();
    expect_symbol("(");
    const auto require = [&](bool condition) {
      if (!condition) fail_at(open, "invalid syntax for function call expression");
    };
    bool first = true;
    while (!at_symbol(")")) {
      if (!first) {
        expect_symbol(",");
        if (at_symbol(")")) break;
      }
      first = false;
      if (skip_symbol("*")) {
        require(!result.star && !result.double_star);
        result.star = expression();
      } else if (skip_symbol("**")) {
        require(!result.double_star);
        result.double_star = expression();
      } else if (current().kind == TokenKind::name && ahead().is(TokenKind::symbol, "=")) {
        require(!result.double_star);
        std::string name = next().text;
        next();
        result.named.emplace_back(std::move(name), expression());
      } else {
        require(!result.star && !result.double_star && result.named.empty());
        result.positional.push_back(expression());
      }
    }
    expect_symbol(")");
    return result;
  }

  ExpressionPtr call(ExpressionPtr callee) {
    auto node = make(Kind::call, current().line);
    node->arguments = arguments();
    node->items.push_back(std::move(callee));
    return finish(std::move(node));
  }

  std::string dotted_name() {
    std::string name = expect_name();
    while (skip_symbol(".")) name.append(".").append(expect_name());
    return name;
  }

  ExpressionPtr filter(ExpressionPtr subject) {
    auto node = make(Kind::filter, current().line);
    node->text = dotted_name();
    node->builtin = find_filter(node->text);
    if (at_symbol("(")) node->arguments = arguments();
    node->items.push_back(std::move(subject));
    return finish(std::move(node));
  }
  ExpressionPtr filters(ExpressionPtr subject) {
    while (skip_symbol("|")) subject = filter(std::move(subject));
    return subject;
  }

  ExpressionPtr test(ExpressionPtr subject) {
    const int line = current().line;
    const bool negated = skip_name("not");
    auto node = make(Kind::test, line);
    node->text = dotted_name();
    node->builtin = find_test(node->text);
    const TokenKind kind = current().kind;
    const bool literal = kind == TokenKind::name || kind == TokenKind::string || kind == TokenKind::integer || kind == TokenKind::real ||
                         at_symbol("[") || at_symbol("{");
    if (at_symbol("(")) {
      node->arguments = arguments();
    } else if (literal && !at_name("else") && !at_name("or") && !at_name("and")) {
      if (at_name("is")) fail_at(current(), "You cannot chain multiple tests with is");
      node->arguments.positional.push_back(postfix(primary()));
    }
    node->items.push_back(std::move(subject));
    auto result = finish(std::move(node));
    return negated ? unary_node(Kind::logical_not, line, std::move(result)) : std::move(result);
  }

  ExpressionPtr filters_and_tests(ExpressionPtr node) {
    for (;;) {
      if (skip_symbol("|")) node = filter(std::move(node));
      else if (skip_name("is")) node = test(std::move(node));
      else if (at_symbol("(")) node = call(std::move(node));
      else return node;
    }
  }

  // ---- targets ----
  Target single_target(bool with_attribute) {
    const Level level(*this);
    if (skip_symbol("(")) {
      Target target = target_list(with_attribute, ")");
      expect_symbol(")");
      return target;
    }
    const Token& token = current();
    const std::string name = expect_name();
    for (const char* reserved : {"true", "false", "none", "True", "False", "None"}) {
      if (name == reserved) fail_at(token, "can't assign to 'const'");
    }
    Target target;
    target.name = name_id(name);
    if (with_attribute && skip_symbol(".")) target.attribute = expect_name();
    return target;
  }
  Target target_list(bool with_attribute, std::string_view closing) {
    Target first = single_target(with_attribute);
    if (!at_symbol(",")) return first;
    Target all;
    all.unpacks = true;
    all.parts.push_back(std::move(first));
    while (skip_symbol(",")) {
      if (at_name("in") || at_symbol("=") || (!closing.empty() && at_symbol(closing)) || current().kind == TokenKind::block_end) break;
      all.parts.push_back(single_target(with_attribute));
    }
    return all;
  }

  // ---- statements ----
  // Up to one of the end tags, whose name stays current (after its block_begin).
  Body body(const std::vector<std::string_view>& ends) {
    const Level level(*this);
    Body result;
    for (;;) {
      const Token& token = current();
      switch (token.kind) {
        case TokenKind::data: {
          auto node = statement(Statement::Kind::data);
          node->value = Value::text(next().text);
          result.push_back(std::move(node));
          break;
        }
        case TokenKind::variable_begin: {
          next();
          auto node = statement(Statement::Kind::print);
          node->expression = tuple(true, false);
          expect(TokenKind::variable_end, "'end of print statement'");
          result.push_back(std::move(node));
          break;
        }
        case TokenKind::block_begin: {
          next();
          if (std::find(ends.begin(), ends.end(), current().text) != ends.end() && current().kind == TokenKind::name) return result;
          block(result);
          expect(TokenKind::block_end, "'end of statement block'");
          break;
        }
        case TokenKind::end: {
          if (ends.empty()) return result;
          std::string wanted;
          for (const std::string_view end : ends) wanted.append(wanted.empty() ? "'" : " or '").append(end).append("'");
          fail_at(token, "Unexpected end of template. Jinja was looking for the following tags: " + wanted + ".");
        }
        default: fail_at(token, "unexpected " + quoted(describe(token)));
      }
    }
  }

  StatementPtr statement(Statement::Kind kind) {
    auto node = std::make_unique<Statement>();
    node->kind = kind;
    node->line = current().line;
    return node;
  }

  // The body after a tag's own expressions; consumes the end tag's name.
  Body block_body(std::string_view end) {
    expect(TokenKind::block_end, "'end of statement block'");
    Body result = body({end});
    next();
    return result;
  }

  void block(Body& out) {
    const Token& token = current();
    if (token.kind != TokenKind::name) fail_at(token, "tag name expected");
    const std::string tag = token.text;
    auto node = statement(Statement::Kind::data);
    next();
    if (tag == "if") conditional(*node);
    else if (tag == "for") loop(*node);
    else if (tag == "set") assign(*node);
    else if (tag == "macro") macro(*node);
    else if (tag == "call") call_block(*node);
    else if (tag == "filter") filter_block(*node);
    else if (tag == "with") with(*node);
    else if (tag == "generation") scope(*node, "endgeneration");
    else if (tag == "autoescape") expression(), scope(*node, "endautoescape");
    else if (tag == "block") named_block(*node);
    else if (tag == "print") return print(out);
    else if (tag == "break" || tag == "continue") {
      if (loops_ == 0) fail_at(token, "'" + tag + "' outside of a loop");
      node->kind = tag == "break" ? Statement::Kind::leave : Statement::Kind::next;
    } else if (tag == "include" || tag == "import" || tag == "from" || tag == "extends") {
      fail_at(token, "the tag '" + tag + "' (a chat template stands alone)", ErrorCode::unsupported);
    } else {
      fail_at(token, "Encountered unknown tag '" + tag + "'.");
    }
    out.push_back(std::move(node));
  }

  void print(Body& out) {
    do {
      auto node = statement(Statement::Kind::print);
      node->expression = expression();
      out.push_back(std::move(node));
    } while (skip_symbol(","));
  }

  void conditional(Statement& node) {
    node.kind = Statement::Kind::conditional;
    for (;;) {
      auto condition = tuple(false, false);
      expect(TokenKind::block_end, "'end of statement block'");
      Body then = body({"elif", "else", "endif"});
      node.branches.emplace_back(std::move(condition), std::move(then));
      const std::string end = next().text;
      if (end == "elif") continue;
      if (end == "else") {
        Body otherwise = block_body("endif");
        node.branches.emplace_back(nullptr, std::move(otherwise));
      }
      return;
    }
  }

  void loop(Statement& node) {
    node.kind = Statement::Kind::loop;
    node.target = target_list(false, "");
    if (!skip_name("in")) unexpected("'in'");
    node.expression = tuple(false, false, "recursive");
    if (skip_name("if")) node.condition = expression();
    node.recursive = skip_name("recursive");
    expect(TokenKind::block_end, "'end of statement block'");
    ++loops_;
    node.body = body({"endfor", "else"});
    --loops_;
    if (next().text == "else") node.otherwise = block_body("endfor");
  }

  void assign(Statement& node) {
    node.target = target_list(true, "");
    if (skip_symbol("=")) {
      node.kind = Statement::Kind::assign;
      node.expression = tuple(true, false);
      return;
    }
    node.kind = Statement::Kind::assign_block;
    node.expression = filters(nullptr);
    node.body = isolated([&] { return block_body("endset"); });
  }

  void signature(Macro& macro) {
    expect_symbol("(");
    while (!at_symbol(")")) {
      if (!macro.parameters.empty()) expect_symbol(",");
      if (at_symbol(")")) break;
      macro.parameter_names.push_back(expect_name());
      macro.parameters.push_back(name_id(macro.parameter_names.back()));
      if (skip_symbol("=")) macro.defaults.push_back(expression());
      else if (!macro.defaults.empty()) fail_at(current(), "non-default argument follows default argument");
    }
    expect_symbol(")");
  }

  void macro_body(Macro& macro, std::string_view end) {
    const std::size_t before = used_names_.size();
    macro.body = isolated([&] { return block_body(end); });
    const auto uses = [&](NameId id) {
      const bool parameter = std::find(macro.parameters.begin(), macro.parameters.end(), id) != macro.parameters.end();
      return !parameter && std::find(used_names_.begin() + static_cast<std::ptrdiff_t>(before), used_names_.end(), id) != used_names_.end();
    };
    macro.uses_caller = uses(program_.caller);
    macro.uses_kwargs = uses(program_.kwargs);
    macro.uses_varargs = uses(program_.varargs);
  }

  void macro(Statement& node) {
    node.kind = Statement::Kind::macro;
    node.macro = std::make_unique<Macro>();
    node.macro->name = expect_name();
    node.name = name_id(node.macro->name);
    signature(*node.macro);
    macro_body(*node.macro, "endmacro");
  }

  void call_block(Statement& node) {
    node.kind = Statement::Kind::call_block;
    node.macro = std::make_unique<Macro>();
    if (at_symbol("(")) signature(*node.macro);
    node.expression = expression();
    if (node.expression->kind != Kind::call) fail_at(current(), "expected call");
    macro_body(*node.macro, "endcall");
  }

  void filter_block(Statement& node) {
    node.kind = Statement::Kind::filter_block;
    node.expression = filters(filter(nullptr));
    node.body = isolated([&] { return block_body("endfilter"); });
  }

  void with(Statement& node) {
    node.kind = Statement::Kind::scope;
    while (current().kind != TokenKind::block_end) {
      if (!node.bindings.empty()) expect_symbol(",");
      Target target = single_target(false);
      expect_symbol("=");
      node.bindings.emplace_back(std::move(target), expression());
    }
    node.body = block_body("endwith");
  }

  void scope(Statement& node, std::string_view end) {
    node.kind = Statement::Kind::scope;
    node.body = isolated([&] { return block_body(end); });
  }

  void named_block(Statement& node) {
    expect_name();
    while (skip_name("scoped") || skip_name("required")) {}
    scope(node, "endblock");
    if (current().kind == TokenKind::name) next();  // the name may be repeated
  }

  // Loops outside do not reach in: no break or continue across this border.
  template <class Parse>
  Body isolated(Parse parse) {
    const int outside = std::exchange(loops_, 0);
    Body result = parse();
    loops_ = outside;
    return result;
  }

  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  Program program_;
  std::unordered_map<std::string, NameId> ids_;
  std::vector<NameId> used_names_;
  int level_ = 0;
  int loops_ = 0;
};

}  // namespace

Program parse(std::string_view source) {
  if (source.size() > max_source_bytes) {
    throw TemplateError{ErrorCode::limit, "a template of more than " + std::to_string(max_source_bytes) + " bytes", 0};
  }
  return Parser(source).run();
}

}  // namespace roundhouse::jinja
