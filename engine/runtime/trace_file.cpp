// SPDX-License-Identifier: Apache-2.0
// `.rhtrace`, little endian:
//   "RHTRACE1" | u32 header bytes | header (JSON) | chunks | "END\0" | SHA-256 of everything before it
//   chunk: "CHNK" | u32 n (1..64) | i32 token_ids[n] | u16 ids[n, layers, k] | f32 weights[n, layers, k]
//          | f32 scores[n, layers, experts] when the header says "scores": true
//   header: {"version": 1, "tokens", "prompt_tokens", "top_k", "experts", "scores", "model_layers",
//            "layers": [{"layer", "experts", "top_k", "shared", "score"}], "provenance": {...}, "texts": [...] or absent}
#include <cmath>
#include <cstdio>
#include <cstring>

#include "engine/base/guarded.h"
#include "engine/base/printable.h"
#include "engine/base/sha256.h"
#include "engine/io/json.h"
#include "engine/io/mapped_file.h"
#include "roundhouse/atomic_file.h"
#include "roundhouse/trace.h"

namespace roundhouse {

namespace {

// A text a token is most of a header.
constexpr JsonLimits header_limits{std::size_t{256} << 20, std::size_t{1} << 23, 8};
constexpr char magic[9] = "RHTRACE1";

Json header_json(const RoutingTrace& trace, const std::vector<std::string>& texts) {
  const TraceProvenance& p = trace.provenance();
  Json layers = Json::array();
  for (const RoutedLayer& l : trace.layout().layers) {
    layers.push_back({{"layer", l.layer}, {"experts", l.experts}, {"top_k", l.top_k}, {"shared", l.shared_experts}, {"score", l.score}});
  }
  Json header = {{"version", 1}, {"tokens", trace.token_count()}, {"prompt_tokens", trace.prompt_tokens()},
                 {"top_k", trace.top_k()}, {"experts", trace.score_stride()}, {"scores", trace.has_scores()},
                 {"model_layers", trace.layout().model_layers}, {"layers", layers},
                 {"provenance", {{"model_name", p.model_name}, {"model_sha256", p.model_sha256}, {"program", p.program},
                                 {"isa", p.isa}, {"edits", p.edits_json}, {"adapter", p.adapter},
                                 {"created_unix_ns", p.created_unix_ns}}}};
  if (!texts.empty()) header["texts"] = texts;
  return header;
}

// Bounds-checked reading of a trace's bytes.
class Reader {
 public:
  Reader(std::span<const std::byte> bytes, std::string path) : bytes_(bytes), path_(std::move(path)) {}
  Error fail(const std::string& expected, const std::string& received) const {
    return {ErrorCode::malformed, "read trace", path_ + " at byte " + std::to_string(at_), expected, received};
  }
  template <class T>
  Status take(T* to, std::size_t count) {
    if (count > (bytes_.size() - at_) / sizeof(T)) {
      return fail(std::to_string(count * sizeof(T)) + " more bytes", std::to_string(bytes_.size() - at_));
    }
    std::memcpy(to, bytes_.data() + at_, count * sizeof(T));
    at_ += count * sizeof(T);
    return Ok{};
  }
  std::size_t at() const { return at_; }
  std::size_t left() const { return bytes_.size() - at_; }

 private:
  std::span<const std::byte> bytes_;
  std::string path_;
  std::size_t at_ = 0;
};

Result<std::int64_t> number(const Reader& in, const JsonView& object, const char* key, std::int64_t low, std::int64_t high) {
  RH_ASSIGN(const std::int64_t value, object.integer(key));
  if (value < low || value > high) return in.fail(std::string(key) + " from " + std::to_string(low) + " to " + std::to_string(high), std::to_string(value));
  return value;
}

// What is no UTF-8 (a token may end within a character) as a reader of the JSON export gets it: U+FFFD.
std::string valid_text(const std::string& bytes) { return Json::parse(dump_json(Json(bytes))).get<std::string>(); }

void csv_field(std::string& out, const std::string& value) {
  out += '"';
  for (const char c : value) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

std::string short_float(float value) {
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, "%.9g", static_cast<double>(value));
  return buffer;
}

}  // namespace

Status RoutingTrace::save(const std::string& path, const std::vector<std::string>& texts) const {
  return guarded("write trace", path, [&]() -> Status {
    RH_ASSIGN(AtomicFile file, AtomicFile::create(path));
    Sha256 digest;
    const auto put = [&](const auto* values, std::size_t count) -> Status {
      const auto bytes = std::as_bytes(std::span(values, count));
      digest.update(bytes);
      return file.write(bytes);
    };
    const std::string header = dump_json(header_json(*this, texts));
    if (header.size() > header_limits.bytes) {
      return Error{ErrorCode::limit, "write trace", path, "a header of at most " + std::to_string(header_limits.bytes) + " bytes", std::to_string(header.size())};
    }
    const auto header_bytes = static_cast<std::uint32_t>(header.size());
    RH_TRY(put(magic, 8));
    RH_TRY(put(&header_bytes, 1));
    RH_TRY(put(header.data(), header.size()));
    const auto layers = static_cast<std::size_t>(layer_count());
    for (int begin = 0; begin < token_count_; begin += TraceChunk::tokens) {
      const auto n = static_cast<std::uint32_t>(std::min(TraceChunk::tokens, token_count_ - begin));
      const TraceChunk& chunk = *chunks_[static_cast<std::size_t>(begin / TraceChunk::tokens)];
      RH_TRY(put("CHNK", 4));
      RH_TRY(put(&n, 1));
      RH_TRY(put(chunk.token_ids.data(), n));
      RH_TRY(put(chunk.ids.data(), n * layers * static_cast<std::size_t>(top_k_)));
      RH_TRY(put(chunk.weights.data(), n * layers * static_cast<std::size_t>(top_k_)));
      if (with_scores_) RH_TRY(put(chunk.scores.data(), n * layers * static_cast<std::size_t>(score_stride_)));
    }
    RH_TRY(put("END", 4));
    RH_ASSIGN(const auto hash, digest.finish());
    RH_TRY(file.write(std::as_bytes(std::span(hash))));
    return file.commit();
  });
}

Result<RoutingTrace::File> RoutingTrace::load(const std::string& path) {
  return guarded("read trace", path, [&]() -> Result<File> {
    RH_ASSIGN(const MappedFile file, MappedFile::open(path));
    const std::span<const std::byte> bytes = file.bytes();
    Reader in(bytes, path);
    char start[8];
    RH_TRY(in.take(start, 8));
    if (std::memcmp(start, magic, 8) != 0) return in.fail("a trace file (RHTRACE1)", "other bytes");
    if (bytes.size() < 8 + 4 + 4 + 32) return in.fail("an end mark", "a cut-off file");
    RH_ASSIGN(const auto digest, sha256(bytes.first(bytes.size() - 32)));
    if (std::memcmp(digest.data(), bytes.data() + bytes.size() - 32, 32) != 0) {
      return Error{ErrorCode::tampered, "read trace", path, "bytes that match their SHA-256", "changed or cut-off bytes"};
    }
    std::uint32_t header_bytes = 0;
    RH_TRY(in.take(&header_bytes, 1));
    if (header_bytes > header_limits.bytes || header_bytes > in.left()) return in.fail("a header within the file", std::to_string(header_bytes) + " bytes");
    std::string header_text(header_bytes, '\0');
    RH_TRY(in.take(header_text.data(), header_bytes));
    RH_ASSIGN(const Json json, parse_json(header_text, path, header_limits));
    RH_ASSIGN(const JsonView header, JsonView::of(json, "the header of " + path));
    RH_ASSIGN(const auto version, number(in, header, "version", 1, 1'000'000));
    if (version != 1) return Error{ErrorCode::unsupported, "read trace", path, "version 1", std::to_string(version)};
    RH_ASSIGN(const auto tokens, number(in, header, "tokens", 0, 1 << 28));
    RH_ASSIGN(const auto prompt, number(in, header, "prompt_tokens", 0, tokens));
    RH_ASSIGN(const auto k, number(in, header, "top_k", 0, 65535));
    RoutingLayout layout;
    RH_ASSIGN(const auto model_layers, number(in, header, "model_layers", 0, 65536));
    layout.model_layers = static_cast<std::int32_t>(model_layers);
    const Json* const rows = header.find("layers");
    if (!rows || !rows->is_array() || rows->size() > 65536) return in.fail("a list of layers", "none");
    for (const Json& element : *rows) {
      RH_ASSIGN(const JsonView row, JsonView::of(element, "a layer in the header of " + path));
      RoutedLayer layer;
      RH_ASSIGN(const auto index, number(in, row, "layer", 0, model_layers - 1));
      RH_ASSIGN(const auto experts, number(in, row, "experts", 1, 65534));
      RH_ASSIGN(const auto top_k, number(in, row, "top_k", 1, experts));
      RH_ASSIGN(const auto shared, number(in, row, "shared", 0, 65534));
      layer.layer = static_cast<std::int32_t>(index);
      layer.experts = static_cast<std::int32_t>(experts);
      layer.top_k = static_cast<std::int32_t>(top_k);
      layer.shared_experts = static_cast<std::int32_t>(shared);
      RH_ASSIGN(layer.score, row.string_or("score", {}));
      layout.layers.push_back(std::move(layer));
    }
    RH_ASSIGN(const bool scores, header.boolean_or("scores", false));
    const auto layers = layout.layers.size(), experts = static_cast<std::size_t>(layout.max_experts());
    std::vector<std::shared_ptr<const TraceChunk>> chunks;
    std::int64_t read = 0;
    while (read < tokens) {
      char mark[4];
      std::uint32_t n = 0;
      RH_TRY(in.take(mark, 4));
      RH_TRY(in.take(&n, 1));
      const auto wanted = static_cast<std::uint32_t>(std::min<std::int64_t>(TraceChunk::tokens, tokens - read));
      if (std::memcmp(mark, "CHNK", 4) != 0 || n != wanted) return in.fail("a chunk of " + std::to_string(wanted) + " tokens", "other bytes");
      const std::size_t per_token = 4 + layers * static_cast<std::size_t>(k) * 6 + (scores ? layers * experts * 4 : 0);
      if (per_token * n > in.left()) return in.fail(std::to_string(per_token * n) + " more bytes", std::to_string(in.left()));
      auto chunk = std::make_shared<TraceChunk>();
      chunk->token_ids.resize(n);
      chunk->ids.resize(n * layers * static_cast<std::size_t>(k));
      chunk->weights.resize(chunk->ids.size());
      if (scores) chunk->scores.resize(n * layers * experts);
      RH_TRY(in.take(chunk->token_ids.data(), n));
      RH_TRY(in.take(chunk->ids.data(), chunk->ids.size()));
      RH_TRY(in.take(chunk->weights.data(), chunk->weights.size()));
      RH_TRY(in.take(chunk->scores.data(), chunk->scores.size()));
      for (std::size_t i = 0; i < chunk->ids.size(); ++i) {
        const auto layer = i / static_cast<std::size_t>(k) % layers;
        const std::uint16_t id = chunk->ids[i];
        if (id != no_expert && id >= layout.layers[layer].experts) return in.fail("an expert of the layer", std::to_string(id));
      }
      chunks.push_back(std::move(chunk));
      read += n;
    }
    char end[4];
    RH_TRY(in.take(end, 4));
    if (std::memcmp(end, "END", 4) != 0 || in.left() != 32) return in.fail("the end mark", "other bytes");

    File result;
    TraceProvenance provenance;
    if (header.contains("provenance")) {
      RH_ASSIGN(const JsonView p, header.object("provenance"));
      for (const auto& [key, text] : {std::pair("model_name", &provenance.model_name), std::pair("model_sha256", &provenance.model_sha256),
                                      std::pair("program", &provenance.program), std::pair("isa", &provenance.isa),
                                      std::pair("edits", &provenance.edits_json), std::pair("adapter", &provenance.adapter)}) {
        RH_ASSIGN(*text, p.string_or(key, {}));
      }
      RH_ASSIGN(provenance.created_unix_ns, p.integer_or("created_unix_ns", 0));
    }
    result.trace = RoutingTrace(std::move(layout), static_cast<int>(k), scores, std::move(chunks), static_cast<int>(tokens),
                                static_cast<int>(prompt), std::move(provenance));
    if (header.contains("texts")) {
      RH_ASSIGN(result.texts, header.strings("texts"));
      if (result.texts.size() > static_cast<std::size_t>(tokens)) {
        return in.fail("at most " + std::to_string(tokens) + " texts", std::to_string(result.texts.size()));
      }
    }
    return result;
  });
}

Status RoutingTrace::write_csv(const TextSink& sink, const std::vector<std::string>& texts) const {
  return guarded("write trace", "CSV", [&]() -> Status {
    if (!provenance_.edits_json.empty()) {
      const auto edits = RoutingEdits::from_json(provenance_.edits_json);
      RH_TRY(sink("# edited routing: " + printable(edits.ok() ? edits->summary() : provenance_.edits_json, 4000) + "\n"));
    }
    RH_TRY(sink("token,token_id,text,layer,rank,expert,weight,score\n"));
    std::string rows;
    for (int t = 0; t < token_count_; ++t) {
      std::string head = std::to_string(t) + ',' + std::to_string(token_id(t)) + ',';
      csv_field(head, static_cast<std::size_t>(t) < texts.size() ? valid_text(texts[static_cast<std::size_t>(t)]) : std::string());
      rows.clear();
      for (int l = 0; l < layer_count(); ++l) {
        const auto experts = ids(t, l);
        const auto w = weights(t, l);
        const auto s = scores(t, l);
        for (std::size_t i = 0; i < experts.size(); ++i) {
          if (experts[i] == no_expert) continue;
          rows += head + ',' + std::to_string(layout_.layers[static_cast<std::size_t>(l)].layer) + ',' + std::to_string(i) + ',' +
                  std::to_string(experts[i]) + ',' + short_float(w[i]) + ',' + (experts[i] < s.size() ? short_float(s[experts[i]]) : "") + '\n';
        }
      }
      RH_TRY(sink(rows));
    }
    return Ok{};
  });
}

Status RoutingTrace::write_json(const TextSink& sink, const std::vector<std::string>& texts) const {
  return guarded("write trace", "JSON", [&]() -> Status {
    // The header's members, and the tokens themselves in place of their number.
    Json header = header_json(*this, {});
    header.erase("tokens");
    std::string head = dump_json(header);
    head.pop_back();
    RH_TRY(sink(head + ",\"tokens\":["));
    for (int t = 0; t < token_count_; ++t) {
      Json token = {{"id", token_id(t)}, {"experts", Json::array()}, {"weights", Json::array()}};
      if (static_cast<std::size_t>(t) < texts.size()) token["text"] = texts[static_cast<std::size_t>(t)];
      for (int l = 0; l < layer_count(); ++l) {
        Json chosen = Json::array(), shares = Json::array();
        const auto experts = ids(t, l);
        for (std::size_t i = 0; i < experts.size(); ++i) {
          if (experts[i] == no_expert) continue;
          chosen.push_back(experts[i]);
          shares.push_back(weights(t, l)[i]);
        }
        token["experts"].push_back(std::move(chosen));
        token["weights"].push_back(std::move(shares));
        if (with_scores_) {
          // JSON has no infinities: a disabled expert's score is null.
          Json all = Json::array();
          for (const float s : scores(t, l)) all.push_back(std::isfinite(s) ? Json(s) : Json());
          token["scores"].push_back(std::move(all));
        }
      }
      RH_TRY(sink((t ? "," : "") + dump_json(token)));
    }
    return sink("]}");
  });
}

}  // namespace roundhouse
