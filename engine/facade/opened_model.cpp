// SPDX-License-Identifier: Apache-2.0
#include "engine/facade/opened_model.h"

#include "engine/facade/model_info.h"

namespace roundhouse {

Result<OpenedModel> open_model(const std::string& path) {
  OpenedModel opened;
  RH_ASSIGN(opened.source, open_model_source(path));
  RH_ASSIGN(opened.built, build_model(opened.source, false));
  RH_ASSIGN(const SourceText found, load_model_text(*opened.source));
  opened.text = found.text;
  opened.info = describe_model(*opened.source, &opened.built, found.own_template, nullptr);
  RH_TRY(check_vocabulary(*opened.source, *opened.text.tokenizer, opened.info.vocabulary));
  return opened;
}

}  // namespace roundhouse
