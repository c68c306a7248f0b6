// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <functional>
#include <string>

#include "roundhouse/result.h"

namespace roundhouse::conformance {

// The largest of what was added, and NaN for good once one of it was: a bound on it never passes then.
class Largest {
 public:
  void add(double value) {
    if (std::isnan(value) || value > value_) value_ = std::isnan(value_) ? value_ : value;
  }
  double value() const { return value_; }
  bool within(double bound) const { return value_ <= bound; }

 private:
  double value_ = 0;
};

// One line a check on standard output; counts.
class Report {
 public:
  void check(bool passed, const std::string& name, const std::string& detail);
  // A check that could not be made has failed.
  void fail(const std::string& name, const Error& error) { check(false, name, error.message()); }
  void note(const std::string& text);
  // Whatever `checks` throws is a failure of `name`, so that finish() is always reached.
  void run(const std::string& name, const std::function<void()>& checks);
  // Prints "N passed, N failed"; the process's exit code.
  int finish() const;

 private:
  int passed_ = 0, failed_ = 0;
};

std::string number(double value);

}  // namespace roundhouse::conformance
