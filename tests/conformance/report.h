// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace roundhouse::conformance {

// One line a check on standard output; counts.
class Report {
 public:
  void check(bool passed, const std::string& name, const std::string& detail);
  void note(const std::string& text);
  int passed() const { return passed_; }
  int failed() const { return failed_; }
  // Prints "N passed, N failed"; the process's exit code.
  int finish() const;

 private:
  int passed_ = 0, failed_ = 0;
};

std::string number(double value);

}  // namespace roundhouse::conformance
