// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/io/safetensors_file.h"
#include "engine/model/text_model.h"
#include "engine/ops/backend.h"

namespace roundhouse::conformance {

// Another implementation's outputs, by name. What a check needs must be there, of the right length and in range: an
// Error says what is wrong, and the check has failed.
class ReferenceFile {
 public:
  static constexpr std::size_t any_count = 0;  // any number but none

  static Result<ReferenceFile> open(const std::string& path);
  // Each from 0 to below `bound`.
  Result<std::vector<std::int32_t>> integers(const std::string& name, std::size_t count, std::int64_t bound) const;
  // Each a finite number.
  Result<std::vector<float>> floats(const std::string& name, std::size_t count) const;
  Result<float> scalar(const std::string& name) const;
  std::vector<std::string> names(const std::string& prefix) const;

 private:
  explicit ReferenceFile(SafetensorsFile file) : file_(std::move(file)) {}
  SafetensorsFile file_;
};

// A model and a backend that is ready to run it.
struct LoadedModel {
  std::shared_ptr<const TextModel> model;
  std::unique_ptr<Backend> backend;
};
// `training`: on the backend that training runs on.
Result<LoadedModel> load(const std::string& path, Isa isa, int threads, bool training = false);

}  // namespace roundhouse::conformance
