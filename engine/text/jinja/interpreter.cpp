// SPDX-License-Identifier: Apache-2.0
#include "engine/text/jinja/interpreter.h"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>

#include "engine/text/jinja/builtins.h"

namespace roundhouse::jinja {
namespace {

// Swaps a value in for a scope's duration.
template <class T>
class Restored {
 public:
  Restored(T& place, T value) : place_(place), before_(std::exchange(place, std::move(value))) {}
  ~Restored() { place_ = std::move(before_); }
  Restored(const Restored&) = delete;
  Restored& operator=(const Restored&) = delete;

 private:
  T& place_;
  T before_;
};

class NamespaceObject : public Object {
 public:
  const char* type_name() const override { return "Namespace"; }
  std::string qualified_name() const override { return "jinja2.utils.Namespace"; }
  std::string printed() const override { return "<Namespace>"; }
  bool attribute(Interpreter&, std::string_view name, Value& out) override {
    const auto found = attributes.find(name);
    if (found == attributes.end()) return false;
    out = found->second;
    return true;
  }

  std::map<std::string, Value, std::less<>> attributes;
};

bool compares(Meter& meter, Comparison comparison, const Value& a, const Value& b) {
  switch (comparison) {
    case Comparison::equal: return equal(meter, a, b);
    case Comparison::not_equal: return !equal(meter, a, b);
    case Comparison::less: return compare(meter, a, b, "<") == -1;
    case Comparison::greater: return compare(meter, a, b, ">") == 1;
    case Comparison::less_equal: { const int order = compare(meter, a, b, "<="); return order == -1 || order == 0; }
    case Comparison::greater_equal: { const int order = compare(meter, a, b, ">="); return order == 1 || order == 0; }
    case Comparison::in: return contains(meter, b, a);
    case Comparison::not_in: return !contains(meter, b, a);
  }
  return false;
}

}  // namespace

const Value* Frame::find(NameId name) const {
  for (const Frame* frame = this; frame != nullptr; frame = frame->parent.get()) {
    for (const auto& [id, value] : frame->variables) {
      if (id == name) return &value;
    }
  }
  return nullptr;
}

void Frame::set(NameId name, Value value) {
  for (auto& [id, present] : variables) {
    if (id == name) {
      present = std::move(value);
      return;
    }
  }
  variables.emplace_back(name, std::move(value));
}

// A macro with the scope it was defined in.
class MacroObject : public Object {
 public:
  MacroObject(const Macro& macro, FramePtr closure) : macro_(macro), closure_(std::move(closure)) {}
  const char* type_name() const override { return "Macro"; }
  std::string qualified_name() const override { return "jinja2.runtime.Macro"; }
  std::string printed() const override { return macro_.name.empty() ? "<Macro anonymous>" : "<Macro '" + macro_.name + "'>"; }
  bool callable() const override { return true; }
  Value call(Interpreter& interpreter, CallArguments arguments) override {
    return interpreter.call_macro(macro_, closure_, std::move(arguments));
  }
  bool attribute(Interpreter& interpreter, std::string_view name, Value& out) override {
    if (name == "name") out = macro_.name.empty() ? Value() : Value::text(macro_.name);
    else if (name == "catch_kwargs") out = Value(macro_.uses_kwargs);
    else if (name == "catch_varargs") out = Value(macro_.uses_varargs);
    else if (name == "caller") out = Value(macro_.uses_caller);
    else if (name == "arguments") {
      std::vector<Value> names;
      for (const std::string& parameter : macro_.parameter_names) names.push_back(Value::text(parameter));
      out = Value::list(interpreter.meter(), std::move(names), ListKind::tuple);
    } else return false;
    return true;
  }

 private:
  const Macro& macro_;
  FramePtr closure_;
};

// The variable `loop`: one object for all rounds.
class LoopObject : public Object, public std::enable_shared_from_this<LoopObject> {
 public:
  LoopObject(const Statement& node, ListPtr items, FramePtr frame, int loop_depth)
      : node_(node), items_(std::move(items)), frame_(std::move(frame)), loop_depth_(loop_depth) {}
  const char* type_name() const override { return "LoopContext"; }
  std::string qualified_name() const override { return "jinja2.runtime.LoopContext"; }
  std::string printed() const override {
    return "<LoopContext " + std::to_string(index_ + 1) + "/" + std::to_string(items_->items.size()) + ">";
  }
  bool callable() const override { return true; }
  std::uint16_t depth() const override { return checked_depth(items_->depth); }
  Value call(Interpreter& interpreter, CallArguments arguments) override {
    if (!node_.recursive) fail("The loop must have the 'recursive' marker to be called recursively.");
    if (arguments.positional.size() != 1 || !arguments.named.empty()) fail("loop() takes exactly one argument");
    return interpreter.render_loop(node_, arguments.positional[0], frame_, loop_depth_ + 1);
  }
  bool attribute(Interpreter& interpreter, std::string_view name, Value& out) override;

  void set_index(std::size_t index) { index_ = index; }
  Value cycle(const CallArguments& arguments) const {
    if (arguments.positional.empty()) fail("no items for cycling given");
    return arguments.positional[index_ % arguments.positional.size()];
  }
  Value changed(Interpreter& interpreter, CallArguments arguments) {
    Value now = Value::list(interpreter.meter(), std::move(arguments.positional), ListKind::tuple);
    if (last_ && equal(interpreter.meter(), *last_, now)) return Value(false);
    if (!finished_) last_ = std::move(now);
    return Value(true);
  }
  // After the last round nothing is remembered: a loop that remembers itself would never be freed.
  void finish() {
    finished_ = true;
    last_.reset();
  }

 private:
  const Statement& node_;
  ListPtr items_;
  FramePtr frame_;
  int loop_depth_;
  std::size_t index_ = 0;
  std::optional<Value> last_;
  bool finished_ = false;
};

namespace {

// loop.cycle and loop.changed, as long as the loop exists.
class LoopMethod : public Object {
 public:
  LoopMethod(std::weak_ptr<LoopObject> loop, bool cycle) : loop_(std::move(loop)), cycle_(cycle) {}
  const char* type_name() const override { return "method"; }
  bool callable() const override { return true; }
  Value call(Interpreter& interpreter, CallArguments arguments) override {
    const auto loop = loop_.lock();
    if (!loop) fail("the loop is over");
    return cycle_ ? loop->cycle(arguments) : loop->changed(interpreter, std::move(arguments));
  }

 private:
  std::weak_ptr<LoopObject> loop_;
  bool cycle_;
};

}  // namespace

bool LoopObject::attribute(Interpreter&, std::string_view name, Value& out) {
  const auto count = static_cast<std::int64_t>(items_->items.size()), at = static_cast<std::int64_t>(index_);
  if (name == "index") out = Value(at + 1);
  else if (name == "index0") out = Value(at);
  else if (name == "revindex") out = Value(count - at);
  else if (name == "revindex0") out = Value(count - at - 1);
  else if (name == "first") out = Value(at == 0);
  else if (name == "last") out = Value(at + 1 == count);
  else if (name == "length") out = Value(count);
  else if (name == "depth") out = Value(std::int64_t{loop_depth_} + 1);
  else if (name == "depth0") out = Value(std::int64_t{loop_depth_});
  else if (name == "previtem") out = at > 0 ? items_->items[index_ - 1] : Value::undefined("there is no previous item");
  else if (name == "nextitem") out = at + 1 < count ? items_->items[index_ + 1] : Value::undefined("there is no next item");
  else if (name == "cycle") out = Value(ObjectPtr(std::make_shared<LoopMethod>(weak_from_this(), true)));
  else if (name == "changed") out = Value(ObjectPtr(std::make_shared<LoopMethod>(weak_from_this(), false)));
  else return false;
  return true;
}

Interpreter::Interpreter(const Program& program, Dict variables, const std::tm& now, const Limits& limits)
    : program_(program), meter_(limits), now_(now), outside_(program.names.size()), has_outside_(program.names.size()),
      frame_(std::make_shared<Frame>(nullptr)) {
  for (std::size_t id = 0; id < program.names.size(); ++id) {
    const Value* passed = variables.find(program.names[id]);
    if (passed != nullptr) outside_[id] = *passed;
    has_outside_[id] = passed != nullptr || find_global(program.names[id], outside_[id]);
  }
}

Interpreter::~Interpreter() {
  for (const FramePtr& frame : captured_) frame->variables.clear();
  for (const ObjectPtr& object : namespaces_) static_cast<NamespaceObject&>(*object).attributes.clear();
}

Text Interpreter::run() {
  TextBuilder out;
  output_ = &out;
  execute(program_.body);
  return out.take();
}

Value Interpreter::make_namespace(const CallArguments& arguments) {
  meter_.charge(256);
  auto result = std::make_shared<NamespaceObject>();
  if (arguments.positional.size() > 1) fail("namespace expected at most 1 argument, got " + std::to_string(arguments.positional.size()));
  if (!arguments.positional.empty()) {
    const Value& from = arguments.positional[0];
    if (!from.is_dict()) fail(std::string("'") + from.type_name() + "' object is not iterable");
    for (const auto& [key, value] : from.dict()->entries()) {
      if (key.is_text()) result->attributes[key.bytes()] = value;
    }
  }
  for (const auto& [name, value] : arguments.named) result->attributes[name] = value;
  namespaces_.push_back(result);
  return Value(ObjectPtr(std::move(result)));
}

// ---- attributes and calls ----

Value Interpreter::attribute(const Value& object, std::string_view name) {
  meter_.step();
  if (object.is_undefined()) fail(object.undefined().message);
  Value out;
  if (object.is_object() && object.object()->attribute(*this, name, out)) return out;
  if (find_method(meter_, object, name, out)) return out;
  if (object.is_dict()) {
    if (const Value* found = object.dict()->find(name)) return *found;
  }
  return undefined_member(meter_, object, Value::text(name));
}

Value Interpreter::element(const Value& object, const Value& key) {
  if (auto found = subscript(meter_, object, key)) return std::move(*found);
  Value out;
  if (key.is_text()) {
    if (object.is_object() && object.object()->attribute(*this, key.bytes(), out)) return out;
    if (find_method(meter_, object, key.bytes(), out)) return out;
  }
  return undefined_member(meter_, object, key);
}

Value Interpreter::call(const Value& callee, CallArguments arguments) {
  const Meter::Depth depth(meter_);
  meter_.step();
  if (callee.is_undefined()) fail(callee.undefined().message);
  if (!callee.is_object()) fail(std::string("'") + callee.type_name() + "' object is not callable");
  const ObjectPtr held = callee.object();  // the call may drop the last other reference
  return held->call(*this, std::move(arguments));
}

CallArguments Interpreter::evaluate_arguments(const Arguments& arguments) {
  CallArguments out;
  for (const auto& item : arguments.positional) out.positional.push_back(evaluate(*item));
  if (arguments.star) {
    for (Value& item : iterate(meter_, evaluate(*arguments.star))) out.positional.push_back(std::move(item));
  }
  for (const auto& [name, item] : arguments.named) out.named.emplace_back(name, evaluate(*item));
  if (arguments.double_star) {
    const Value more = evaluate(*arguments.double_star);
    if (!more.is_dict()) fail(std::string("argument after ** must be a mapping, not ") + more.type_name());
    for (const auto& [key, value] : more.dict()->entries()) {
      if (!key.is_text()) fail("keywords must be strings");
      out.named.emplace_back(key.bytes(), value);
    }
  }
  return out;
}

Value Interpreter::evaluate_call(const Expression& node, Value caller) {
  const Value callee = evaluate(*node.items[0]);
  CallArguments arguments = evaluate_arguments(node.arguments);
  if (!caller.is_none()) arguments.named.emplace_back("caller", std::move(caller));
  return call(callee, std::move(arguments));
}

Value Interpreter::apply_filter(const Expression& node, Value subject) {
  // Inner filters of a chain stand in items[0]; the innermost may be absent (set and filter blocks).
  if (node.items[0]) subject = node.items[0]->kind == Expression::Kind::filter ? apply_filter(*node.items[0], std::move(subject)) : evaluate(*node.items[0]);
  const Meter::Depth depth(meter_);
  meter_.step();
  CallArguments arguments = evaluate_arguments(node.arguments);
  if (node.builtin < 0) fail("No filter named " + quoted(node.text) + ".");
  return call_filter(*this, node.builtin, subject, std::move(arguments));
}

// ---- expressions ----

Value Interpreter::evaluate_name(NameId name) {
  if (const Value* value = frame_->find(name)) return *value;
  if (has_outside_[name]) return outside_[name];
  return Value::undefined("'" + program_.names[name] + "' is undefined");
}

Value Interpreter::evaluate_compare(const Expression& node) {
  Value left = evaluate(*node.items[0]);
  for (std::size_t i = 0; i < node.comparisons.size(); ++i) {
    Value right = evaluate(*node.items[i + 1]);
    if (!compares(meter_, node.comparisons[i], left, right)) return Value(false);
    left = std::move(right);
  }
  return Value(true);
}

Value Interpreter::evaluate(const Expression& node) {
  using Kind = Expression::Kind;
  meter_.step();
  if (node.kind == Kind::constant) return node.value;
  if (node.kind == Kind::name) return evaluate_name(node.name);
  const Meter::Depth depth(meter_);
  switch (node.kind) {
    case Kind::constant:
    case Kind::name: break;
    case Kind::list:
    case Kind::tuple: {
      std::vector<Value> items;
      for (const auto& item : node.items) items.push_back(evaluate(*item));
      return Value::list(meter_, std::move(items), node.kind == Kind::list ? ListKind::list : ListKind::tuple);
    }
    case Kind::dict: {
      auto dict = std::make_shared<Dict>();
      for (std::size_t i = 0; i < node.items.size(); i += 2) {
        Value key = evaluate(*node.items[i]);
        dict->set(meter_, std::move(key), evaluate(*node.items[i + 1]));
      }
      return Value(DictPtr(std::move(dict)));
    }
    case Kind::attribute: return attribute(evaluate(*node.items[0]), node.value.bytes());
    case Kind::subscript: {
      const Value object = evaluate(*node.items[0]);
      return element(object, evaluate(*node.items[1]));
    }
    case Kind::slice: {
      const Value object = evaluate(*node.items[0]);
      Value bounds[3];
      for (int i = 0; i < 3; ++i) {
        if (node.items[static_cast<std::size_t>(i) + 1]) bounds[i] = evaluate(*node.items[static_cast<std::size_t>(i) + 1]);
      }
      return slice(meter_, object, bounds[0], bounds[1], bounds[2]);
    }
    case Kind::call: return evaluate_call(node, Value());
    case Kind::filter: return apply_filter(node, Value());
    case Kind::test: {
      const Value subject = evaluate(*node.items[0]);
      CallArguments arguments = evaluate_arguments(node.arguments);
      if (node.builtin < 0) fail("No test named " + quoted(node.text) + ".");
      return Value(call_test(*this, node.builtin, subject, std::move(arguments)));
    }
    case Kind::negate: return negate(evaluate(*node.items[0]));
    case Kind::plus: return plus(evaluate(*node.items[0]));
    case Kind::logical_not: return Value(!truthy(evaluate(*node.items[0])));
    case Kind::logical_and:
    case Kind::logical_or: {
      Value value;
      for (const auto& item : node.items) {
        value = evaluate(*item);
        if (truthy(value) == (node.kind == Kind::logical_or)) break;
      }
      return value;
    }
    case Kind::arithmetic: {
      Value value = evaluate(*node.items[0]);
      for (std::size_t i = 0; i < node.operators.size(); ++i) {
        value = arithmetic(meter_, node.operators[i], value, evaluate(*node.items[i + 1]));
      }
      return value;
    }
    case Kind::concat: {
      TextBuilder builder;
      for (const auto& item : node.items) append_text(meter_, builder, evaluate(*item));
      return Value(builder.share());
    }
    case Kind::compare: return evaluate_compare(node);
    case Kind::conditional:
      if (truthy(evaluate(*node.items[1]))) return evaluate(*node.items[0]);
      if (node.items[2]) return evaluate(*node.items[2]);
      return Value::undefined("the inline if-expression on line " + std::to_string(node.line) +
                              " evaluated to false and no else section was defined.");
  }
  return Value();
}

// ---- statements ----

void Interpreter::print(const Value& value) {
  append_text(meter_, *output_, value);
  meter_.check_output(output_->size());
}

Interpreter::Flow Interpreter::execute(const Body& body) {
  for (const auto& node : body) {
    const Flow flow = execute(*node);
    if (flow != Flow::on) return flow;
  }
  return Flow::on;
}

Interpreter::Flow Interpreter::execute(const Statement& node) {
  using Kind = Statement::Kind;
  meter_.step();
  const Meter::Depth depth(meter_);
  try {
    switch (node.kind) {
      case Kind::data:
      case Kind::print: print(node.kind == Kind::data ? node.value : evaluate(*node.expression)); return Flow::on;
      case Kind::conditional:
        for (const auto& [condition, then] : node.branches) {
          if (!condition || truthy(evaluate(*condition))) return execute(then);
        }
        return Flow::on;
      case Kind::loop: return execute_loop(node);
      case Kind::assign: assign(node.target, evaluate(*node.expression)); return Flow::on;
      case Kind::assign_block: {
        Value text = capture(node.body, std::make_shared<Frame>(frame_));
        assign(node.target, node.expression ? apply_filter(*node.expression, std::move(text)) : std::move(text));
        return Flow::on;
      }
      case Kind::macro: frame_->set(node.name, make_macro(*node.macro)); return Flow::on;
      case Kind::call_block: print(evaluate_call(*node.expression, make_macro(*node.macro))); return Flow::on;
      case Kind::filter_block:
        print(apply_filter(*node.expression, capture(node.body, std::make_shared<Frame>(frame_))));
        return Flow::on;
      case Kind::scope: {
        auto inner = std::make_shared<Frame>(frame_);
        for (const auto& [target, expression] : node.bindings) {
          Value value = evaluate(*expression);  // in the outer scope
          const Restored<FramePtr> scope(frame_, inner);
          assign(target, std::move(value));
        }
        const Restored<FramePtr> scope(frame_, std::move(inner));
        return execute(node.body);
      }
      case Kind::leave: return Flow::leave;
      case Kind::next: return Flow::next;
    }
  } catch (TemplateError& error) {
    if (error.line == 0) error.line = node.line;
    throw;
  }
  return Flow::on;
}

Interpreter::Flow Interpreter::execute_loop(const Statement& node) {
  run_loop(node, evaluate(*node.expression), 0);
  return Flow::on;
}

void Interpreter::run_loop(const Statement& node, const Value& iterable, int loop_depth) {
  const FramePtr outer = frame_;
  std::vector<Value> items = iterate(meter_, iterable);
  if (node.condition) {
    std::vector<Value> kept;
    for (Value& item : items) {
      const Restored<FramePtr> scope(frame_, std::make_shared<Frame>(outer));
      assign(node.target, item);
      if (truthy(evaluate(*node.condition))) kept.push_back(std::move(item));
    }
    items = std::move(kept);
  }
  const ListPtr list = Value::list(meter_, std::move(items)).list();
  const auto loop = std::make_shared<LoopObject>(node, list, outer, loop_depth);
  struct Finisher {
    LoopObject& loop;
    ~Finisher() { loop.finish(); }
  } const finisher{*loop};
  FramePtr round;
  bool completed = false;  // a round without break or continue
  for (std::size_t i = 0; i < list->items.size(); ++i) {
    // A scope that nobody kept serves again.
    if (round && round.use_count() == 1) round->variables.clear();
    else round = std::make_shared<Frame>(outer);
    const Restored<FramePtr> scope(frame_, round);
    loop->set_index(i);
    round->set(program_.loop, Value(ObjectPtr(loop)));
    assign(node.target, list->items[i]);
    const Flow flow = execute(node.body);
    if (flow == Flow::leave) break;
    completed = completed || flow == Flow::on;
  }
  if (completed) return;
  // jinja2 takes this branch also when every round was cut short.
  const Restored<FramePtr> scope(frame_, std::make_shared<Frame>(outer));
  execute(node.otherwise);
}

Value Interpreter::render_loop(const Statement& node, const Value& iterable, const FramePtr& frame, int loop_depth) {
  const Meter::Depth depth(meter_);
  TextBuilder out;
  const Restored<TextBuilder*> output(output_, &out);
  const Restored<FramePtr> scope(frame_, frame);
  run_loop(node, iterable, loop_depth);
  return Value(out.share());
}

void Interpreter::assign(const Target& target, Value value) {
  if (target.unpacks) {
    if (!is_iterable(value)) fail(std::string("cannot unpack non-iterable ") + value.type_name() + " object");
    std::vector<Value> items = iterate(meter_, value);
    const std::string expected = "(expected " + std::to_string(target.parts.size());
    if (items.size() < target.parts.size()) fail("not enough values to unpack " + expected + ", got " + std::to_string(items.size()) + ")");
    if (items.size() > target.parts.size()) fail("too many values to unpack " + expected + ")");
    for (std::size_t i = 0; i < items.size(); ++i) assign(target.parts[i], std::move(items[i]));
    return;
  }
  if (target.attribute.empty()) {
    frame_->set(target.name, std::move(value));
    return;
  }
  const Value holder = evaluate_name(target.name);
  auto* names = holder.is_object() ? dynamic_cast<NamespaceObject*>(holder.object().get()) : nullptr;
  if (names == nullptr) fail("cannot assign attribute on non-namespace object");
  meter_.charge(64);
  names->attributes[target.attribute] = std::move(value);
}

Value Interpreter::capture(const Body& body, FramePtr frame) {
  TextBuilder out;
  const Restored<TextBuilder*> output(output_, &out);
  const Restored<FramePtr> scope(frame_, std::move(frame));
  execute(body);
  return Value(out.share());
}

Value Interpreter::make_macro(const Macro& macro) {
  meter_.charge(128);
  if (captured_.empty() || captured_.back() != frame_) captured_.push_back(frame_);
  return Value(ObjectPtr(std::make_shared<MacroObject>(macro, frame_)));
}

Value Interpreter::call_macro(const Macro& macro, const FramePtr& closure, CallArguments arguments) {
  auto frame = std::make_shared<Frame>(closure);
  const std::size_t count = macro.parameters.size();
  auto& named = arguments.named;
  const auto take = [&named](std::string_view name) -> std::optional<Value> {
    const auto found = std::find_if(named.begin(), named.end(), [&](const auto& entry) { return entry.first == name; });
    if (found == named.end()) return std::nullopt;
    Value value = std::move(found->second);
    named.erase(found);
    return value;
  };
  std::vector<std::optional<Value>> given(count);
  for (std::size_t i = 0; i < count; ++i) {
    if (i < arguments.positional.size()) given[i] = std::move(arguments.positional[i]);
    else given[i] = take(macro.parameter_names[i]);
  }
  if (macro.uses_caller) frame->set(program_.caller, take("caller").value_or(Value::undefined("No caller defined")));
  const std::string shown = macro.name.empty() ? "None" : quoted(macro.name);
  if (macro.uses_kwargs) {
    auto rest = std::make_shared<Dict>();
    for (auto& [name, value] : named) rest->set(meter_, Value::text(name), std::move(value));
    frame->set(program_.kwargs, Value(DictPtr(std::move(rest))));
  } else if (!named.empty()) {
    if (named.front().first == "caller") fail("macro " + shown + " was invoked with two values for the special caller argument. This is most likely a bug.");
    fail("macro " + shown + " takes no keyword argument " + quoted(named.front().first));
  }
  if (macro.uses_varargs) {
    std::vector<Value> rest;
    for (std::size_t i = count; i < arguments.positional.size(); ++i) rest.push_back(std::move(arguments.positional[i]));
    frame->set(program_.varargs, Value::list(meter_, std::move(rest), ListKind::tuple));
  } else if (arguments.positional.size() > count) {
    fail("macro " + shown + " takes not more than " + std::to_string(count) + " argument(s)");
  }
  // Defaults may refer to the parameters before them.
  const std::size_t required = count - macro.defaults.size();
  for (std::size_t i = 0; i < count; ++i) {
    if (!given[i] && i >= required) {
      const Restored<FramePtr> scope(frame_, frame);
      given[i] = evaluate(*macro.defaults[i - required]);
    }
    frame->set(macro.parameters[i], given[i] ? std::move(*given[i])
                                             : Value::undefined("parameter " + quoted(macro.parameter_names[i]) + " was not provided"));
  }
  return capture(macro.body, std::move(frame));
}

}  // namespace roundhouse::jinja
