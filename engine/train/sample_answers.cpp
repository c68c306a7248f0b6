// SPDX-License-Identifier: Apache-2.0
#include "engine/train/sample_answers.h"

#include <algorithm>
#include <future>
#include <span>

#include "roundhouse/chat_template.h"
#include "roundhouse/tokenizer.h"

namespace roundhouse {

namespace {

constexpr const char* adapter_place = "trained";

// Weights in the backend while this lives.
class PreparedWeights {
 public:
  PreparedWeights(SharedBackend& backend, std::uint64_t id) : backend_(backend), id_(id) {}
  ~PreparedWeights() {
    const std::lock_guard<std::mutex> guard(backend_.mutex);
    backend_.backend->forget(id_);
  }
  PreparedWeights(const PreparedWeights&) = delete;
  PreparedWeights& operator=(const PreparedWeights&) = delete;

  template <class Weights>
  Status prepare(const Weights& weights) {
    const std::lock_guard<std::mutex> guard(backend_.mutex);
    for (const Weight& weight : weights) RH_TRY(backend_.backend->prepare(id_, weight));
    return Ok{};
  }

 private:
  SharedBackend& backend_;
  const std::uint64_t id_;
};

Result<std::vector<std::int32_t>> prompt_tokens(const std::string& prompt, const ModelText& text) {
  ChatRequest request;
  request.messages = {Message::text(Role::user, prompt)};
  RH_ASSIGN(const RenderedChat rendered, text.chat_template->render(request));
  EncodeOptions options;
  options.parse_special = true;
  options.literal = rendered.literal;
  return text.tokenizer->encode(rendered.text, options);
}

Result<std::vector<std::int32_t>> answer_tokens(ModelRuntime& runtime, const std::shared_ptr<Sequence>& sequence, std::vector<std::int32_t> prompt,
                                                std::int32_t tokens, const Tokenizer& tokenizer) {
  TokenRequest request;
  request.prompt = std::move(prompt);
  request.sampling = SamplingSettings{};
  request.sampling.temperature = 0.0f;
  request.sampling.max_tokens = tokens;
  request.is_end = [&tokenizer](std::int32_t id) { return tokenizer.is_end_of_generation(id); };
  std::promise<TokenResult> finished;
  TokenCallbacks callbacks;
  callbacks.token = [](const DrawnToken&, std::int32_t) { return true; };
  callbacks.finished = [&finished](TokenResult result) { finished.set_value(std::move(result)); };
  RH_TRY(runtime.submit(sequence, std::move(request), std::move(callbacks)));
  TokenResult result = finished.get_future().get();
  if (result.error) return *result.error;
  return std::move(result.tokens);
}

}  // namespace

Result<std::vector<SampleAnswer>> sample_answers(const std::vector<std::string>& prompts, std::int32_t tokens,
                                                 const std::shared_ptr<const TextModel>& model, bool own_weights, const LoraAdapter* adapter,
                                                 const std::shared_ptr<SharedBackend>& backend, std::uint64_t id, const ModelText& text) {
  std::vector<SampleAnswer> answers;
  std::vector<std::vector<std::int32_t>> encoded;
  std::size_t longest = 0;
  for (const std::string& prompt : prompts) {
    RH_ASSIGN(encoded.emplace_back(), prompt_tokens(prompt, text));
    longest = std::max(longest, encoded.back().size());
  }
  PreparedWeights prepared(*backend, id);
  ModelRuntime::Options options;
  options.context_tokens = static_cast<std::int32_t>(std::min<std::size_t>(longest + static_cast<std::size_t>(tokens) + 1, static_cast<std::size_t>(model->spec().context_tokens)));
  options.token_count = text.tokenizer->size();
  if (own_weights) RH_TRY(prepared.prepare(model->weights().all()));
  const bool adapted = adapter && !adapter->empty();
  if (adapted) {
    RH_ASSIGN(AdapterStack stack, AdapterStack::create(*model, std::span(adapter, 1)));
    RH_TRY(prepared.prepare(stack.weights()));
    options.adapter_stack = std::make_shared<const AdapterStack>(std::move(stack));
    options.adapters = {adapter_place};
  }
  const std::int32_t context = options.context_tokens;
  RH_ASSIGN(const auto runtime, ModelRuntime::create(model, backend, std::move(options)));
  for (std::size_t i = 0; i < prompts.size(); ++i) {
    const auto sequence = runtime->create_sequence({context, false, false});
    if (adapted) RH_TRY(runtime->set_adapter(sequence, adapter_place));
    RH_ASSIGN(const std::vector<std::int32_t> drawn, answer_tokens(*runtime, sequence, encoded[i], tokens, *text.tokenizer));
    RH_ASSIGN(std::string answer, text.tokenizer->decode(drawn));
    answers.push_back({prompts[i], std::move(answer)});
  }
  return answers;
}

}  // namespace roundhouse
