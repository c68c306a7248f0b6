// SPDX-License-Identifier: Apache-2.0
#include "tests/conformance/reference_file.h"

#include <cmath>

#include "engine/cpu/create_backend.h"
#include "engine/model/model_builder.h"

namespace roundhouse::conformance {

namespace {

Error mismatch(const std::string& name, std::string expected, std::string received) {
  return {ErrorCode::malformed, "read reference", name, std::move(expected), std::move(received)};
}

Status check_count(const std::string& name, std::size_t expected, std::size_t received) {
  if (received == 0) return mismatch(name, "values", "none");
  if (expected != ReferenceFile::any_count && received != expected) {
    return mismatch(name, std::to_string(expected) + " values", std::to_string(received));
  }
  return Ok{};
}

}  // namespace

Result<ReferenceFile> ReferenceFile::open(const std::string& path) {
  RH_ASSIGN(SafetensorsFile file, SafetensorsFile::open(path));
  return ReferenceFile(std::move(file));
}

Result<std::vector<std::int32_t>> ReferenceFile::integers(const std::string& name, std::size_t count, std::int64_t bound) const {
  RH_ASSIGN(const std::vector<std::int64_t> values, file_.read_integers(name));
  RH_TRY(check_count(name, count, values.size()));
  for (const std::int64_t value : values) {
    if (value < 0 || value >= bound) return mismatch(name, "0 to " + std::to_string(bound - 1), std::to_string(value));
  }
  return std::vector<std::int32_t>(values.begin(), values.end());
}

Result<std::vector<float>> ReferenceFile::floats(const std::string& name, std::size_t count) const {
  RH_ASSIGN(std::vector<float> values, file_.read_f32(name));
  RH_TRY(check_count(name, count, values.size()));
  for (const float value : values) {
    if (!std::isfinite(value)) return mismatch(name, "finite numbers", std::to_string(value));
  }
  return values;
}

Result<float> ReferenceFile::scalar(const std::string& name) const {
  RH_ASSIGN(const std::vector<float> values, floats(name, 1));
  return values.front();
}

std::vector<std::string> ReferenceFile::names(const std::string& prefix) const {
  std::vector<std::string> found;
  for (const SafetensorsTensor& tensor : file_.tensors()) {
    if (tensor.name.compare(0, prefix.size(), prefix) == 0) found.push_back(tensor.name);
  }
  return found;
}

Result<LoadedModel> load(const std::string& path, Isa isa, int threads, bool training) {
  RH_ASSIGN(const auto source, open_model_source(path));
  RH_ASSIGN(BuiltModel built, build_model(source));
  LoadedModel loaded;
  RH_ASSIGN(loaded.backend, training ? create_training_backend(isa, threads) : create_cpu_backend(isa, threads));
  loaded.model = std::make_shared<const TextModel>(std::move(built.spec), std::move(built.weights));
  for (const Weight& weight : loaded.model->weights().all()) RH_TRY(loaded.backend->prepare(1, weight));
  return loaded;
}

}  // namespace roundhouse::conformance
