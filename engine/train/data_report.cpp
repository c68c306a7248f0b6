// SPDX-License-Identifier: Apache-2.0
#include "engine/train/data_report.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace roundhouse {

namespace {

Json place(const SampleOrigin& origin) { return Json::array({origin.file, origin.line, origin.piece}); }

Json pairs(const std::vector<SamplePair>& all) {
  Json list = Json::array();
  for (const SamplePair& pair : all) list.push_back({{"first", place(pair.first)}, {"second", place(pair.second)}});
  return list;
}

Json lengths(const LengthHistogram& histogram) {
  Json buckets = Json::array();
  for (const LengthHistogram::Bucket& bucket : histogram.buckets) buckets.push_back({{"from", bucket.from}, {"to", bucket.to}, {"samples", bucket.samples}});
  return {{"buckets", std::move(buckets)}, {"shortest", histogram.shortest}, {"median", histogram.median}, {"p90", histogram.p90},
          {"p99", histogram.p99}, {"longest", histogram.longest}, {"mean", histogram.mean}};
}

Json file_json(const DataPartReport::File& file) {
  Json problems = Json::array();
  for (const DataProblem& problem : file.problems) problems.push_back({{"line", problem.line}, {"reason", problem.reason}});
  const DataDetection& found = file.detection;
  return {{"path", file.path},
          {"rows", file.rows},
          {"problem_count", file.problem_count},
          {"problems", std::move(problems)},
          {"detection",
           {{"container", data_container_name(found.container)},
            {"format", data_format_name(found.format)},
            {"separator", found.separator == 0 ? std::string() : std::string(1, found.separator)},
            {"fields", found.fields},
            {"roles", found.roles},
            {"unused", found.unused},
            {"sample", found.sample},
            {"image_rows", found.image_rows},
            {"description", found.description()}}}};
}

Json part_json(const DataPartReport& part) {
  Json files = Json::array(), notes = Json::array();
  for (const DataPartReport::File& file : part.files) files.push_back(file_json(file));
  constexpr const char* kinds[] = {"truncated", "dropped", "refused"};
  for (const SampleNote& note : part.notes) {
    notes.push_back({{"kind", kinds[static_cast<int>(note.kind)]}, {"at", place(note.origin)}, {"tokens", note.tokens}, {"reason", note.reason}});
  }
  return {{"files", std::move(files)},
          {"rows", part.rows},
          {"problems", part.problems},
          {"samples", part.samples},
          {"tokens", part.tokens},
          {"learned_tokens", part.learned_tokens},
          {"truncated", part.truncated},
          {"dropped", part.dropped},
          {"refused", part.refused},
          {"notes", std::move(notes)},
          {"lengths", lengths(part.lengths)},
          {"exact_duplicates", part.exact_duplicates},
          {"near_duplicates", part.near_duplicates},
          {"exact_examples", pairs(part.exact_examples)},
          {"near_examples", pairs(part.near_examples)}};
}

}  // namespace

LengthHistogram LengthHistogram::of(std::vector<std::int64_t> lengths) {
  LengthHistogram histogram;
  if (lengths.empty()) return histogram;
  std::sort(lengths.begin(), lengths.end());
  // The smallest length that at least so large a share of the samples does not exceed.
  const auto quantile = [&](std::size_t hundredths) { return lengths[(lengths.size() * hundredths + 99) / 100 - 1]; };
  histogram.shortest = lengths.front();
  histogram.median = quantile(50);
  histogram.p90 = quantile(90);
  histogram.p99 = quantile(99);
  histogram.longest = lengths.back();
  histogram.mean = static_cast<double>(std::accumulate(lengths.begin(), lengths.end(), std::int64_t{0})) / static_cast<double>(lengths.size());
  Bucket bucket{0, 0, 0};
  const auto next = [&bucket] { bucket = {bucket.to + 1, std::max<std::int64_t>(1, bucket.to * 2), 0}; };
  next();
  for (std::size_t i = 0; i < lengths.size();) {
    if (lengths[i] <= bucket.to) {
      ++bucket.samples;
      ++i;
    } else {
      if (!histogram.buckets.empty() || bucket.samples > 0) histogram.buckets.push_back(bucket);
      next();
    }
  }
  histogram.buckets.push_back(bucket);
  return histogram;
}

RenderedSample render_sample(const TrainingSample& sample, const SampleOrigin& origin, const Tokenizer& tokenizer) {
  RenderedSample out;
  out.origin = origin;
  out.tokens.reserve(sample.tokens.size());
  Detokenizer text(tokenizer, {true});
  for (std::size_t i = 0; i < sample.tokens.size(); ++i) {
    const TokenId id = sample.tokens[i];
    RenderedSample::Token token{id, text.push(id), tokenizer.contains(id) && tokenizer.is_special(id), i > 0 && (sample.learned.empty() || sample.learned[i])};
    out.tokens.push_back(std::move(token));
  }
  if (!out.tokens.empty()) out.tokens.back().text += text.flush();
  return out;
}

Json data_report_json(const DataReport& report) {
  Json batch = Json::array();
  for (const RenderedSample& sample : report.first_batch) {
    Json tokens = Json::array();
    for (const RenderedSample::Token& token : sample.tokens) tokens.push_back(Json::array({token.text, token.learned ? 1 : 0, token.special ? 1 : 0}));
    batch.push_back({{"file", sample.origin.file}, {"line", sample.origin.line}, {"piece", sample.origin.piece}, {"tokens", std::move(tokens)}});
  }
  return {{"train", part_json(report.train)},
          {"evaluation", part_json(report.evaluation)},
          {"overlap",
           {{"same_text", report.overlap.same_text},
            {"near_text", report.overlap.near_text},
            {"same_prompt", report.overlap.same_prompt},
            {"text_examples", pairs(report.overlap.text_examples)},
            {"near_examples", pairs(report.overlap.near_examples)},
            {"prompt_examples", pairs(report.overlap.prompt_examples)}}},
          {"held_out", report.held_out},
          {"remarks", report.remarks},
          {"first_batch", std::move(batch)}};
}

}  // namespace roundhouse
