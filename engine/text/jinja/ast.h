// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/text/jinja/python.h"

namespace roundhouse::jinja {

// A variable name, as an index into Program::names.
using NameId = std::uint32_t;

struct Expression;
using ExpressionPtr = std::unique_ptr<Expression>;

struct Arguments {
  std::vector<ExpressionPtr> positional;
  std::vector<std::pair<std::string, ExpressionPtr>> named;
  ExpressionPtr star, double_star;  // or null
};

enum class Comparison : std::uint8_t { equal, not_equal, less, less_equal, greater, greater_equal, in, not_in };

struct Expression {
  enum class Kind : std::uint8_t {
    constant,     // value
    name,         // name
    list,         // items
    tuple,        // items
    dict,         // items: key, value, key, value ...
    attribute,    // items[0] . text
    subscript,    // items[0] [ items[1] ]
    slice,        // items[0] [ items[1] : items[2] : items[3] ], each bound may be null
    call,         // items[0] ( arguments )
    filter,       // items[0] | text ( arguments ); items[0] null inside {% filter %}
    test,         // items[0] is text ( arguments )
    negate, plus, logical_not,  // items[0]
    logical_and, logical_or,    // items, left to right
    arithmetic,   // items[0] operators[0] items[1] operators[1] ...
    concat,       // items
    compare,      // items[0] comparisons[0] items[1] ...
    conditional,  // items[0] if items[1] else items[2]; items[2] may be null
  };

  Kind kind = Kind::constant;
  std::uint16_t depth = 1;
  int line = 0;
  NameId name = 0;
  Value value;
  std::string text;
  std::vector<ExpressionPtr> items;
  std::vector<Operator> operators;
  std::vector<Comparison> comparisons;
  Arguments arguments;
  int builtin = -1;  // filter or test in its table, -1: unknown there
};

// What an assignment fills: a name, an attribute of a namespace, or several targets.
struct Target {
  NameId name = 0;
  std::string attribute;       // not empty: name.attribute
  std::vector<Target> parts;   // not empty: unpacking
  bool unpacks = false;
};

struct Statement;
using StatementPtr = std::unique_ptr<Statement>;
using Body = std::vector<StatementPtr>;

struct Macro {
  std::string name;  // empty: the body of a call block
  std::vector<NameId> parameters;
  std::vector<std::string> parameter_names;
  std::vector<ExpressionPtr> defaults;  // of the last parameters
  Body body;
  bool uses_caller = false, uses_kwargs = false, uses_varargs = false;
};

struct Statement {
  enum class Kind : std::uint8_t {
    data,        // value
    print,       // expression
    conditional, // branches; a null condition is `else`
    loop,        // target, expression, condition (or null), body, otherwise
    assign,      // target = expression
    assign_block,// target = body through filters
    macro,       // name = macro
    call_block,  // expression is a call; macro is its caller
    filter_block,// body through expression
    scope,       // body in a scope of its own; `with` values in bindings
    leave,       // break
    next,        // continue
  };

  Kind kind = Kind::data;
  int line = 0;
  bool recursive = false;
  Value value;
  ExpressionPtr expression, condition;
  std::vector<std::pair<ExpressionPtr, Body>> branches;
  std::vector<std::pair<Target, ExpressionPtr>> bindings;
  Target target;
  Body body, otherwise;
  std::unique_ptr<Macro> macro;
  NameId name = 0;
};

// A parsed template. Immutable; shared by renderings in any thread.
struct Program {
  Body body;
  std::vector<std::string> names;
  NameId caller = 0, kwargs = 0, varargs = 0, loop = 0;
};

}  // namespace roundhouse::jinja
