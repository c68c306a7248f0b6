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

// Another implementation's outputs, by name. Absent names give an empty vector.
class ReferenceFile {
 public:
  static Result<ReferenceFile> open(const std::string& path);
  bool has(const std::string& name) const;
  std::vector<std::int32_t> integers(const std::string& name) const;
  std::vector<float> floats(const std::string& name) const;
  std::vector<std::int64_t> shape(const std::string& name) const;
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
Result<LoadedModel> load(const std::string& path, Isa isa, int threads);

}  // namespace roundhouse::conformance
