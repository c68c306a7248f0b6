// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <clocale>
#include <ctime>

#include "engine/text/jinja/builtins.h"
#include "engine/text/jinja/interpreter.h"

namespace roundhouse::jinja {
namespace {

constexpr std::int64_t max_range = 100'000;  // as jinja2's sandbox

class FunctionObject : public Object {
 public:
  using Function = Value (*)(Interpreter&, CallArguments);
  FunctionObject(const char* name, Function function) : name_(name), function_(function) {}
  const char* type_name() const override { return "function"; }
  std::string printed() const override { return std::string("<function ") + name_ + ">"; }
  bool callable() const override { return true; }
  Value call(Interpreter& interpreter, CallArguments arguments) override { return function_(interpreter, std::move(arguments)); }

 private:
  const char* name_;
  Function function_;
};

Value range(Interpreter& interpreter, CallArguments arguments) {
  const auto& given = arguments.positional;
  if (given.empty() || given.size() > 3) fail("range expected 1 to 3 arguments, got " + std::to_string(given.size()));
  const std::int64_t begin = given.size() > 1 ? index_of(given[0], "range") : 0;
  const std::int64_t end = index_of(given[given.size() > 1 ? 1 : 0], "range");
  const std::int64_t step = given.size() > 2 ? index_of(given[2], "range") : 1;
  if (step == 0) fail("range() arg 3 must not be zero");
  // In 128 bits nothing here can overflow.
  const __int128 distance = step > 0 ? static_cast<__int128>(end) - begin : static_cast<__int128>(begin) - end;
  const __int128 stride = step > 0 ? static_cast<__int128>(step) : -static_cast<__int128>(step);
  const __int128 count = distance <= 0 ? 0 : (distance + stride - 1) / stride;
  if (count > max_range) fail("Range too big. The sandbox blocks ranges larger than MAX_RANGE (" + std::to_string(max_range) + ").");
  std::vector<Value> items;
  items.reserve(static_cast<std::size_t>(count));
  for (std::int64_t i = 0; i < static_cast<std::int64_t>(count); ++i) items.emplace_back(begin + i * step);
  return Value::list(interpreter.meter(), std::move(items), ListKind::range);
}

Value make_namespace(Interpreter& interpreter, CallArguments arguments) { return interpreter.make_namespace(arguments); }

Value make_dict(Interpreter& interpreter, CallArguments arguments) {
  if (arguments.positional.size() > 1) fail("dict expected at most 1 argument, got " + std::to_string(arguments.positional.size()));
  Meter& meter = interpreter.meter();
  auto dict = std::make_shared<Dict>();
  if (!arguments.positional.empty()) {
    const Value& from = arguments.positional[0];
    if (from.is_dict()) {
      for (const auto& [key, value] : from.dict()->entries()) dict->set(meter, key, value);
    } else {
      for (const Value& pair : iterate(meter, from)) {
        std::vector<Value> parts = iterate(meter, pair);
        if (parts.size() != 2) fail("dictionary update sequence element has length " + std::to_string(parts.size()) + "; 2 is required");
        dict->set(meter, std::move(parts[0]), std::move(parts[1]));
      }
    }
  }
  for (auto& [name, value] : arguments.named) dict->set(meter, Value::text(name), std::move(value));
  return Value(DictPtr(std::move(dict)));
}

class CyclerObject : public Object, public std::enable_shared_from_this<CyclerObject> {
 public:
  explicit CyclerObject(ListPtr items) : items_(std::move(items)) {}
  const char* type_name() const override { return "Cycler"; }
  std::string qualified_name() const override { return "jinja2.utils.Cycler"; }
  std::uint16_t depth() const override { return items_->depth; }
  bool attribute(Interpreter&, std::string_view name, Value& out) override;
  Value next() { return items_->items[std::exchange(at_, (at_ + 1) % items_->items.size())]; }
  Value reset() { return at_ = 0, Value(); }

 private:
  ListPtr items_;
  std::size_t at_ = 0;
};

class CyclerMethod : public Object {
 public:
  CyclerMethod(std::shared_ptr<CyclerObject> cycler, bool next) : cycler_(std::move(cycler)), next_(next) {}
  const char* type_name() const override { return "method"; }
  bool callable() const override { return true; }
  std::uint16_t depth() const override { return checked_depth(cycler_->depth()); }
  Value call(Interpreter&, CallArguments) override { return next_ ? cycler_->next() : cycler_->reset(); }

 private:
  std::shared_ptr<CyclerObject> cycler_;
  bool next_;
};

bool CyclerObject::attribute(Interpreter&, std::string_view name, Value& out) {
  if (name == "current") out = items_->items[at_];
  else if (name == "next" || name == "reset") out = Value(ObjectPtr(std::make_shared<CyclerMethod>(shared_from_this(), name == "next")));
  else return false;
  return true;
}

Value make_cycler(Interpreter& interpreter, CallArguments arguments) {
  if (arguments.positional.empty()) fail("at least one item has to be provided");
  const Value items = Value::list(interpreter.meter(), std::move(arguments.positional));
  return Value(ObjectPtr(std::make_shared<CyclerObject>(items.list())));
}

class JoinerObject : public Object {
 public:
  explicit JoinerObject(Value separator) : separator_(std::move(separator)) {}
  const char* type_name() const override { return "Joiner"; }
  std::string qualified_name() const override { return "jinja2.utils.Joiner"; }
  bool callable() const override { return true; }
  std::uint16_t depth() const override { return checked_depth(separator_.depth()); }
  Value call(Interpreter&, CallArguments) override { return std::exchange(used_, true) ? separator_ : Value::text(""); }

 private:
  Value separator_;
  bool used_ = false;
};

Value make_joiner(Interpreter&, CallArguments arguments) {
  const Parameters parameters("joiner", std::move(arguments), {"sep"});
  return Value(ObjectPtr(std::make_shared<JoinerObject>(parameters.get(0, Value::text(", ")))));
}

Value raise_exception(Interpreter& interpreter, CallArguments arguments) {
  const Parameters parameters("raise_exception", std::move(arguments), {"message"});
  fail(to_text(interpreter.meter(), parameters[0])->bytes.substr(0, 2000));
}

Value strftime_now(Interpreter& interpreter, CallArguments arguments) {
  const Parameters parameters("strftime_now", std::move(arguments), {"format"});
  const Value& format = parameters[0];
  if (!format.is_text()) fail(std::string("strftime() argument 1 must be str, not ") + format.type_name());
  if (format.bytes().size() > 4096) fail_limit("a date format of more than 4096 bytes");
  // Widths in directives ("%9999999d") could blow the result up; Python's formats have none.
  for (std::size_t i = 0; i + 1 < format.bytes().size(); ++i) {
    if (format.bytes()[i] != '%') continue;
    ++i;
    if (format.bytes()[i] >= '0' && format.bytes()[i] <= '9') fail("Invalid format string");
  }
  // English names whatever the program's locale is.
  struct FreeLocale { void operator()(locale_t locale) const { freelocale(locale); } };
  const std::unique_ptr<std::remove_pointer_t<locale_t>, FreeLocale> locale(newlocale(LC_ALL_MASK, "C", nullptr));
  std::string out(8 * format.bytes().size() + 256, '\0');
  const std::string with_end = format.bytes() + "|";  // an empty result would look like a failure
  const std::size_t size = strftime_l(out.data(), out.size(), with_end.c_str(), &interpreter.now(), locale.get());
  if (size == 0) fail("Invalid format string");
  out.resize(size - 1);
  return Value::text(out);
}

struct Global { const char* name; FunctionObject::Function function; };
constexpr Global globals[] = {{"range", range},           {"namespace", make_namespace},        {"dict", make_dict},
                              {"cycler", make_cycler},     {"joiner", make_joiner},              {"raise_exception", raise_exception},
                              {"strftime_now", strftime_now}};

}  // namespace

bool find_global(std::string_view name, Value& out) {
  for (const Global& global : globals) {
    if (name != global.name) continue;
    out = Value(ObjectPtr(std::make_shared<FunctionObject>(global.name, global.function)));
    return true;
  }
  return false;
}

}  // namespace roundhouse::jinja
