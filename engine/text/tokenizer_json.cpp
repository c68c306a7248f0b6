// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "engine/base/printable.h"
#include "engine/io/json.h"
#include "engine/text/metadata_source.h"

namespace roundhouse::text {
namespace {

constexpr std::size_t max_tokens = 4'000'000;
constexpr JsonLimits limits{.bytes = std::size_t{256} << 20, .values = std::size_t{1} << 25};

Error failure(ErrorCode code, std::string object, std::string expected, std::string received) {
  return Error{code, "read tokenizer.json", std::move(object), std::move(expected), std::move(received)};
}

// What a reader of an error wants to see of a JSON value.
std::string shown(const Json& value) { return printable(dump_json(value), 60); }

Result<Json> parse(std::string_view bytes, const char* what) {
  RH_ASSIGN(Json json, parse_json(bytes, what, limits));
  if (!json.is_object()) return failure(ErrorCode::malformed, what, "a JSON object", shown(json));
  return json;
}

// The member, or null when absent.
const Json& member(const Json& object, const char* key) {
  static const Json null;
  if (!object.is_object()) return null;
  const auto found = object.find(key);
  return found == object.end() ? null : *found;
}

std::string text_of(const Json& object, const char* key) {
  const Json& value = member(object, key);
  return value.is_string() ? value.get<std::string>() : std::string();
}

// Absent and null mean `otherwise`; anything else must be true or false.
Result<bool> flag(const Json& object, const char* key, bool otherwise = false) {
  const Json& value = member(object, key);
  if (value.is_null()) return otherwise;
  if (!value.is_boolean()) return failure(ErrorCode::malformed, key, "true or false", shown(value));
  return value.get<bool>();
}

Status read_vocabulary(const Json& json, TokenizerSpec& spec) {
  const Json& vocabulary = member(member(json, "model"), "vocab");
  const Json& added = member(json, "added_tokens");
  if (!vocabulary.is_object()) return failure(ErrorCode::malformed, "model.vocab", "an object of token to id", shown(vocabulary));
  const std::size_t most = vocabulary.size() + (added.is_array() ? added.size() : 0);
  if (most > max_tokens) return failure(ErrorCode::limit, "vocabulary", "at most " + std::to_string(max_tokens), std::to_string(most));

  std::vector<bool> known;
  const auto place = [&](const std::string& token, const Json& id, TokenType type) -> Status {
    // Gaps in the ids are allowed as far as the added tokens could fill them with padding.
    if (!id.is_number_unsigned() || id.get<std::uint64_t>() >= most + 65536) {
      return failure(ErrorCode::out_of_range, "id of token " + printable(token, 40),
                     "below " + std::to_string(most + 65536), shown(id));
    }
    const auto index = static_cast<std::size_t>(id.get<std::uint64_t>());
    if (index >= spec.tokens.size()) {
      spec.tokens.resize(index + 1);
      spec.types.resize(index + 1, TokenType::unused);
      known.resize(index + 1);
    }
    spec.tokens[index] = token;
    spec.types[index] = type;
    known[index] = true;
    return Ok{};
  };
  for (const auto& [token, id] : vocabulary.items()) RH_TRY(place(token, id, TokenType::normal));
  if (added.is_array()) {
    for (const Json& entry : added) {
      RH_ASSIGN(const bool special, flag(entry, "special"));
      RH_TRY(place(text_of(entry, "content"), member(entry, "id"), special ? TokenType::control : TokenType::user_defined));
    }
  }
  for (std::size_t id = 0; id < known.size(); ++id) {
    if (!known[id]) spec.tokens[id] = "[unused " + std::to_string(id) + "]";
  }
  return Ok{};
}

Status read_merges(const Json& model, TokenizerSpec& spec) {
  const Json& merges = member(model, "merges");
  if (!merges.is_array()) return failure(ErrorCode::malformed, "model.merges", "an array", shown(merges));
  if (merges.size() > max_tokens) return failure(ErrorCode::limit, "merges", "at most " + std::to_string(max_tokens), std::to_string(merges.size()));
  for (const Json& merge : merges) {
    if (merge.is_string()) {
      spec.merges.push_back(merge.get<std::string>());
    } else if (merge.is_array() && merge.size() == 2 && merge[0].is_string() && merge[1].is_string()) {
      spec.merges.push_back(merge[0].get<std::string>() + " " + merge[1].get<std::string>());
    } else {
      return failure(ErrorCode::malformed, "merge " + std::to_string(spec.merges.size()), "a text or a pair of texts", shown(merge));
    }
  }
  return Ok{};
}

Status read_normalizer(const Json& normalizer, TokenizerSpec& spec) {
  if (normalizer.is_null()) return Ok{};
  const std::string type = text_of(normalizer, "type");
  if (type == "NFC") {
    spec.normalize_nfc = true;
    return Ok{};
  }
  if (type == "Sequence") {
    for (const Json& part : member(normalizer, "normalizers")) RH_TRY(read_normalizer(part, spec));
    return Ok{};
  }
  return failure(ErrorCode::unsupported, "normalizer", "NFC or none", shown(normalizer));
}

// GPT-2's expression, which the ByteLevel component carries in its code.
constexpr const char* byte_level_expression =
    R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";

Status read_pre_tokenizer(const Json& pre, TokenizerSpec& spec) {
  const std::string type = text_of(pre, "type");
  if (type == "Sequence") {
    for (const Json& part : member(pre, "pretokenizers")) RH_TRY(read_pre_tokenizer(part, spec));
    return Ok{};
  }
  if (type == "ByteLevel") {
    RH_ASSIGN(spec.add_space_prefix, flag(pre, "add_prefix_space"));
    RH_ASSIGN(const bool splits, flag(pre, "use_regex", true));
    if (splits) spec.pre_expressions.emplace_back(byte_level_expression);
    return Ok{};
  }
  if (type == "Digits") {
    RH_ASSIGN(const bool each, flag(pre, "individual_digits"));
    spec.pre_expressions.emplace_back(each ? R"(\p{N})" : R"(\p{N}+)");
    return Ok{};
  }
  const std::string expression = text_of(member(pre, "pattern"), "Regex");
  RH_ASSIGN(const bool inverted, flag(pre, "invert"));
  if (type == "Split" && !expression.empty() && text_of(pre, "behavior") == "Isolated" && !inverted) {
    spec.pre_expressions.push_back(expression);
    return Ok{};
  }
  return failure(ErrorCode::unsupported, "pre_tokenizer", "ByteLevel, Digits, isolating Split or a sequence of them", shown(pre));
}

// Whether the template for one text begins or ends with a special token.
void read_post_processor(const Json& post, TokenizerSpec& spec) {
  for (const Json& part : member(post, "processors")) read_post_processor(part, spec);
  const Json& single = member(post, "single");
  if (!single.is_array() || single.size() < 2) return;
  const auto id_of = [&spec](const Json& piece) -> std::optional<TokenId> {
    const std::string name = text_of(member(piece, "SpecialToken"), "id");
    if (name.empty()) return std::nullopt;
    const auto found = std::find(spec.tokens.begin(), spec.tokens.end(), name);
    return found == spec.tokens.end() ? std::nullopt : std::optional<TokenId>(static_cast<TokenId>(found - spec.tokens.begin()));
  };
  if (const auto first = id_of(single.front())) spec.bos = first, spec.add_bos = true;
  if (const auto last = id_of(single.back())) spec.eos = last, spec.add_eos = true;
}

void read_config(const Json& config, TokenizerSpec& spec) {
  // A special token is its text, or an object that holds it.
  const auto id_of = [&](const char* key) -> std::optional<TokenId> {
    const Json& value = member(config, key);
    const std::string name = value.is_string() ? value.get<std::string>() : text_of(value, "content");
    const auto found = name.empty() ? spec.tokens.end() : std::find(spec.tokens.begin(), spec.tokens.end(), name);
    return found == spec.tokens.end() ? std::nullopt : std::optional<TokenId>(static_cast<TokenId>(found - spec.tokens.begin()));
  };
  if (const auto id = id_of("bos_token")) spec.bos = id;
  if (const auto id = id_of("eos_token")) spec.eos = id;
  if (const auto id = id_of("unk_token")) spec.unk = id;
  if (const auto id = id_of("pad_token")) spec.pad = id;
  const Json& chat_template = member(config, "chat_template");
  if (chat_template.is_string()) {
    spec.chat_template = chat_template.get<std::string>();
  } else if (chat_template.is_array()) {  // several by name
    for (const Json& entry : chat_template) {
      if (spec.chat_template.empty() || text_of(entry, "name") == "default") spec.chat_template = text_of(entry, "template");
    }
  }
}

// One id or a list of them; none, and -1, mean no id.
Status read_ends(std::string_view text, const char* file, TokenizerSpec& spec) {
  if (text.empty()) return Ok{};
  RH_ASSIGN(const Json config, parse(text, file));
  const Json& ends = member(config, "eos_token_id");
  if (ends.is_null() || ends == -1) return Ok{};
  for (const Json& id : ends.is_array() ? ends : Json::array({ends})) {
    if (!id.is_number_unsigned() || id.get<std::uint64_t>() >= spec.tokens.size()) {
      return failure(ErrorCode::out_of_range, std::string("eos_token_id in ") + file,
                     "ids below " + std::to_string(spec.tokens.size()), shown(id));
    }
    const auto end = id.get<TokenId>();
    if (std::find(spec.eog.begin(), spec.eog.end(), end) == spec.eog.end()) spec.eog.push_back(end);
  }
  return Ok{};
}

}  // namespace

Result<TokenizerSpec> tokenizer_spec_from_json(const HuggingFaceTexts& texts) {
  RH_ASSIGN(const Json json, parse(texts.tokenizer, "tokenizer.json"));
  const Json& model = member(json, "model");
  const Json& decoder = member(json, "decoder");
  const bool byte_level = text_of(decoder, "type") == "ByteLevel";
  RH_ASSIGN(const bool byte_fallback, flag(model, "byte_fallback"));
  if (text_of(model, "type") != "BPE" || !byte_level || byte_fallback) {
    return failure(ErrorCode::unsupported, "model", "BPE with a ByteLevel decoder",
                   text_of(model, "type") + " with " + (byte_level ? "ByteLevel" : shown(decoder)));
  }
  TokenizerSpec spec;
  spec.model = "gpt2";
  RH_ASSIGN(spec.ignore_merges, flag(model, "ignore_merges"));
  RH_TRY(read_vocabulary(json, spec));
  RH_TRY(read_merges(model, spec));
  RH_TRY(read_normalizer(member(json, "normalizer"), spec));
  RH_TRY(read_pre_tokenizer(member(json, "pre_tokenizer"), spec));
  if (spec.pre_expressions.empty()) spec.pre_expressions.emplace_back(R"([\s\S]+)");  // the text as one word
  read_post_processor(member(json, "post_processor"), spec);
  if (!texts.tokenizer_config.empty()) {
    RH_ASSIGN(const Json config, parse(texts.tokenizer_config, "tokenizer_config.json"));
    read_config(config, spec);
  }
  if (!texts.chat_template.empty()) spec.chat_template = texts.chat_template;
  RH_TRY(read_ends(texts.generation_config, "generation_config.json", spec));
  RH_TRY(read_ends(texts.model_config, "config.json", spec));
  return spec;
}

}  // namespace roundhouse::text
