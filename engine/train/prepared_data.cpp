// SPDX-License-Identifier: Apache-2.0
#include "engine/train/prepared_data.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <optional>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <utility>

#include "engine/base/guarded.h"
#include "engine/base/thread_pool.h"
#include "engine/train/chat_sample.h"
#include "engine/train/duplicates.h"
#include "engine/train/paragraphs.h"
#include "engine/train/text_pieces.h"

namespace roundhouse {

namespace {

constexpr const char* operation = "prepare data";

using Progress = std::function<void(const std::string&, double)>;

Error cancelled() { return {ErrorCode::cancelled, operation, "data", {}, "a cancel"}; }

// What comparisons need of a sample's content.
struct Print {
  std::uint64_t text = 0;    // hash of the normalised text
  std::uint64_t prompt = 0;  // of what precedes the last answer; of raw text: as `text`
  TextSketch sketch{};
};

struct Made {
  TrainingSample sample;
  Print print;
  std::int64_t cut_from = 0;  // tokens before it was shortened; 0: it was not
};

// A row, or a part of a long raw text.
struct Task {
  std::size_t file = 0, row = 0;
  std::size_t begin = 0, end = 0;  // bytes of the row's text
  bool first = true, last = true;  // part of the row
};
struct Outcome {
  std::vector<Made> made;
  std::optional<SampleNote> note;  // why none was; without its origin
};

struct Part {
  std::vector<TrainingSample> samples;
  std::vector<SampleOrigin> origins;
  std::vector<Print> prints;
  DataPartReport report;

  void note(SampleNote note) {
    using Kind = SampleNote::Kind;
    (note.kind == Kind::truncated ? report.truncated : note.kind == Kind::dropped ? report.dropped : report.refused) += 1;
    if (report.notes.size() < DataPartReport::most_notes) report.notes.push_back(std::move(note));
  }
};

// Long raw texts are divided among threads, at paragraphs.
void add_tasks(std::size_t file, std::size_t row, std::string_view text, std::vector<Task>& tasks) {
  constexpr std::size_t task_bytes = std::size_t{1} << 20;
  std::size_t begin = 0;
  if (text.size() > task_bytes) {
    Paragraphs paragraphs(text);
    while (const auto paragraph = paragraphs.next()) {
      if (paragraph->begin - begin < task_bytes) continue;
      tasks.push_back({file, row, begin, paragraph->begin, begin == 0, false});
      begin = paragraph->begin;
    }
  }
  tasks.push_back({file, row, begin, text.size(), begin == 0, true});
}

Print print_of(std::string_view text) {
  const std::string plain = normalized_text(text);
  const std::uint64_t hash = text_hash(plain);
  return {hash, hash, text_sketch(plain)};
}

// System messages are often the same in all samples: they say nothing here.
Print print_of(const std::vector<Message>& messages) {
  std::size_t answer = messages.size();
  while (answer > 0 && messages[answer - 1].role != Role::assistant) --answer;
  std::string all;
  std::uint64_t prompt = 0;
  for (std::size_t i = 0; i < messages.size(); ++i) {
    if (i + 1 == answer) prompt = text_hash(normalized_text(all));
    if (messages[i].role == Role::system) continue;
    for (const auto& part : messages[i].parts) {
      if (const auto* text = std::get_if<TextPart>(&part.content)) (all += text->text) += '\n';
    }
  }
  Print print = print_of(all);
  print.prompt = prompt;
  return print;
}

SampleNote refused(std::string reason) { return {SampleNote::Kind::refused, {}, 0, std::move(reason)}; }

std::string reason_of(const Error& error) { return error.object + ": expected " + error.expected + ", found " + error.received; }

std::int64_t learned_of(const TrainingSample& sample) {
  if (sample.learned.empty()) return std::max<std::int64_t>(0, static_cast<std::int64_t>(sample.tokens.size()) - 1);
  return std::count(sample.learned.begin() + 1, sample.learned.end(), true);
}

Outcome make(const DataRow& row, const Task& task, const DataRequest& request, const Tokenizer& tokenizer, const ChatTemplate& chat_template) {
  Outcome out;
  if (!row.text.empty()) {
    const std::string_view text = std::string_view(row.text).substr(task.begin, task.end - task.begin);
    auto pieces = text_pieces(text, request.max_tokens, task.last, tokenizer);
    if (!pieces.ok()) out.note = refused(reason_of(pieces.error()));
    else if (pieces->empty() && task.first && task.last) out.note = refused("a text of fewer than two tokens");
    else
      for (TextPiece& piece : *pieces) out.made.push_back({std::move(piece.sample), print_of(text.substr(piece.begin, piece.end - piece.begin)), 0});
    return out;
  }
  std::vector<Message> with_answer;
  if (!row.chosen.empty()) {
    with_answer = row.messages;
    with_answer.push_back(Message::text(Role::assistant, row.chosen));
  }
  const std::vector<Message>& messages = with_answer.empty() ? row.messages : with_answer;
  auto sample = chat_sample(messages, chat_template, tokenizer);
  if (!sample.ok()) {
    out.note = refused(reason_of(sample.error()));
    return out;
  }
  const auto tokens = static_cast<std::int64_t>(sample->tokens.size());
  std::int64_t cut_from = 0;
  if (tokens > request.max_tokens) {
    if (request.too_long == DataRequest::TooLong::drop) {
      out.note = SampleNote{SampleNote::Kind::dropped, {}, tokens, std::to_string(tokens) + " tokens, " + std::to_string(request.max_tokens) + " are allowed"};
      return out;
    }
    cut_from = tokens;
    sample->tokens.resize(static_cast<std::size_t>(request.max_tokens));
    sample->learned.resize(static_cast<std::size_t>(request.max_tokens));
  }
  if (learned_of(*sample) == 0) {
    out.note = refused(cut_from > 0 ? "the answer begins after " + std::to_string(request.max_tokens) + " tokens" : std::string("nothing of it is learned"));
    out.note->tokens = cut_from;
    return out;
  }
  out.made.push_back({std::move(sample).value(), print_of(messages), cut_from});
  return out;
}

// Reads the files of a part and makes its samples, in the order of files and rows whatever thread made them.
Status make_part(const std::vector<std::string>& paths, const std::string& name, const DataRequest& request, const Tokenizer& tokenizer,
                 const ChatTemplate& chat_template, ThreadPool& pool, const Progress& progress, const CancelToken& cancel, Part& part) {
  std::vector<DataSet> sets;
  std::vector<Task> tasks;
  for (const std::string& path : paths) {
    progress("reading " + name, static_cast<double>(sets.size()) / static_cast<double>(paths.size()));
    if (cancel.cancelled()) return cancelled();
    RH_ASSIGN(DataSet set, read_data_set(path, request.options));
    for (std::size_t row = 0; row < set.rows.size(); ++row) add_tasks(sets.size(), row, set.rows[row].text, tasks);
    DataPartReport::File file{path, std::move(set.detection), static_cast<std::int64_t>(set.rows.size()), set.problem_count, std::move(set.problems)};
    part.report.rows += file.rows;
    part.report.problems += file.problem_count;
    part.report.files.push_back(std::move(file));
    sets.push_back(std::move(set));
  }

  std::vector<Outcome> outcomes(tasks.size());
  std::atomic<std::size_t> done{0};
  const auto caller = std::this_thread::get_id();
  const std::string stage = "making samples of " + name;
  progress(stage, 0.0);
  auto told = std::chrono::steady_clock::now();  // used by the caller alone
  pool.parallel_for(static_cast<std::int64_t>(tasks.size()), 1, [&](std::int64_t begin, std::int64_t end, ThreadPool::Worker) {
    for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end) && !cancel.cancelled(); ++i) {
      outcomes[i] = make(sets[tasks[i].file].rows[tasks[i].row], tasks[i], request, tokenizer, chat_template);
      const std::size_t now_done = done.fetch_add(1, std::memory_order_relaxed) + 1;
      if (std::this_thread::get_id() != caller) continue;
      const auto now = std::chrono::steady_clock::now();
      if (now - told < std::chrono::milliseconds(50)) continue;
      told = now;
      progress(stage, static_cast<double>(now_done) / static_cast<double>(tasks.size()));
    }
  });
  if (cancel.cancelled()) return cancelled();
  progress(stage, 1.0);

  std::int32_t piece = 0;
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    if (tasks[i].first) piece = 0;
    SampleOrigin origin{static_cast<std::int32_t>(tasks[i].file), sets[tasks[i].file].rows[tasks[i].row].line, piece};
    if (outcomes[i].note) {
      outcomes[i].note->origin = origin;
      part.note(std::move(*outcomes[i].note));
    }
    for (Made& made : outcomes[i].made) {
      origin.piece = piece++;
      if (made.cut_from > 0) {
        part.note({SampleNote::Kind::truncated, origin, made.cut_from, std::to_string(made.cut_from) + " tokens, the first " + std::to_string(request.max_tokens) + " are used"});
      }
      part.samples.push_back(std::move(made.sample));
      part.origins.push_back(origin);
      part.prints.push_back(made.print);
    }
    outcomes[i] = {};
  }
  return Ok{};
}

// Moves a share of the samples, those with the same prompt together; which ones follows from seed and prompts alone.
void hold_out(Part& train, Part& evaluation, double share, std::uint64_t seed) {
  std::unordered_map<std::uint64_t, std::int64_t> sizes;
  for (const Print& print : train.prints) ++sizes[print.prompt];
  std::vector<std::pair<std::uint64_t, std::uint64_t>> order;  // place, prompt
  for (const auto& [prompt, size] : sizes) order.emplace_back(text_hash(std::to_string(prompt) + ":" + std::to_string(seed)), prompt);
  std::sort(order.begin(), order.end());
  std::int64_t left = std::llround(share * static_cast<double>(train.samples.size()));
  std::unordered_map<std::uint64_t, bool> held;
  for (const auto& [at, prompt] : order) {
    if (sizes[prompt] > left) continue;
    left -= sizes[prompt];
    held[prompt] = true;
  }
  std::size_t kept = 0;
  for (std::size_t i = 0; i < train.samples.size(); ++i) {
    if (held.contains(train.prints[i].prompt)) {
      evaluation.samples.push_back(std::move(train.samples[i]));
      evaluation.origins.push_back(train.origins[i]);
      evaluation.prints.push_back(train.prints[i]);
    } else {
      if (kept != i) {
        train.samples[kept] = std::move(train.samples[i]);
        train.origins[kept] = train.origins[i];
        train.prints[kept] = train.prints[i];
      }
      ++kept;
    }
  }
  train.samples.resize(kept);
  train.origins.resize(kept);
  train.prints.resize(kept);
}

void count(Part& part) {
  std::vector<std::int64_t> lengths;
  lengths.reserve(part.samples.size());
  for (const TrainingSample& sample : part.samples) {
    lengths.push_back(static_cast<std::int64_t>(sample.tokens.size()));
    part.report.tokens += lengths.back();
    part.report.learned_tokens += learned_of(sample);
  }
  part.report.samples = static_cast<std::int64_t>(part.samples.size());
  part.report.lengths = LengthHistogram::of(std::move(lengths));
}

void keep(std::vector<SamplePair>& examples, const SampleOrigin& first, const SampleOrigin& second) {
  if (examples.size() < DataPartReport::most_pairs) examples.push_back({first, second});
}

// `near`: of each sample the earlier one that it nearly repeats; -1: none.
void count_duplicates(Part& part, const std::vector<std::int64_t>& near) {
  std::unordered_map<std::uint64_t, std::size_t> first_of;
  for (std::size_t i = 0; i < part.prints.size(); ++i) {
    const auto [at, added] = first_of.emplace(part.prints[i].text, i);
    if (!added) {
      ++part.report.exact_duplicates;
      keep(part.report.exact_examples, part.origins[at->second], part.origins[i]);
    } else if (near[i] >= 0) {
      ++part.report.near_duplicates;
      keep(part.report.near_examples, part.origins[static_cast<std::size_t>(near[i])], part.origins[i]);
    }
  }
}

void count_overlap(const Part& train, const Part& evaluation, const std::vector<std::int64_t>& near, DataOverlap& overlap) {
  std::unordered_map<std::uint64_t, std::size_t> texts, prompts;
  for (std::size_t i = 0; i < train.prints.size(); ++i) {
    texts.emplace(train.prints[i].text, i);
    prompts.emplace(train.prints[i].prompt, i);
  }
  for (std::size_t i = 0; i < evaluation.prints.size(); ++i) {
    const std::int64_t close = near[train.prints.size() + i];
    if (const auto at = texts.find(evaluation.prints[i].text); at != texts.end()) {
      ++overlap.same_text;
      keep(overlap.text_examples, train.origins[at->second], evaluation.origins[i]);
    } else if (close >= 0 && close < static_cast<std::int64_t>(train.prints.size())) {
      ++overlap.near_text;
      keep(overlap.near_examples, train.origins[static_cast<std::size_t>(close)], evaluation.origins[i]);
    } else if (const auto prompt = prompts.find(evaluation.prints[i].prompt); prompt != prompts.end()) {
      ++overlap.same_prompt;
      keep(overlap.prompt_examples, train.origins[prompt->second], evaluation.origins[i]);
    }
  }
}

Status compare(Part& train, Part& evaluation, const Progress& progress, const CancelToken& cancel, DataOverlap& overlap) {
  progress("comparing samples", 0.0);
  std::vector<TextSketch> sketches;
  sketches.reserve(train.prints.size() + evaluation.prints.size());
  for (const Part* part : {&train, &evaluation}) {
    for (const Print& print : part->prints) sketches.push_back(print.sketch);
  }
  const std::vector<std::int64_t> near = near_matches(sketches);  // the first samples are train's: of those it is theirs alone
  if (cancel.cancelled()) return cancelled();
  progress("comparing samples", 0.6);
  count_duplicates(train, near);
  if (!evaluation.prints.empty()) {
    count_duplicates(evaluation, near_matches(std::span(sketches).subspan(train.prints.size())));
    count_overlap(train, evaluation, near, overlap);
  }
  progress("comparing samples", 1.0);
  return Ok{};
}

std::string counted(std::int64_t count, const char* one, const char* many) { return std::to_string(count) + " " + (count == 1 ? one : many); }

void add_remarks(const DataRequest& request, DataReport& report) {
  std::vector<std::string>& remarks = report.remarks;
  const auto preference = [](const DataPartReport::File& file) { return file.detection.format == DataFormat::preference; };
  if (std::any_of(report.train.files.begin(), report.train.files.end(), preference)) remarks.push_back("Of preference pairs the chosen answer is learned; the rejected one is not used.");
  std::int64_t images = 0;
  for (const auto* part : {&report.train, &report.evaluation}) {
    for (const auto& file : part->files) images += file.detection.image_rows;
  }
  if (images > 0) remarks.push_back(counted(images, "row", "rows") + " with images left out: images are trained when the vision encoder is there.");
  const std::int64_t long_ones = report.train.dropped + report.train.truncated;
  if (long_ones * 20 > report.train.samples + report.train.dropped) {
    remarks.push_back(counted(long_ones, "training sample is", "training samples are") + " longer than " + std::to_string(request.max_tokens) + " tokens: allow more, or shorten them.");
  }
  if (report.train.refused > 0) remarks.push_back(counted(report.train.refused, "training row gives", "training rows give") + " nothing to learn.");
  if (report.evaluation.samples == 0) remarks.push_back("There is nothing to evaluate on: name a file, or keep a share of the training data out.");
  if (report.overlap.same_text + report.overlap.near_text > 0) {
    remarks.push_back(counted(report.overlap.same_text + report.overlap.near_text, "evaluation sample is", "evaluation samples are") + " trained on, word for word or nearly: its figures will look better than they are.");
  }
}

Result<PreparedData> prepare(const DataRequest& request, const Tokenizer& tokenizer, const ChatTemplate& chat_template, const Progress& progress, const CancelToken& cancel) {
  const auto bad = [](const char* object, std::string expected, std::string received) { return Error{ErrorCode::invalid_argument, operation, object, std::move(expected), std::move(received)}; };
  if (request.train.empty()) return bad("training files", "at least one", "none");
  if (request.max_tokens < 4) return bad("tokens of a sample", "4 or more", std::to_string(request.max_tokens));
  if (!(request.evaluation_share >= 0.0 && request.evaluation_share <= 0.5)) return bad("share for evaluation", "0 to 0.5", std::to_string(request.evaluation_share));

  ThreadPool pool(request.threads > 0 ? request.threads : std::max(1, static_cast<int>(std::thread::hardware_concurrency())));
  Part train, evaluation;
  RH_TRY(make_part(request.train, "training data", request, tokenizer, chat_template, pool, progress, cancel, train));
  RH_TRY(make_part(request.evaluation, "evaluation data", request, tokenizer, chat_template, pool, progress, cancel, evaluation));
  PreparedData out;
  if (request.evaluation.empty() && request.evaluation_share > 0.0) {
    hold_out(train, evaluation, request.evaluation_share, request.seed);
    out.report.held_out = true;
  }
  if (train.samples.empty()) {
    std::string found = "none";
    if (!train.report.notes.empty()) found += "; line " + std::to_string(train.report.notes[0].origin.line) + ": " + train.report.notes[0].reason;
    return Error{ErrorCode::malformed, operation, request.train[0], "samples to train on", found};
  }
  count(train);
  count(evaluation);
  RH_TRY(compare(train, evaluation, progress, cancel, out.report.overlap));
  out.train = std::move(train.samples);
  out.evaluation = std::move(evaluation.samples);
  out.train_origins = std::move(train.origins);
  out.evaluation_origins = std::move(evaluation.origins);
  out.report.train = std::move(train.report);
  out.report.evaluation = std::move(evaluation.report);
  add_remarks(request, out.report);
  return out;
}

}  // namespace

Result<PreparedData> prepare_data(const DataRequest& request, const Tokenizer& tokenizer, const ChatTemplate& chat_template,
                                  const std::function<void(const std::string&, double)>& progress, const CancelToken& cancel) {
  const Progress told = progress ? progress : [](const std::string&, double) {};
  return guarded(operation, request.train.empty() ? "data" : request.train[0], [&] { return prepare(request, tokenizer, chat_template, told, cancel); });
}

}  // namespace roundhouse
