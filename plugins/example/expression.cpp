// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugins/example/expression.h"

#include <charconv>
#include <cmath>
#include <cstdio>

namespace example {
namespace {

using roundhouse::Error;
using roundhouse::ErrorCode;
using roundhouse::Result;

constexpr std::size_t limit_bytes = 1000;
constexpr int limit_depth = 100;

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Result<Calculation> run() {
    RH_ASSIGN(const double value, sum());
    skip_blanks();
    if (at_ < text_.size()) return expected("an operator or the end");
    if (!std::isfinite(value)) return Error{ErrorCode::out_of_range, "calculate", shown(), "a finite result", "one beyond 1.8e308"};
    Calculation calculation;
    calculation.value = value;
    calculation.operands = std::move(operands_);
    return calculation;
  }

 private:
  Result<double> sum() {
    RH_ASSIGN(double value, product());
    for (;;) {
      if (take("+")) {
        RH_ASSIGN(const double next, product());
        value += next;
      } else if (take("-") || take("−")) {
        RH_ASSIGN(const double next, product());
        value -= next;
      } else {
        return value;
      }
    }
  }

  Result<double> product() {
    RH_ASSIGN(double value, signed_power());
    for (;;) {
      if (take("*") || take("×")) {
        RH_ASSIGN(const double next, signed_power());
        value *= next;
      } else if (take("/") || take("÷")) {
        RH_ASSIGN(const double next, divisor());
        value /= next;
      } else if (take("%")) {
        RH_ASSIGN(const double next, divisor());
        value = std::fmod(value, next);
      } else {
        return value;
      }
    }
  }

  Result<double> divisor() {
    RH_ASSIGN(const double value, signed_power());
    if (value == 0.0) return Error{ErrorCode::out_of_range, "calculate", shown(), "a divisor other than zero", "0"};
    return value;
  }

  Result<double> signed_power() {
    bool negative = false;
    for (;;) {
      if (take("-") || take("−")) {
        negative = !negative;
      } else if (!take("+")) {
        break;
      }
    }
    RH_ASSIGN(const double value, power());
    return negative ? -value : value;
  }

  Result<double> power() {
    RH_ASSIGN(const double base, atom());
    if (!take("^")) return base;
    RH_TRY(enter());
    RH_ASSIGN(const double exponent, signed_power());
    --depth_;
    const double value = std::pow(base, exponent);
    if (std::isnan(value)) return Error{ErrorCode::out_of_range, "calculate", shown(), "a real power", "an even root of a negative number"};
    return value;
  }

  Result<double> atom() {
    if (take("(") || take("（")) {
      RH_TRY(enter());
      RH_ASSIGN(const double value, sum());
      --depth_;
      if (!take(")") && !take("）")) return expected("a closing parenthesis");
      return value;
    }
    return number();
  }

  Result<double> number() {
    skip_blanks();
    double value = 0.0;
    const char* begin = text_.data() + at_;
    // from_chars would take "inf", "nan" and a sign too.
    if (at_ == text_.size() || !((*begin >= '0' && *begin <= '9') || *begin == '.')) return expected("a number");
    const auto [end, error] = std::from_chars(begin, text_.data() + text_.size(), value);
    if (error == std::errc::result_out_of_range) {
      return Error{ErrorCode::out_of_range, "calculate", shown(), "numbers between 1e-307 and 1.8e308", std::string(begin, end)};
    }
    if (error != std::errc()) return expected("a number");
    Operand operand{std::string(begin, end), character(at_) + 1, 0};
    at_ += static_cast<std::size_t>(end - begin);
    operand.last = character(at_);
    operands_.push_back(std::move(operand));
    return value;
  }

  roundhouse::Status enter() {
    if (++depth_ > limit_depth) {
      return Error{ErrorCode::limit, "calculate", shown(), "at most " + std::to_string(limit_depth) + " nested operations", "more"};
    }
    return roundhouse::Ok{};
  }

  void skip_blanks() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n' || text_[at_] == '\r')) ++at_;
  }
  bool take(std::string_view symbol) {
    skip_blanks();
    if (text_.substr(at_, symbol.size()) != symbol) return false;
    at_ += symbol.size();
    return true;
  }

  // Characters before byte `offset`.
  int character(std::size_t offset) const {
    int count = 0;
    for (std::size_t i = 0; i < offset; ++i) count += (static_cast<unsigned char>(text_[i]) & 0xC0) != 0x80;
    return count;
  }
  std::string shown() const {
    if (text_.size() <= 60) return std::string(text_);
    std::size_t end = 60;
    while (end > 0 && (static_cast<unsigned char>(text_[end]) & 0xC0) == 0x80) --end;
    return std::string(text_.substr(0, end)) + "…";
  }
  Error expected(const char* what) const {
    std::string found = "the end";
    if (at_ < text_.size()) {
      std::size_t end = at_ + 1;
      while (end < text_.size() && (static_cast<unsigned char>(text_[end]) & 0xC0) == 0x80) ++end;
      found = "'" + std::string(text_.substr(at_, end - at_)) + "'";
    }
    return Error{ErrorCode::malformed, "calculate", shown(), std::string(what) + " at character " + std::to_string(character(at_) + 1), found};
  }

  const std::string_view text_;
  std::size_t at_ = 0;
  int depth_ = 0;
  std::vector<Operand> operands_;
};

}  // namespace

std::string Calculation::result() const {
  char buffer[40];
  std::snprintf(buffer, sizeof buffer, "%.15g", value == 0.0 ? 0.0 : value);  // no "-0"
  return buffer;
}

Result<Calculation> calculate(std::string_view expression) {
  if (expression.size() > limit_bytes) {
    return Error{ErrorCode::limit, "calculate", "expression", "at most " + std::to_string(limit_bytes) + " bytes",
                 std::to_string(expression.size())};
  }
  return Parser(expression).run();
}

std::vector<roundhouse::Citation> citations(const Calculation& calculation) {
  std::vector<roundhouse::Citation> list;
  for (const Operand& operand : calculation.operands) {
    const std::string place = operand.first == operand.last
                                  ? "character " + std::to_string(operand.first)
                                  : "characters " + std::to_string(operand.first) + " to " + std::to_string(operand.last);
    list.push_back({"expression", place, operand.text});
  }
  return list;
}

}  // namespace example
