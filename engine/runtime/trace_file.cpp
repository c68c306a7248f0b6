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
#include <fstream>
#include <nlohmann/json.hpp>

#include "engine/base/sha256.h"
#include "engine/io/atomic_file.h"
#include "engine/io/mapped_file.h"
#include "roundhouse/trace.h"

namespace roundhouse {

namespace {

using Json = nlohmann::json;
constexpr std::size_t max_header_bytes = std::size_t{256} << 20;
constexpr char magic[9] = "RHTRACE1";

template <class T>
void append(std::string& out, const T* values, std::size_t count) {
  out.append(reinterpret_cast<const char*>(values), count * sizeof(T));
}

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

std::string dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

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

Result<std::int64_t> number(const Reader& in, const Json& object, const char* key, std::int64_t low, std::int64_t high) {
  const auto it = object.find(key);
  if (it == object.end() || !it->is_number_integer()) return in.fail(std::string("an integer \"") + key + "\"", "none");
  const auto value = it->get<std::int64_t>();
  if (value < low || value > high) return in.fail(std::string(key) + " from " + std::to_string(low) + " to " + std::to_string(high), std::to_string(value));
  return value;
}

std::string text(const Json& object, const char* key) {
  const auto it = object.find(key);
  return it != object.end() && it->is_string() ? it->get<std::string>() : std::string();
}

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
  std::string out(magic, 8);
  const std::string header = dump(header_json(*this, texts));
  const auto header_bytes = static_cast<std::uint32_t>(header.size());
  append(out, &header_bytes, 1);
  out += header;
  const auto layers = static_cast<std::size_t>(layer_count());
  for (int begin = 0; begin < token_count_; begin += TraceChunk::tokens) {
    const auto n = static_cast<std::uint32_t>(std::min(TraceChunk::tokens, token_count_ - begin));
    const TraceChunk& chunk = *chunks_[static_cast<std::size_t>(begin / TraceChunk::tokens)];
    out += "CHNK";
    append(out, &n, 1);
    append(out, chunk.token_ids.data(), n);
    append(out, chunk.ids.data(), n * layers * static_cast<std::size_t>(top_k_));
    append(out, chunk.weights.data(), n * layers * static_cast<std::size_t>(top_k_));
    if (with_scores_) append(out, chunk.scores.data(), n * layers * static_cast<std::size_t>(score_stride_));
  }
  out.append("END", 4);
  RH_ASSIGN(const auto digest, sha256(out));
  append(out, digest.data(), digest.size());
  return write_file_atomically(path, out);
}

Result<RoutingTrace::File> RoutingTrace::load(const std::string& path) {
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
  if (header_bytes > max_header_bytes || header_bytes > in.left()) return in.fail("a header within the file", std::to_string(header_bytes) + " bytes");
  std::string header_text(header_bytes, '\0');
  RH_TRY(in.take(header_text.data(), header_bytes));
  const Json header = Json::parse(header_text, nullptr, false);
  if (!header.is_object()) return in.fail("a JSON object as header", "something else");
  RH_ASSIGN(const auto version, number(in, header, "version", 1, 1'000'000));
  if (version != 1) return Error{ErrorCode::unsupported, "read trace", path, "version 1", std::to_string(version)};
  RH_ASSIGN(const auto tokens, number(in, header, "tokens", 0, 1 << 28));
  RH_ASSIGN(const auto prompt, number(in, header, "prompt_tokens", 0, tokens));
  RH_ASSIGN(const auto k, number(in, header, "top_k", 0, 65535));
  RoutingLayout layout;
  RH_ASSIGN(const auto model_layers, number(in, header, "model_layers", 0, 65536));
  layout.model_layers = static_cast<std::int32_t>(model_layers);
  const Json rows = header.value("layers", Json::array());
  if (!rows.is_array() || rows.size() > 65536) return in.fail("a list of layers", "none");
  for (const Json& row : rows) {
    if (!row.is_object()) return in.fail("layers as objects", "something else");
    RoutedLayer layer;
    RH_ASSIGN(const auto index, number(in, row, "layer", 0, model_layers - 1));
    RH_ASSIGN(const auto experts, number(in, row, "experts", 1, 65534));
    RH_ASSIGN(const auto top_k, number(in, row, "top_k", 1, experts));
    RH_ASSIGN(const auto shared, number(in, row, "shared", 0, 65534));
    layer.layer = static_cast<std::int32_t>(index);
    layer.experts = static_cast<std::int32_t>(experts);
    layer.top_k = static_cast<std::int32_t>(top_k);
    layer.shared_experts = static_cast<std::int32_t>(shared);
    layer.score = text(row, "score");
    layout.layers.push_back(std::move(layer));
  }
  const bool scores = header.contains("scores") && header["scores"] == true;
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
  const Json p = header.value("provenance", Json::object());
  TraceProvenance provenance{text(p, "model_name"), text(p, "model_sha256"), text(p, "program"), text(p, "isa"),
                             text(p, "edits"), text(p, "adapter"), 0};
  if (p.is_object() && p.contains("created_unix_ns") && p["created_unix_ns"].is_number_integer()) {
    provenance.created_unix_ns = p["created_unix_ns"].get<std::int64_t>();
  }
  result.trace = RoutingTrace(std::move(layout), static_cast<int>(k), scores, std::move(chunks), static_cast<int>(tokens),
                              static_cast<int>(prompt), std::move(provenance));
  if (header.contains("texts") && header["texts"].is_array()) {
    if (header["texts"].size() > static_cast<std::size_t>(tokens)) {
      return in.fail("at most " + std::to_string(tokens) + " texts", std::to_string(header["texts"].size()));
    }
    for (const Json& piece : header["texts"]) result.texts.push_back(piece.is_string() ? piece.get<std::string>() : std::string());
  }
  return result;
}

std::string RoutingTrace::to_csv(const std::vector<std::string>& texts) const {
  std::string out = "token,token_id,text,layer,rank,expert,weight,score\n";
  for (int t = 0; t < token_count_; ++t) {
    std::string head = std::to_string(t) + ',' + std::to_string(token_id(t)) + ',';
    csv_field(head, static_cast<std::size_t>(t) < texts.size() ? texts[static_cast<std::size_t>(t)] : std::string());
    for (int l = 0; l < layer_count(); ++l) {
      const auto experts = ids(t, l);
      const auto w = weights(t, l);
      const auto s = scores(t, l);
      for (std::size_t i = 0; i < experts.size(); ++i) {
        if (experts[i] == no_expert) continue;
        out += head + ',' + std::to_string(layout_.layers[static_cast<std::size_t>(l)].layer) + ',' + std::to_string(i) + ',' +
               std::to_string(experts[i]) + ',' + short_float(w[i]) + ',' + (experts[i] < s.size() ? short_float(s[experts[i]]) : "") + '\n';
      }
    }
  }
  return out;
}

std::string RoutingTrace::to_json(const std::vector<std::string>& texts) const {
  Json json = header_json(*this, {});
  Json tokens = Json::array();
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
    tokens.push_back(std::move(token));
  }
  json["tokens"] = std::move(tokens);
  return dump(json);
}

}  // namespace roundhouse
