// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/model/model_source.h"

namespace roundhouse {

// One tensor of a file as the source lists it. `Tensor` is a GgufTensor of a GgufFile or a SafetensorsTensor of a
// SafetensorsFile; an error when its bytes are not in the file.
template <class File, class Tensor>
Result<SourceTensor> source_tensor(const File& file, const Tensor& tensor) {
  SourceTensor own;
  own.name = tensor.name;
  own.type_known = tensor.dtype.has_value();
  own.type = tensor.dtype.value_or(DType::f32);
  own.shape = tensor.shape;
  own.bytes = tensor.byte_size;
  if (own.type_known) {
    RH_ASSIGN(const auto bytes, file.data(tensor));
    own.data = bytes.data();
  }
  return own;
}

Result<std::shared_ptr<const ModelSource>> open_gguf_source(const std::string& path);
// `folder` holds config.json and model.safetensors, or its index and shards.
Result<std::shared_ptr<const ModelSource>> open_hugging_face_source(const std::string& folder);

}  // namespace roundhouse
