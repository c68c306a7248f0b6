// SPDX-License-Identifier: Apache-2.0
#include "engine/model/model_source.h"

#include <filesystem>

#include "engine/model/source_formats.h"

namespace roundhouse {

std::string shape_text(const std::vector<std::int64_t>& shape) {
  std::string text = "[";
  for (std::size_t i = 0; i < shape.size(); ++i) text += (i ? ", " : "") + std::to_string(shape[i]);
  return text + "]";
}

Result<std::shared_ptr<const ModelSource>> open_model_source(const std::string& path) {
  std::error_code ec;
  const auto status = std::filesystem::status(path, ec);
  if (status.type() == std::filesystem::file_type::not_found) {
    return Error{ErrorCode::not_found, "read model", path, "a model file or folder", "no such file or folder"};
  }
  if (std::filesystem::is_directory(status)) return open_hugging_face_source(path);
  return open_gguf_source(path);
}

}  // namespace roundhouse
