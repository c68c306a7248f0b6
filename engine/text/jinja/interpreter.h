// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ctime>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/text/jinja/ast.h"
#include "engine/text/jinja/format.h"

namespace roundhouse::jinja {

// Variables of one scope. Inner scopes read outer ones at the time of use, as Python closures do.
struct Frame {
  explicit Frame(std::shared_ptr<Frame> outer) : parent(std::move(outer)) {}
  std::shared_ptr<Frame> parent;
  std::vector<std::pair<NameId, Value>> variables;

  const Value* find(NameId name) const;
  void set(NameId name, Value value);
};
using FramePtr = std::shared_ptr<Frame>;

class MacroObject;
class LoopObject;

// Evaluates one program once. Throws TemplateError. Everything it made that could form a cycle is cleared in the end.
class Interpreter : public FieldLookup {
 public:
  // `variables`: what the caller passes in. `now`: local time for strftime_now.
  Interpreter(const Program& program, Dict variables, const std::tm& now, const Limits& limits);
  ~Interpreter() override;
  Interpreter(const Interpreter&) = delete;
  Interpreter& operator=(const Interpreter&) = delete;

  Text run();

  // For builtins.
  Meter& meter() { return meter_; }
  const std::tm& now() const { return now_; }
  Value attribute(const Value& object, std::string_view name) override;  // object.name
  Value element(const Value& object, const Value& key) override;         // object[key]
  Value call(const Value& callee, CallArguments arguments);
  Value make_namespace(const CallArguments& arguments);

 private:
  friend class MacroObject;
  friend class LoopObject;
  enum class Flow : std::uint8_t { on, leave, next };

  Value evaluate(const Expression& node);
  Value evaluate_name(NameId name);
  Value evaluate_call(const Expression& node, Value caller);
  Value evaluate_compare(const Expression& node);
  Value apply_filter(const Expression& node, Value subject);
  CallArguments evaluate_arguments(const Arguments& arguments);

  Flow execute(const Body& body);
  Flow execute(const Statement& node);
  Flow execute_loop(const Statement& node);
  void run_loop(const Statement& node, const Value& iterable, int depth);
  Value render_loop(const Statement& node, const Value& iterable, const FramePtr& frame, int depth);
  void assign(const Target& target, Value value);
  Value capture(const Body& body, FramePtr frame);
  Value make_macro(const Macro& macro);
  Value call_macro(const Macro& macro, const FramePtr& closure, CallArguments arguments);
  void print(const Value& value);

  const Program& program_;
  Meter meter_;
  std::tm now_;
  std::vector<Value> outside_;           // by name: variables passed in, then globals
  std::vector<bool> has_outside_;
  FramePtr frame_;
  TextBuilder* output_ = nullptr;
  std::vector<FramePtr> captured_;       // scopes that macros hold on to
  std::vector<ObjectPtr> namespaces_;
};

}  // namespace roundhouse::jinja
