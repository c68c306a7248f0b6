// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <utility>

#include "app/cli/generation.h"
#include "app/cli/json_text.h"
#include "app/cli/options.h"
#include "plugins/host/tool_invocation.h"

namespace roundhouse::cli {
namespace {

struct ChatOptions : CommandOptions {
  ModelOptions model;
  SamplingOptions sampling;
  RoutingOptions routing;
  std::string system;
};

constexpr const char* help_text =
    "/help            this\n"
    "/system TEXT     set the system message and begin anew; without TEXT: none\n"
    "/clear           begin anew\n"
    "/again           answer the last message again\n"
    "/exit            end (so does the end of the input)\n"
    "/TOOL ...        call a plugin's tool; its result goes to the model with the next message\n"
    "//...            a message that begins with a slash\n"
    "A line that ends with \\ goes on in the next one. Ctrl+C stops an answer.\n";

class Chat {
 public:
  Chat(Cli& cli, const ChatOptions& options, std::shared_ptr<Model> model, SamplingSettings sampling)
      : cli_(cli), options_(options), model_(std::move(model)), sampling_(std::move(sampling)), system_(options.system) {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    conversation_ = fmt::format("cli-{}-{}", std::chrono::duration_cast<std::chrono::milliseconds>(now).count(), ::getpid());
  }

  Result<int> run(const RoutingEdits& edits) {
    SessionOptions session_options;
    session_options.conversation = conversation_;
    session_options.trace = false;
    RH_ASSIGN(session_, start_session(*model_, session_options));
    RH_TRY(apply_edits(*session_, options_.routing, edits));
    begin_anew();
    const bool terminal = cli_.in.is_terminal() && cli_.out.is_terminal();
    if (terminal && !options_.json) {
      RH_TRY(cli_.out.write(fmt::format("{} ({}). /help for help.\n", terminal_safe(model_->info().name), bytes_text(model_->info().file_bytes))));
    }
    for (;;) {
      if (terminal && !options_.json) RH_TRY(cli_.out.write("> "));
      auto typed = read_message();
      if (!typed.ok()) {
        // Ctrl+C at the prompt ends the chat.
        if (typed.error().code == ErrorCode::cancelled) return cli_.interrupt.exit_code();
        return std::move(typed).error();
      }
      if (!*typed) return failed_ ? exit_failed : exit_ok;
      RH_ASSIGN(const bool go_on, handle(**typed));
      if (!go_on) return failed_ ? exit_failed : exit_ok;
    }
  }

 private:
  Result<std::optional<std::string>> read_message() {
    const Interrupt::Scope scope(cli_.interrupt, [] {});
    std::string message;
    for (;;) {
      RH_ASSIGN(const std::optional<std::string> line, cli_.in.line());
      if (!line) return message.empty() ? std::optional<std::string>() : std::optional(message);
      message += *line;
      if (message.empty() || message.back() != '\\') return std::optional(message);
      message.back() = '\n';
    }
  }

  void begin_anew() {
    messages_.clear();
    tool_results_.clear();
    if (!system_.empty()) messages_.push_back(Message::text(Role::system, system_));
  }

  // False: the end.
  Result<bool> handle(const std::string& typed) {
    if (typed.find_first_not_of(" \t\r\n") == std::string::npos) return true;
    if (const Status valid = require_utf8("message", typed); !valid.ok()) return tell(valid.error());
    const std::string word = typed.substr(0, typed.find_first_of(" \t\n"));
    if (word == "/exit" || word == "/quit") return false;
    if (word == "/help") {
      cli_.note("\n" + std::string(help_text));
    } else if (word == "/clear") {
      begin_anew();
    } else if (word == "/system") {
      const std::size_t text = typed.find_first_not_of(" \t\n", word.size());
      system_ = text == std::string::npos ? "" : typed.substr(text);
      begin_anew();
    } else if (word == "/again") {
      std::vector<Message> asked = messages_;
      while (!asked.empty() && asked.back().role == Role::assistant) asked.pop_back();
      if (asked.empty() || asked.back().role != Role::user) {
        return tell(Error{ErrorCode::invalid_argument, "answer again", "conversation", "a message to answer", "none"});
      }
      return answer(std::move(asked));
    } else {
      return message_or_tool(typed, word);
    }
    return true;
  }

  Result<bool> message_or_tool(const std::string& typed, const std::string& word) {
    // A plugin is loaded when its tool is first called.
    if (word.size() > 1 && word[0] == '/' && word[1] != '/') {
      const Status started = cli_.plugins().start_owner(plugins::PluginManager::Kind::tool, word.substr(1));
      if (!started.ok() && started.error().code != ErrorCode::not_found) return tell(started.error());
    }
    const auto input = plugins::parse_tool_input(typed, known_tools(), "");
    if (!input.ok()) return tell(input.error());
    if (!input->call) {
      Message message{Role::user, {}};
      message.parts = std::exchange(tool_results_, {});
      message.parts.push_back(Part{TextPart{input->message}, {}});
      std::vector<Message> asked = messages_;
      asked.push_back(std::move(message));
      return answer(std::move(asked));
    }
    const CancelToken cancel;
    const Interrupt::Scope scope(cli_.interrupt, [cancel] { cancel.cancel(); });
    const auto result = cli_.plugins().call_tool(*input->call, conversation_, cancel);
    cli_.interrupt.reset();
    if (!result.ok()) return tell(result.error());
    Part part{FilePart{typed, "text/plain", result->content}, {}};
    part.origin.source = "/" + result->name;
    tool_results_.push_back(std::move(part));
    if (!options_.json) {
      RH_TRY(write(plugins::tool_result_text(*result)));
      return true;
    }
    Json json = {{"tool", result->name}, {"content", result->content}, {"citations", Json::array()}};
    for (const Citation& citation : result->citations) {
      json["citations"].push_back({{"source", citation.source}, {"locator", citation.locator}, {"quote", citation.quote}});
    }
    RH_TRY(cli_.out.write(to_text(json) + "\n"));
    return true;
  }

  // Those of the plugins' manifests: what runs is found out when it is called.
  std::vector<plugins::ToolInfo> known_tools() {
    std::vector<plugins::ToolInfo> tools = cli_.plugins().tools();
    for (const plugins::PluginInfo& plugin : cli_.plugins().list()) {
      if (!plugin.manifest || plugin.state == plugins::PluginState::running || plugin.state == plugins::PluginState::failed ||
          plugin.state == plugins::PluginState::disabled) {
        continue;
      }
      for (const plugins::Contribution& contribution : plugin.manifest->tools) {
        plugins::ToolInfo info;
        info.spec.name = contribution.name;
        tools.push_back(std::move(info));
      }
    }
    return tools;
  }

  // Answers the last of `asked`, which then is the conversation. What is refused is left out of it, with the tools' results
  // that went with it (they may be why): the next message would only find it in its way.
  Result<bool> answer(std::vector<Message> asked) {
    GenerationRequest request;
    request.messages = asked;
    request.sampling = sampling_;
    char last = '\n';
    auto result = generate(*session_, std::move(request), cli_.interrupt, [&](const TokenEvent& event) -> Status {
      if (options_.json || event.text.empty()) return Ok{};
      last = event.text.back();
      return write(event.text);
    });
    if (!options_.json && last != '\n') RH_TRY(cli_.out.write("\n"));
    cli_.interrupt.reset();
    if (!result.ok()) {
      if (result.error().code == ErrorCode::io) return std::move(result).error();
      return tell(result.error());
    }
    const bool refused = result->error && result->finish != FinishReason::cancelled && result->text.empty();
    if (!refused) messages_ = std::move(asked);
    if (!result->text.empty()) messages_.push_back(Message::text(Role::assistant, result->text));
    for (const std::string& remark : remarks(*result)) cli_.note(remark);
    if (result->error) return tell(*result->error);
    if (options_.json) RH_TRY(cli_.out.write(to_text(generation_json(*result, *model_)) + "\n"));
    return true;
  }

  Status write(const std::string& text) { return cli_.out.write(cli_.out.is_terminal() ? terminal_safe(text) : text); }

  // An error that leaves the conversation as it was.
  Result<bool> tell(const Error& error) {
    failed_ = !cli_.in.is_terminal();  // a person has seen it; a script looks at the exit code
    cli_.note(error.message());
    if (options_.json) RH_TRY(cli_.out.write(to_text({{"error", error_json(error)}}) + "\n"));
    return true;
  }

  Cli& cli_;
  const ChatOptions& options_;
  const std::shared_ptr<Model> model_;
  const SamplingSettings sampling_;
  std::string system_, conversation_;
  std::shared_ptr<Session> session_;
  std::vector<Message> messages_;
  std::vector<Part> tool_results_;
  bool failed_ = false;
};

Result<int> run_chat(Cli& cli, const ChatOptions& options) {
  RH_TRY(require_utf8("--system", options.system));
  RH_ASSIGN(const RoutingEdits edits, read_routing_options(options.routing));
  RH_ASSIGN(SamplingSettings sampling, sampling_settings(options.sampling, options.model.model.empty()));
  cli.set_plugin_model(options.model);
  RH_ASSIGN(auto model, cli.load(options.model, true));
  return Chat(cli, options, std::move(model), std::move(sampling)).run(edits);
}

}  // namespace

void add_chat(CLI::App& root, Commands& commands) {
  auto& options = add_command<ChatOptions>(root, commands, "chat", "Talk with a model: a message a line, from a terminal or a pipe", &run_chat);
  options.app->add_option("--system", options.system, "System message");
  options.app->footer(std::string("In the conversation:\n") + help_text);
  add_model_options(*options.app, options.model);
  add_sampling_options(*options.app, options.sampling);
  add_routing_options(*options.app, options.routing);
}

}  // namespace roundhouse::cli
