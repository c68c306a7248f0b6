// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/io/json.h"
#include "engine/train/data_set.h"
#include "engine/train/training_batch.h"
#include "roundhouse/tokenizer.h"

namespace roundhouse {

// Where a sample comes from.
struct SampleOrigin {
  std::int32_t file = 0;   // index among the files of its part; of training, where evaluation is held out of it
  std::int64_t line = 0;   // from 1: where its row begins
  std::int32_t piece = 0;  // of a text that was cut: 0, 1, ...
  bool operator==(const SampleOrigin&) const = default;
};

// A row that is not learned from as it stands in its file.
struct SampleNote {
  enum class Kind : std::uint8_t { truncated, dropped, refused };  // shortened; too long; without a sample (see reason)
  Kind kind = Kind::dropped;
  SampleOrigin origin;
  std::int64_t tokens = 0;  // before it was shortened; of refused: 0
  std::string reason;
};

// Two samples that say the same: `second` repeats `first`. Of an overlap, `first` is a training and `second` an evaluation sample.
struct SamplePair {
  SampleOrigin first, second;
};

// Tokens of samples, in buckets whose limits double.
struct LengthHistogram {
  struct Bucket {
    std::int64_t from = 0, to = 0;  // tokens, both included
    std::int64_t samples = 0;
  };
  std::vector<Bucket> buckets;  // 1, 2, 3-4, 5-8, ... from the shortest to the longest sample's; empty without samples
  std::int64_t shortest = 0, median = 0, p90 = 0, p99 = 0, longest = 0;
  double mean = 0.0;

  static LengthHistogram of(std::vector<std::int64_t> lengths);
};

// What became of training or evaluation files.
struct DataPartReport {
  struct File {
    std::string path;
    DataDetection detection;
    std::int64_t rows = 0, problem_count = 0;
    std::vector<DataProblem> problems;  // the first DataSet::most_problems
  };
  std::vector<File> files;
  std::int64_t rows = 0;      // read from the files
  std::int64_t problems = 0;  // rows and lines of the files that could not be read
  std::int64_t samples = 0, tokens = 0, learned_tokens = 0;  // what is trained on or judged by
  std::int64_t truncated = 0, dropped = 0, refused = 0;      // samples
  std::vector<SampleNote> notes;                             // the first most_notes of these, in order
  LengthHistogram lengths;                                   // of samples, as they are used
  // Samples that repeat an earlier one: letter for letter but for case, spaces and punctuation; or nearly (of their
  // runs of three words taken together, four fifths are in both, estimated), those not counted as exact.
  std::int64_t exact_duplicates = 0, near_duplicates = 0;
  std::vector<SamplePair> exact_examples, near_examples;     // the first most_pairs

  static constexpr std::size_t most_notes = 1000, most_pairs = 100;
};

// Evaluation samples whose text is among the training samples, those whose text is nearly, and of the others those whose prompt
// is (with another answer).
struct DataOverlap {
  std::int64_t same_text = 0, near_text = 0, same_prompt = 0;
  std::vector<SamplePair> text_examples, near_examples, prompt_examples;  // the first DataPartReport::most_pairs
};

// A sample as the model will read it.
struct RenderedSample {
  struct Token {
    std::int32_t id = 0;
    std::string text;      // UTF-8; bytes of a character that several tokens share stand with the last of them
    bool special = false;  // a control token: `text` is its name
    bool learned = false;
  };
  SampleOrigin origin;
  std::vector<Token> tokens;
};
RenderedSample render_sample(const TrainingSample& sample, const SampleOrigin& origin, const Tokenizer& tokenizer);

struct DataReport {
  DataPartReport train, evaluation;
  DataOverlap overlap;
  bool held_out = false;                    // evaluation is a share of the training files
  std::vector<std::string> remarks;         // what a person should know, a sentence each
  std::vector<RenderedSample> first_batch;  // left empty by prepare_data(): whoever orders the samples knows which they are
};

// {"train": {"files": [...], "rows", "samples", ...}, "evaluation", "overlap", "held_out", "remarks", "first_batch": [{"file",
// "line", "piece", "tokens": [[text, learned 0 or 1, special 0 or 1], ...]}]}; names as above, an origin is [file, line, piece].
Json data_report_json(const DataReport& report);

}  // namespace roundhouse
