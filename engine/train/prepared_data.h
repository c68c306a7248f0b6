// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "engine/train/data_report.h"
#include "engine/train/data_set.h"
#include "engine/train/training_batch.h"
#include "roundhouse/cancel.h"
#include "roundhouse/chat_template.h"
#include "roundhouse/result.h"
#include "roundhouse/tokenizer.h"

namespace roundhouse {

struct DataRequest {
  enum class TooLong : std::uint8_t { drop, truncate };

  std::vector<std::string> train;        // files
  std::vector<std::string> evaluation;   // files; none: see evaluation_share
  double evaluation_share = 0.0;         // 0..0.5 of the training samples, kept out when there are no files for evaluation.
                                         // Samples with the same prompt stay together
  std::uint64_t seed = 1;                // of which are kept out
  DataOptions options;                   // of all files
  std::int64_t max_tokens = 1024;        // of one sample, 4 or more
  TooLong too_long = TooLong::drop;      // of conversations; raw text is always cut into pieces
  int threads = 0;                       // 0: one per processor
};

// Samples ready to be packed, and what was found on the way. Tokens are made once.
struct PreparedData {
  std::vector<TrainingSample> train, evaluation;
  std::vector<SampleOrigin> train_origins, evaluation_origins;  // as many
  DataReport report;
};

// Reads the files, makes samples of all rows and compares them. Conversations go through the template, the assistant's turns
// are learned; raw text is cut into pieces of at most max_tokens (text_pieces.h); of preference pairs the chosen answer
// is learned. A sample that is truncated keeps its beginning; when nothing learned is left in it, it is refused.
//
// The same for any number of threads. Blocks; `progress` (may be empty) gets a stage and 0..1 on the calling thread.
// Fails: a file that cannot be read or has no row; no sample left to train on; `cancelled`. Rows that cannot be used are no
// failure: they are in the report.
Result<PreparedData> prepare_data(const DataRequest& request, const Tokenizer& tokenizer, const ChatTemplate& chat_template,
                                  const std::function<void(const std::string&, double)>& progress = {}, const CancelToken& cancel = {});

}  // namespace roundhouse
