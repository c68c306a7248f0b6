// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "engine/text/jinja/builtins.h"
#include "engine/text/jinja/interpreter.h"
#include "engine/text/normalize.h"

namespace roundhouse::jinja {
namespace {

using Function = bool (*)(Interpreter&, const Value&, const Parameters&);

struct Test {
  std::string_view name;
  Function function;
  bool has_argument;
};

bool remainder_is(Interpreter& interpreter, const Value& value, const Value& divisor, std::int64_t wanted) {
  const Value rest = arithmetic(interpreter.meter(), Operator::modulo, value, divisor);
  return equal(interpreter.meter(), rest, Value(wanted));
}

bool is_defined(Interpreter&, const Value& v, const Parameters&) { return !v.is_undefined(); }
bool is_undefined(Interpreter&, const Value& v, const Parameters&) { return v.is_undefined(); }
bool is_none(Interpreter&, const Value& v, const Parameters&) { return v.is_none(); }
bool is_boolean(Interpreter&, const Value& v, const Parameters&) { return v.is_bool(); }
bool is_true(Interpreter&, const Value& v, const Parameters&) { return v.is_bool() && v.boolean(); }
bool is_false(Interpreter&, const Value& v, const Parameters&) { return v.is_bool() && !v.boolean(); }
bool is_integer(Interpreter&, const Value& v, const Parameters&) { return v.is_integer(); }
bool is_float(Interpreter&, const Value& v, const Parameters&) { return v.is_float(); }
bool is_number(Interpreter&, const Value& v, const Parameters&) { return v.is_number(); }
bool is_string(Interpreter&, const Value& v, const Parameters&) { return v.is_text(); }
bool is_mapping(Interpreter&, const Value& v, const Parameters&) { return v.is_dict(); }
bool is_iterable_value(Interpreter&, const Value& v, const Parameters&) { return is_iterable(v); }
bool is_sequence(Interpreter&, const Value& v, const Parameters&) {
  if (v.is_text() || v.is_dict() || v.is_undefined()) return true;
  return v.is_list() && (v.list()->kind == ListKind::list || v.list()->kind == ListKind::tuple || v.list()->kind == ListKind::range);
}
bool is_callable(Interpreter&, const Value& v, const Parameters&) {
  return v.is_undefined() || (v.is_object() && v.object()->callable());
}
bool is_escaped(Interpreter&, const Value& v, const Parameters&) { return v.is_text() && v.text().markup; }
bool is_lower(Interpreter& i, const Value& v, const Parameters&) { return truthy(i.call(i.attribute(Value(to_text(i.meter(), v)), "islower"), {})); }
bool is_upper(Interpreter& i, const Value& v, const Parameters&) { return truthy(i.call(i.attribute(Value(to_text(i.meter(), v)), "isupper"), {})); }
bool is_odd(Interpreter& i, const Value& v, const Parameters&) { return remainder_is(i, v, Value(std::int64_t{2}), 1); }
bool is_even(Interpreter& i, const Value& v, const Parameters&) { return remainder_is(i, v, Value(std::int64_t{2}), 0); }
bool is_divisible(Interpreter& i, const Value& v, const Parameters& p) { return remainder_is(i, v, p[0], 0); }
bool is_equal(Interpreter& i, const Value& v, const Parameters& p) { return equal(i.meter(), v, p[0]); }
bool is_not_equal(Interpreter& i, const Value& v, const Parameters& p) { return !equal(i.meter(), v, p[0]); }
bool is_less(Interpreter& i, const Value& v, const Parameters& p) { return compare(i.meter(), v, p[0], "<") == -1; }
bool is_greater(Interpreter& i, const Value& v, const Parameters& p) { return compare(i.meter(), v, p[0], ">") == 1; }
bool is_at_most(Interpreter& i, const Value& v, const Parameters& p) {
  const int order = compare(i.meter(), v, p[0], "<=");
  return order == -1 || order == 0;
}
bool is_at_least(Interpreter& i, const Value& v, const Parameters& p) {
  const int order = compare(i.meter(), v, p[0], ">=");
  return order == 1 || order == 0;
}
bool is_in(Interpreter& i, const Value& v, const Parameters& p) { return contains(i.meter(), p[0], v); }
bool is_same(Interpreter& i, const Value& v, const Parameters& p) {
  // Small values are single objects in Python; containers are the same only as the very object.
  const Value& other = p[0];
  if (v.is_list() && other.is_list()) return v.list() == other.list();
  if (v.is_dict() && other.is_dict()) return v.dict() == other.dict();
  return std::string_view(v.type_name()) == other.type_name() && equal(i.meter(), v, other);
}
bool is_filter(Interpreter&, const Value& v, const Parameters&) { return v.is_text() && find_filter(v.bytes()) >= 0; }
bool is_test(Interpreter&, const Value& v, const Parameters&) { return v.is_text() && find_test(v.bytes()) >= 0; }

constexpr Test tests[] = {
    {"defined", is_defined, false}, {"undefined", is_undefined, false}, {"none", is_none, false}, {"boolean", is_boolean, false},
    {"true", is_true, false}, {"false", is_false, false}, {"integer", is_integer, false}, {"float", is_float, false},
    {"number", is_number, false}, {"string", is_string, false}, {"mapping", is_mapping, false}, {"iterable", is_iterable_value, false},
    {"sequence", is_sequence, false}, {"callable", is_callable, false}, {"escaped", is_escaped, false}, {"lower", is_lower, false},
    {"upper", is_upper, false}, {"odd", is_odd, false}, {"even", is_even, false}, {"divisibleby", is_divisible, true},
    {"eq", is_equal, true}, {"equalto", is_equal, true}, {"==", is_equal, true}, {"ne", is_not_equal, true}, {"!=", is_not_equal, true},
    {"lt", is_less, true}, {"lessthan", is_less, true}, {"<", is_less, true}, {"gt", is_greater, true}, {"greaterthan", is_greater, true},
    {">", is_greater, true}, {"le", is_at_most, true}, {"<=", is_at_most, true}, {"ge", is_at_least, true}, {">=", is_at_least, true},
    {"in", is_in, true}, {"sameas", is_same, true}, {"filter", is_filter, false}, {"test", is_test, false},
};

}  // namespace

int find_test(std::string_view name) {
  const auto found = std::find_if(std::begin(tests), std::end(tests), [name](const Test& test) { return test.name == name; });
  return found == std::end(tests) ? -1 : static_cast<int>(found - std::begin(tests));
}

bool call_test(Interpreter& interpreter, int index, const Value& subject, CallArguments arguments) {
  const Test& test = tests[index];
  const std::vector<std::string_view> names = test.has_argument ? std::vector<std::string_view>{"other"} : std::vector<std::string_view>{};
  const Parameters parameters(test.name.data(), std::move(arguments), names);
  return test.function(interpreter, subject, parameters);
}

}  // namespace roundhouse::jinja
