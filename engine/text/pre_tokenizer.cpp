// SPDX-License-Identifier: Apache-2.0
#include "engine/text/pre_tokenizer.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "engine/base/printable.h"
#include "engine/text/utf8.h"

namespace roundhouse::text {
namespace {

// Unicode's White_Space, as the reference implementations read \s. (PCRE2's own \s adds U+180E.)
constexpr std::string_view white_space =
    R"(\x{9}-\x{D}\x{20}\x{85}\x{A0}\x{1680}\x{2000}-\x{200A}\x{2028}\x{2029}\x{202F}\x{205F}\x{3000})";

// The expressions as the models' tokenizer.json files give them.
constexpr const char* digit = R"(\p{N})";
constexpr const char* gpt2 = R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";
constexpr const char* llama3 =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr const char* qwen2 =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr const char* line_break = R"([\r\n])";
constexpr const char* han_and_hangul = R"([\x{4E00}-\x{9FA5}\x{800}-\x{4E00}\x{AC00}-\x{D7FF}]+)";
// Letters with case as DeepSeek LLM counts them.
constexpr const char* deepseek_letters =
    R"(\s?[A-Za-z\x{B5}\x{C0}-\x{D6}\x{D8}-\x{F6}\x{F8}-\x{1BA}\x{1BC}-\x{1BF}\x{1C4}-\x{293}\x{295}-\x{2AF})"
    R"(\x{370}-\x{373}\x{376}\x{377}\x{37B}-\x{37D}\x{37F}\x{386}\x{388}-\x{38A}\x{38C}\x{38E}-\x{3A1}\x{3A3}-\x{3F5})"
    R"(\x{3F7}-\x{481}\x{48A}-\x{52F}\x{531}-\x{556}\x{10A0}-\x{10C5}\x{13A0}-\x{13F5}\x{13F8}-\x{13FD})"
    R"(\x{1C90}-\x{1CBA}\x{1CBD}-\x{1CBF}\x{1D00}-\x{1D2B}\x{1D6B}-\x{1D77}\x{1D79}-\x{1D9A}\x{1E00}-\x{1F15})"
    R"(\x{1F18}-\x{1F1D}\x{1F20}-\x{1F45}\x{1F48}-\x{1F4D}\x{1F50}-\x{1F57}\x{1F59}\x{1F5B}\x{1F5D}\x{1F5F}-\x{1F7D})"
    R"(\x{1F80}-\x{1FB4}\x{1FB6}-\x{1FBC}\x{1FBE}\x{1FC2}-\x{1FC4}\x{1FC6}-\x{1FCC}\x{1FD0}-\x{1FD3}\x{1FD6}-\x{1FDB})"
    R"(\x{1FE0}-\x{1FEC}\x{1FF2}-\x{1FF4}\x{1FF6}-\x{1FFC}\x{2102}\x{2107}\x{210A}-\x{2113}\x{2115}\x{2119}-\x{211D})"
    R"(\x{2124}\x{2126}\x{2128}\x{212A}-\x{212D}\x{212F}-\x{2134}\x{2139}\x{213C}-\x{213F}\x{2145}-\x{2149}\x{214E})"
    R"(\x{2183}\x{2184}\x{2C00}-\x{2C7B}\x{2C7E}-\x{2CE4}\x{2CEB}-\x{2CEE}\x{2CF2}\x{2CF3}\x{A640}-\x{A66D})"
    R"(\x{A680}-\x{A69B}\x{A722}-\x{A76F}\x{A771}-\x{A787}\x{A78B}-\x{A78E}\x{AB70}-\x{ABBF}\x{FB00}-\x{FB06})"
    R"(\x{FB13}-\x{FB17}\x{FF21}-\x{FF3A}\x{FF41}-\x{FF5A}\x{10400}-\x{1044F}\x{104B0}-\x{104D3}\x{104D8}-\x{104FB})"
    R"(\x{10C80}-\x{10CB2}\x{10CC0}-\x{10CF2}\x{118A0}-\x{118DF}\x{1E900}-\x{1E943}]+)";
constexpr const char* deepseek_marks = R"(\s?[!-/:-~\x{FF01}-\x{FF0F}\x{FF1A}-\x{FF5E}\x{2018}-\x{201F}\x{3000}-\x{3002}]+)";
constexpr const char* up_to_three_digits = R"(\p{N}{1,3})";
constexpr const char* han_and_kana = R"([\x{4E00}-\x{9FA5}\x{3040}-\x{309F}\x{30A0}-\x{30FF}]+)";
constexpr const char* deepseek3 =
    R"([!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";

struct NamedChain {
  const char* name;
  std::array<const char*, 6> expressions;
};
constexpr NamedChain named_chains[] = {
    {"gpt-2", {gpt2}},
    {"gpt2", {gpt2}},
    {"olmo", {gpt2}},
    {"smollm", {digit, gpt2}},
    {"starcoder", {digit, gpt2}},
    {"refact", {digit, gpt2}},
    {"command-r", {digit, gpt2}},
    {"llama-bpe", {llama3}},
    {"llama3", {llama3}},
    {"llama-v3", {llama3}},
    {"dbrx", {llama3}},
    {"smaug-bpe", {llama3}},
    {"glm4", {llama3}},
    {"qwen2", {qwen2}},
    {"stablelm2", {qwen2}},
    {"deepseek-llm", {line_break, deepseek_letters, deepseek_marks, R"(\s+$)", han_and_hangul, R"(\p{N}+)"}},
    {"deepseek-coder", {line_break, R"(\s?\p{L}+)", R"(\s?\p{P}+)", han_and_hangul, digit}},
    {"deepseek-v3", {up_to_three_digits, han_and_kana, deepseek3}},
};

// \s and \S written out; everything else as it stands. Inside a class \S cannot be written out and stays PCRE2's.
std::string with_unicode_white_space(std::string_view expression) {
  std::string out;
  bool in_class = false;
  for (std::size_t i = 0; i < expression.size(); ++i) {
    const char c = expression[i];
    if (c == '\\' && i + 1 < expression.size()) {
      const char next = expression[++i];
      if (next == 's') {
        out.append(in_class ? "" : "[").append(white_space).append(in_class ? "" : "]");
      } else if (next == 'S' && !in_class) {
        out.append("[^").append(white_space).append("]");
      } else {
        out.push_back(c);
        out.push_back(next);
      }
      continue;
    }
    if (c == '[' && !in_class) {
      in_class = true;
    } else if (c == ']' && in_class) {
      in_class = false;
    }
    out.push_back(c);
  }
  return out;
}

struct FreeCode { void operator()(pcre2_code* code) const { pcre2_code_free(code); } };
struct FreeMatch { void operator()(pcre2_match_data* data) const { pcre2_match_data_free(data); } };
struct FreeMatchContext { void operator()(pcre2_match_context* context) const { pcre2_match_context_free(context); } };
struct FreeCompileContext { void operator()(pcre2_compile_context* context) const { pcre2_compile_context_free(context); } };
struct FreeStack { void operator()(pcre2_jit_stack* stack) const { pcre2_jit_stack_free(stack); } };

// Bounds one search. The built-in expressions need a few steps a character.
constexpr std::uint32_t match_limit = 10'000'000;
constexpr std::uint32_t heap_limit_kib = 64 * 1024;
constexpr std::size_t max_expression_bytes = 64 * 1024;

std::string pcre2_text(int code) {
  PCRE2_UCHAR buffer[160];
  pcre2_get_error_message(code, buffer, sizeof buffer);
  return reinterpret_cast<const char*>(buffer);
}

}  // namespace

struct PreTokenizer::Expression {
  std::string written;
  std::unique_ptr<pcre2_code, FreeCode> code;
  bool jit = false;
};

PreTokenizer::PreTokenizer() = default;
PreTokenizer::PreTokenizer(PreTokenizer&&) noexcept = default;
PreTokenizer& PreTokenizer::operator=(PreTokenizer&&) noexcept = default;
PreTokenizer::~PreTokenizer() = default;

Result<PreTokenizer> PreTokenizer::create(const std::vector<std::string>& expressions) {
  PreTokenizer result;
  for (const std::string& written : expressions) {
    const auto bad = [&written](ErrorCode code, std::string expected, std::string received) {
      return Error{code, "compile pre-tokenizer expression", printable(written, 80), std::move(expected), std::move(received)};
    };
    if (written.size() > max_expression_bytes) {
      return bad(ErrorCode::limit, "at most " + std::to_string(max_expression_bytes) + " bytes", std::to_string(written.size()));
    }
    const std::string expanded = with_unicode_white_space(written);
    std::unique_ptr<pcre2_compile_context, FreeCompileContext> context(pcre2_compile_context_create(nullptr));
    if (!context) return bad(ErrorCode::out_of_memory, "", "");
    pcre2_set_parens_nest_limit(context.get(), 100);
    int error = 0;
    PCRE2_SIZE at = 0;
    // No callouts and no \C; recursion and lookbehind stay bounded by the match limits.
    pcre2_code* code = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(expanded.data()), expanded.size(),
                                     PCRE2_UTF | PCRE2_UCP | PCRE2_NEVER_BACKSLASH_C, &error, &at, context.get());
    if (code == nullptr) {
      return bad(ErrorCode::malformed, "a regular expression", pcre2_text(error) + " at offset " + std::to_string(at));
    }
    auto compiled = std::make_unique<Expression>();
    compiled->written = written;
    compiled->code.reset(code);
    compiled->jit = pcre2_jit_compile(code, PCRE2_JIT_COMPLETE) == 0;
    result.chain_.push_back(std::move(compiled));
  }
  return result;
}

Result<PreTokenizer> PreTokenizer::named(std::string_view name) {
  for (const NamedChain& chain : named_chains) {
    if (name != chain.name) continue;
    std::vector<std::string> expressions;
    for (const char* expression : chain.expressions) {
      if (expression != nullptr) expressions.emplace_back(expression);
    }
    return create(expressions);
  }
  std::string known;
  for (const NamedChain& chain : named_chains) known.append(known.empty() ? "" : ", ").append(chain.name);
  return Error{ErrorCode::unsupported, "create tokenizer", "pre-tokenizer", "one of " + known, printable(name)};
}

std::vector<std::string> PreTokenizer::names() {
  std::vector<std::string> names;
  for (const NamedChain& chain : named_chains) names.emplace_back(chain.name);
  return names;
}

Status PreTokenizer::split(std::string_view text, std::vector<std::size_t>& ends) const {
  if (text.empty()) return Ok{};
  // Well-formed stretches are cut by the expressions, the rest stands alone.
  std::vector<std::size_t> pieces, cut;
  std::vector<std::uint8_t> matchable;  // per piece
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t valid_end = utf8_valid_end(text, at);
    if (valid_end > at) pieces.push_back(at = valid_end), matchable.push_back(1);
    const std::size_t broken_begin = at;
    while (at < text.size()) {
      const Utf8Step step = utf8_step(text, at);
      if (step.state == Utf8State::ok) break;
      at += step.length;
    }
    if (at > broken_begin) pieces.push_back(at), matchable.push_back(0);
  }

  std::unique_ptr<pcre2_match_context, FreeMatchContext> context(pcre2_match_context_create(nullptr));
  std::unique_ptr<pcre2_jit_stack, FreeStack> stack(pcre2_jit_stack_create(32 * 1024, 8 * 1024 * 1024, nullptr));
  std::unique_ptr<pcre2_match_data, FreeMatch> match(pcre2_match_data_create(1, nullptr));
  if (!context || !stack || !match) return Error{ErrorCode::out_of_memory, "split text", "pre-tokenizer", "", ""};
  pcre2_set_match_limit(context.get(), match_limit);
  pcre2_set_heap_limit(context.get(), heap_limit_kib);
  pcre2_jit_stack_assign(context.get(), nullptr, stack.get());

  // Far beyond what the built-in expressions take, so that only a hostile one meets it.
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10) + std::chrono::microseconds(20 * text.size());
  std::vector<std::uint8_t> cut_matchable;
  for (const auto& expression : chain_) {
    cut.clear();
    cut_matchable.clear();
    std::size_t begin = 0;
    for (std::size_t i = 0; i < pieces.size(); ++i) {
      const std::size_t end = pieces[i];
      if (!matchable[i]) {
        cut.push_back(end), cut_matchable.push_back(0);
        begin = end;
        continue;
      }
      const auto* subject = reinterpret_cast<PCRE2_SPTR>(text.data() + begin);
      const std::size_t length = end - begin;
      std::size_t done = 0, from = 0;
      const auto add = [&](std::size_t local_end) {
        if (local_end > done) cut.push_back(begin + local_end), cut_matchable.push_back(1), done = local_end;
      };
      while (from < length) {
        const int found = expression->jit
            ? pcre2_jit_match(expression->code.get(), subject, length, from, PCRE2_NO_UTF_CHECK, match.get(), context.get())
            : pcre2_match(expression->code.get(), subject, length, from, PCRE2_NO_UTF_CHECK, match.get(), context.get());
        if (found == PCRE2_ERROR_NOMATCH) break;
        const bool late = std::chrono::steady_clock::now() > deadline;
        if (found < 0 || late) {
          return Error{ErrorCode::limit, "split text", "pre-tokenizer expression " + printable(expression->written, 80),
                       "a match within its limits", late ? "no end in sight" : pcre2_text(found)};
        }
        const PCRE2_SIZE* range = pcre2_get_ovector_pointer(match.get());
        const std::size_t match_begin = range[0], match_end = range[1];
        if (match_end <= match_begin || match_begin < from) {  // empty match (or \K): one character on
          from = std::max(from, match_begin);
          if (from < length) from += utf8_step(text, begin + from).length;
          continue;
        }
        add(match_begin);
        add(match_end);
        from = match_end;
      }
      add(length);
      begin = end;
    }
    pieces.swap(cut);
    matchable.swap(cut_matchable);
  }
  ends.insert(ends.end(), pieces.begin(), pieces.end());
  return Ok{};
}

}  // namespace roundhouse::text
