// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "roundhouse/message.h"
#include "roundhouse/result.h"

namespace example {

// A number as it stands in an expression.
struct Operand {
  std::string text;
  int first = 0, last = 0;  // characters, counted from 1
};

struct Calculation {
  double value = 0.0;
  std::vector<Operand> operands;  // in the order they were read
  std::string result() const;     // at most 15 significant digits: what a double holds for certain
};

// Arithmetic with + - * / % ^ and parentheses (× ÷ − and full-width ones too), decimal numbers, exponents (1.5e3).
// ^ binds strongest and to the right, then the sign, then * / %, then + -. Errors name the character where reading
// stopped. Bounded: 1000 bytes, parentheses 100 deep.
roundhouse::Result<Calculation> calculate(std::string_view expression);

// One citation a number.
std::vector<roundhouse::Citation> citations(const Calculation& calculation);

}  // namespace example
