// SPDX-License-Identifier: Apache-2.0
#include "tests/conformance/reference_file.h"

#include "engine/cpu/create_backend.h"
#include "engine/model/model_builder.h"

namespace roundhouse::conformance {

Result<ReferenceFile> ReferenceFile::open(const std::string& path) {
  RH_ASSIGN(SafetensorsFile file, SafetensorsFile::open(path));
  return ReferenceFile(std::move(file));
}

bool ReferenceFile::has(const std::string& name) const { return file_.find_tensor(name) != nullptr; }

std::vector<std::int32_t> ReferenceFile::integers(const std::string& name) const {
  const auto values = file_.read_integers(name);
  return values.ok() ? std::vector<std::int32_t>(values->begin(), values->end()) : std::vector<std::int32_t>();
}

std::vector<float> ReferenceFile::floats(const std::string& name) const { return file_.read_f32(name).value_or({}); }

std::vector<std::int64_t> ReferenceFile::shape(const std::string& name) const {
  const SafetensorsTensor* tensor = file_.find_tensor(name);
  return tensor ? tensor->shape : std::vector<std::int64_t>();
}

std::vector<std::string> ReferenceFile::names(const std::string& prefix) const {
  std::vector<std::string> found;
  for (const SafetensorsTensor& tensor : file_.tensors()) {
    if (tensor.name.compare(0, prefix.size(), prefix) == 0) found.push_back(tensor.name);
  }
  return found;
}

Result<LoadedModel> load(const std::string& path, Isa isa, int threads) {
  RH_ASSIGN(const auto source, open_model_source(path));
  RH_ASSIGN(BuiltModel built, build_model(source));
  LoadedModel loaded;
  RH_ASSIGN(loaded.backend, create_cpu_backend(isa, threads));
  loaded.model = std::make_shared<const TextModel>(std::move(built.spec), std::move(built.weights));
  for (const Weight& weight : loaded.model->weights().all()) RH_TRY(loaded.backend->prepare(1, weight));
  return loaded;
}

}  // namespace roundhouse::conformance
