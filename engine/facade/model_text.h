// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/model/model_source.h"
#include "roundhouse/model.h"

namespace roundhouse {

struct SourceText {
  ModelText text;
  bool own_template = false;  // the model brings its chat template
};

// Tokenizer and chat template of a model: from GGUF metadata, or from tokenizer.json and the files beside it. A model
// without a template gets one that writes "role: text" lines.
Result<SourceText> load_model_text(const ModelSource& source);

// Fails when the tokenizer has tokens for which the model has no row.
Status check_vocabulary(const ModelSource& source, const Tokenizer& tokenizer, std::int32_t vocabulary);

}  // namespace roundhouse
