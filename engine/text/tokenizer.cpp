// SPDX-License-Identifier: Apache-2.0
#include "roundhouse/tokenizer.h"

#include <algorithm>
#include <array>
#include <deque>
#include <limits>
#include <unordered_map>

#include "engine/base/printable.h"
#include "engine/text/bpe.h"
#include "engine/text/byte_alphabet.h"
#include "engine/text/normalize.h"
#include "engine/text/pre_tokenizer.h"
#include "engine/text/special_tokens.h"
#include "engine/text/utf8.h"

namespace roundhouse {
namespace {

using text::Symbol;

constexpr std::size_t max_vocabulary = 4'000'000;

// Ends of a turn or of the text by the names models give them; metadata often states only one of several.
constexpr std::string_view end_names[] = {
    "<|eot_id|>", "<|eom_id|>", "<|im_end|>", "<|end|>", "<|endoftext|>", "<|end_of_text|>", "<end_of_turn>", "<turn|>",
    "<|return|>", "<|call|>", "<|END_OF_TURN_TOKEN|>", "<EOT>", "[EOT]", "</s>", "<eos>",
};

Error bad_spec(ErrorCode code, std::string object, std::string expected, std::string received) {
  return Error{code, "create tokenizer", std::move(object), std::move(expected), std::move(received)};
}

}  // namespace

const char* token_type_name(TokenType type) {
  switch (type) {
    case TokenType::normal: return "normal";
    case TokenType::unknown: return "unknown";
    case TokenType::control: return "control";
    case TokenType::user_defined: return "user_defined";
    case TokenType::unused: return "unused";
    case TokenType::byte: return "byte";
  }
  return "normal";
}

struct Tokenizer::Impl {
  TokenizerSpec spec;
  text::PreTokenizer pre;
  std::unordered_map<std::string_view, Symbol> symbols;  // by text, for merging; views into spec.tokens and extra
  std::unordered_map<std::string_view, Symbol> control_ids;  // the same of control and unknown tokens
  std::deque<std::string> extra;                         // symbols that only merges know: id - vocabulary size
  text::BpeMerges merges;
  text::SpecialTokens specials;
  std::array<Symbol, 256> byte_symbols{};
  std::string all_bytes;                                 // token_bytes of all tokens, one after the other
  std::vector<std::uint32_t> byte_ends;                  // [vocabulary]
  std::vector<TokenId> ends;                             // sorted
  std::vector<std::uint8_t> missing;

  explicit Impl(text::PreTokenizer pre_tokenizer) : pre(std::move(pre_tokenizer)) {}

  TokenType type(std::size_t id) const { return spec.types.empty() ? TokenType::normal : spec.types[id]; }
  Symbol symbol(std::string written) {
    if (const auto known = symbols.find(written); known != symbols.end()) return known->second;
    extra.push_back(std::move(written));
    const auto id = static_cast<Symbol>(spec.tokens.size() + extra.size() - 1);
    symbols.emplace(extra.back(), id);
    return id;
  }

  Status check_spec() const;
  Status index_vocabulary();
  Status index_merges();
  void index_special();

  void encode_word(std::string_view word, std::vector<Symbol>& symbols_scratch, text::BpeMerges::Scratch& scratch,
                   std::vector<TokenId>& out) const;
  Status encode_plain(std::string_view plain, std::vector<TokenId>& out) const;
};

Status Tokenizer::Impl::check_spec() const {
  const std::size_t size = spec.tokens.size();
  if (spec.model != "gpt2") {
    return bad_spec(ErrorCode::unsupported, "tokenizer model", "\"gpt2\" (byte-level byte-pair encoding)", printable(spec.model));
  }
  if (size == 0 || size > max_vocabulary) {
    return bad_spec(ErrorCode::malformed, "vocabulary", "1 to " + std::to_string(max_vocabulary) + " tokens", std::to_string(size));
  }
  const auto same_length = [size](const char* what, std::size_t length) -> Status {
    if (length == 0 || length == size) return Ok{};
    return bad_spec(ErrorCode::malformed, what, std::to_string(size) + " entries, one a token", std::to_string(length));
  };
  RH_TRY(same_length("token types", spec.types.size()));
  RH_TRY(same_length("token scores", spec.scores.size()));
  const auto inside = [size](const char* what, const std::optional<TokenId>& id) -> Status {
    if (!id || (*id >= 0 && static_cast<std::size_t>(*id) < size)) return Ok{};
    return bad_spec(ErrorCode::out_of_range, what, "an id below " + std::to_string(size), std::to_string(*id));
  };
  RH_TRY(inside("BOS token", spec.bos));
  RH_TRY(inside("EOS token", spec.eos));
  RH_TRY(inside("unknown token", spec.unk));
  RH_TRY(inside("padding token", spec.pad));
  for (const TokenId id : spec.eog) RH_TRY(inside("end-of-generation token", id));
  if (spec.add_bos && !spec.bos) return bad_spec(ErrorCode::malformed, "BOS token", "an id, since it is to be added", "none");
  if (spec.add_eos && !spec.eos) return bad_spec(ErrorCode::malformed, "EOS token", "an id, since it is to be added", "none");
  return Ok{};
}

Status Tokenizer::Impl::index_vocabulary() {
  const auto& alphabet = text::ByteAlphabet::instance();
  symbols.reserve(spec.tokens.size());
  byte_ends.reserve(spec.tokens.size());
  std::size_t total = 0;
  for (const std::string& token : spec.tokens) total += token.size();
  if (total > std::numeric_limits<std::uint32_t>::max()) {
    return bad_spec(ErrorCode::limit, "vocabulary", "less than 4 GiB of text", std::to_string(total) + " bytes");
  }
  for (std::size_t id = 0; id < spec.tokens.size(); ++id) {
    const std::string& token = spec.tokens[id];
    // Control tokens are no symbols, so that no merge of plain text can become one. Of two tokens with the same text
    // the first counts.
    const bool control = type(id) == TokenType::control || type(id) == TokenType::unknown;
    (control ? control_ids : symbols).emplace(token, static_cast<Symbol>(id));
    const bool written_in_bytes = type(id) == TokenType::normal || type(id) == TokenType::unused;
    if (!written_in_bytes || !alphabet.append_bytes(all_bytes, token)) all_bytes += token;
    byte_ends.push_back(static_cast<std::uint32_t>(all_bytes.size()));
  }
  all_bytes.shrink_to_fit();
  for (unsigned byte = 0; byte < 256; ++byte) {
    const std::string letter(alphabet.letter(static_cast<std::uint8_t>(byte)));
    byte_symbols[byte] = symbol(letter);
    const bool is_token = byte_symbols[byte] < spec.tokens.size();
    if (is_token && type(byte_symbols[byte]) == TokenType::user_defined && letter.size() > 1) {
      // This token is the character ("ø"), not the byte that the alphabet writes so.
      extra.push_back(letter);
      byte_symbols[byte] = static_cast<Symbol>(spec.tokens.size() + extra.size() - 1);
    }
    if (byte_symbols[byte] >= spec.tokens.size()) missing.push_back(static_cast<std::uint8_t>(byte));
  }
  return Ok{};
}

Status Tokenizer::Impl::index_merges() {
  if (spec.merges.size() > max_vocabulary) {
    return bad_spec(ErrorCode::limit, "merges", "at most " + std::to_string(max_vocabulary), std::to_string(spec.merges.size()));
  }
  merges.reserve(spec.merges.size());
  for (std::size_t rank = 0; rank < spec.merges.size(); ++rank) {
    const std::string& merge = spec.merges[rank];
    const std::size_t space = merge.find(' ', 1);
    if (space == std::string::npos || space + 1 >= merge.size()) {
      return bad_spec(ErrorCode::malformed, "merge " + std::to_string(rank), "two parts with a space between",
                      printable(merge, 40));
    }
    const Symbol left = symbol(merge.substr(0, space));
    const Symbol right = symbol(merge.substr(space + 1));
    const Symbol merged = symbol(merge.substr(0, space) + merge.substr(space + 1));
    merges.add(left, right, static_cast<std::uint32_t>(rank), merged);
  }
  return Ok{};
}

void Tokenizer::Impl::index_special() {
  ends = spec.eog;
  if (spec.eos) ends.push_back(*spec.eos);
  // Where these two exist (the Harmony format), <|end|> only closes one message of several.
  const bool harmony = control_ids.count("<|return|>") > 0 && control_ids.count("<|call|>") > 0;
  for (std::size_t id = 0; id < spec.tokens.size(); ++id) {
    const TokenType kind = type(id);
    if (kind != TokenType::control && kind != TokenType::unknown && kind != TokenType::user_defined) continue;
    const std::string_view name = spec.tokens[id];
    specials.add(name, static_cast<TokenId>(id), kind != TokenType::user_defined);
    const bool named_end = std::find(std::begin(end_names), std::end(end_names), name) != std::end(end_names);
    if (named_end && !(harmony && name == "<|end|>")) ends.push_back(static_cast<TokenId>(id));
  }
  std::sort(ends.begin(), ends.end());
  ends.erase(std::unique(ends.begin(), ends.end()), ends.end());
}

void Tokenizer::Impl::encode_word(std::string_view word, std::vector<Symbol>& parts, text::BpeMerges::Scratch& scratch,
                                  std::vector<TokenId>& out) const {
  parts.clear();
  if (spec.ignore_merges) {
    std::string written;
    for (const char c : word) written += text::ByteAlphabet::instance().letter(static_cast<std::uint8_t>(c));
    const auto whole = symbols.find(written);
    if (whole != symbols.end() && whole->second < spec.tokens.size()) {
      out.push_back(static_cast<TokenId>(whole->second));
      return;
    }
  }
  for (const char c : word) parts.push_back(byte_symbols[static_cast<unsigned char>(c)]);
  merges.merge(parts, scratch);
  for (const Symbol part : parts) {
    if (part < spec.tokens.size()) {
      out.push_back(static_cast<TokenId>(part));
      continue;
    }
    // A string the vocabulary lacks: its bytes, as far as they are tokens.
    std::string bytes;
    text::ByteAlphabet::instance().append_bytes(bytes, extra[part - spec.tokens.size()]);
    for (const char c : bytes) {
      const Symbol byte = byte_symbols[static_cast<unsigned char>(c)];
      if (byte < spec.tokens.size()) out.push_back(static_cast<TokenId>(byte));
    }
  }
}

Status Tokenizer::Impl::encode_plain(std::string_view plain, std::vector<TokenId>& out) const {
  std::string composed;
  if (spec.normalize_nfc && !text::is_ascii(plain)) {
    composed = text::normalize_nfc(plain);
    plain = composed;
  }
  std::vector<std::size_t> word_ends;
  RH_TRY(pre.split(plain, word_ends));
  std::vector<Symbol> parts;
  text::BpeMerges::Scratch scratch;
  std::size_t begin = 0;
  for (const std::size_t end : word_ends) {
    encode_word(plain.substr(begin, end - begin), parts, scratch, out);
    begin = end;
  }
  return Ok{};
}

Tokenizer::Tokenizer(std::unique_ptr<const Impl> impl) : impl_(std::move(impl)) {}
Tokenizer::~Tokenizer() = default;

Result<std::shared_ptr<const Tokenizer>> Tokenizer::create(TokenizerSpec spec) {
  const bool custom = !spec.pre_expressions.empty();
  RH_ASSIGN(auto pre, custom ? text::PreTokenizer::create(spec.pre_expressions) : text::PreTokenizer::named(spec.pre));
  if (custom) spec.pre = "custom";
  auto impl = std::make_unique<Impl>(std::move(pre));
  impl->spec = std::move(spec);
  RH_TRY(impl->check_spec());
  RH_TRY(impl->index_vocabulary());
  RH_TRY(impl->index_merges());
  impl->index_special();
  // The merges are in the table now; the strings would only take room.
  impl->spec.merges = {};
  impl->spec.scores = {};
  return std::shared_ptr<const Tokenizer>(new Tokenizer(std::move(impl)));
}

std::vector<std::string> Tokenizer::known_pre_tokenizers() { return text::PreTokenizer::names(); }

Result<std::vector<TokenId>> Tokenizer::encode(std::string_view input, const EncodeOptions& options) const {
  std::vector<TokenId> ids;
  if (options.add_special && impl_->spec.add_bos) ids.push_back(*impl_->spec.bos);

  std::string prefixed;
  std::size_t shift = 0;
  if (impl_->spec.add_space_prefix && !input.empty() && input[0] != ' ') {
    prefixed.append(1, ' ').append(input);
    input = prefixed;
    shift = 1;
  }
  // Matches are asked for from left to right, so the literal spans are walked once.
  auto literal = options.literal.begin();
  const auto allowed = [&](std::size_t begin, std::size_t end) {
    begin = begin < shift ? 0 : begin - shift;
    end -= shift;
    while (literal != options.literal.end() && literal->end <= begin) ++literal;
    for (auto span = literal; span != options.literal.end() && span->begin < end; ++span) {
      if (span->end > begin && span->end > span->begin) return false;
    }
    return true;
  };
  for (std::size_t at = 0; at < input.size();) {
    const auto match = impl_->specials.find(input, at, options.parse_special, allowed);
    const std::size_t plain_end = match.found() ? match.begin : input.size();
    if (plain_end > at) RH_TRY(impl_->encode_plain(input.substr(at, plain_end - at), ids));
    if (!match.found()) break;
    ids.push_back(match.id);
    at = match.end;
  }
  if (options.add_special && impl_->spec.add_eos) ids.push_back(*impl_->spec.eos);
  return ids;
}

Result<std::string> Tokenizer::decode(const std::vector<TokenId>& ids, bool show_special) const {
  Detokenizer detokenizer(*this, {show_special});
  std::string out;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (!contains(ids[i])) {
      return Error{ErrorCode::out_of_range, "decode tokens", "token " + std::to_string(i),
                   "an id below " + std::to_string(size()), std::to_string(ids[i])};
    }
    out += detokenizer.push(ids[i]);
  }
  return out + detokenizer.flush();
}

std::int32_t Tokenizer::size() const { return static_cast<std::int32_t>(impl_->spec.tokens.size()); }

std::string_view Tokenizer::token_bytes(TokenId id) const {
  const auto index = static_cast<std::size_t>(id);
  const std::uint32_t begin = index == 0 ? 0 : impl_->byte_ends[index - 1];
  return std::string_view(impl_->all_bytes).substr(begin, impl_->byte_ends[index] - begin);
}

std::string_view Tokenizer::token_text(TokenId id) const { return impl_->spec.tokens[static_cast<std::size_t>(id)]; }
TokenType Tokenizer::token_type(TokenId id) const { return impl_->type(static_cast<std::size_t>(id)); }

bool Tokenizer::is_special(TokenId id) const {
  const TokenType kind = token_type(id);
  return kind == TokenType::control || kind == TokenType::unknown;
}

bool Tokenizer::is_end_of_generation(TokenId id) const {
  return std::binary_search(impl_->ends.begin(), impl_->ends.end(), id);
}

std::optional<TokenId> Tokenizer::find(std::string_view vocabulary_text) const {
  if (const auto control = impl_->control_ids.find(vocabulary_text); control != impl_->control_ids.end()) {
    return static_cast<TokenId>(control->second);
  }
  const auto found = impl_->symbols.find(vocabulary_text);
  if (found == impl_->symbols.end() || found->second >= impl_->spec.tokens.size()) return std::nullopt;
  return static_cast<TokenId>(found->second);
}

const std::vector<TokenId>& Tokenizer::end_of_generation() const { return impl_->ends; }
std::optional<TokenId> Tokenizer::bos() const { return impl_->spec.bos; }
std::optional<TokenId> Tokenizer::eos() const { return impl_->spec.eos; }
bool Tokenizer::adds_bos() const { return impl_->spec.add_bos; }
const std::string& Tokenizer::model_name() const { return impl_->spec.model; }
const std::string& Tokenizer::pre_tokenizer_name() const { return impl_->spec.pre; }
const std::vector<std::uint8_t>& Tokenizer::missing_bytes() const { return impl_->missing; }

std::uint64_t Tokenizer::memory_bytes() const {
  std::uint64_t bytes = impl_->all_bytes.capacity() + impl_->byte_ends.capacity() * sizeof(std::uint32_t) + impl_->merges.memory_bytes();
  for (const std::string& token : impl_->spec.tokens) bytes += sizeof(token) + (token.size() > 15 ? token.size() + 1 : 0);
  bytes += impl_->symbols.size() * (sizeof(std::string_view) + sizeof(Symbol) + 3 * sizeof(void*));
  return bytes;
}

}  // namespace roundhouse
