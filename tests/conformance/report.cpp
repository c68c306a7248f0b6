// SPDX-License-Identifier: Apache-2.0
#include "tests/conformance/report.h"

#include <cstdio>
#include <exception>

namespace roundhouse::conformance {

void Report::check(bool passed, const std::string& name, const std::string& detail) {
  ++(passed ? passed_ : failed_);
  std::printf("%s  %-44s %s\n", passed ? "pass" : "FAIL", name.c_str(), detail.c_str());
  std::fflush(stdout);
}

void Report::note(const std::string& text) {
  std::printf("      %s\n", text.c_str());
  std::fflush(stdout);
}

void Report::run(const std::string& name, const std::function<void()>& checks) {
  try {
    checks();
  } catch (const std::exception& exception) {
    check(false, name, exception.what());
  }
}

int Report::finish() const {
  std::printf("%d passed, %d failed\n", passed_, failed_);
  return failed_ == 0 && passed_ > 0 ? 0 : 1;
}

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4g", value);
  return text;
}

}  // namespace roundhouse::conformance
