// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace roundhouse {

// Maps a span of a part's present content back to the content it came from. Units: bytes of UTF-8 for text,
// samples for audio; images use four numbers of pixels in `Transform::parameters_json`.
struct SpanMap {
  std::uint64_t begin = 0, end = 0;                // in the content after the transform
  std::uint64_t source_begin = 0, source_end = 0;  // in the content before it
};

// One step between what the user gave and what the model gets: "resize", "de-identify", "decode pdf".
struct Transform {
  std::string name;
  std::string parameters_json = "{}";
  std::vector<SpanMap> spans;
};

// Where a part's content came from. Empty digest: typed here, no original besides the content itself.
struct PartOrigin {
  std::string sha256;                 // hex, of the original bytes
  std::uint64_t original_bytes = 0;
  std::string source;                 // file name or tool; never a full path that the user did not choose to show
  std::vector<Transform> transforms;  // in the order they were applied
};

// Binds a number or a sentence of a tool result to its place, so that text built on it can be checked.
struct Citation {
  std::string source;   // document, table or data set
  std::string locator;  // "sheet1!B7", "page 4", "row 12, column close"
  std::string quote;    // the cited value as it stands there
};

struct TextPart { std::string text; };       // UTF-8
struct ReasoningPart { std::string text; };  // what a model thought aloud before its answer
struct ImagePart {
  std::string media_type;  // "image/png"
  std::shared_ptr<const std::vector<std::byte>> bytes;
  std::uint32_t width_pixels = 0, height_pixels = 0;
};
struct AudioPart {
  std::string media_type;
  std::shared_ptr<const std::vector<std::byte>> bytes;
  std::uint32_t sample_rate_hz = 0;
  std::uint64_t samples = 0;
};
struct FilePart {
  std::string name;
  std::string media_type;
  std::string text;  // what was extracted and goes to the model
};
struct ToolCallPart {
  std::string id;
  std::string name;
  std::string arguments_json = "{}";
};
struct ToolResultPart {
  std::string call_id;
  std::string name;
  std::string content;
  std::vector<Citation> citations;
};

struct Part {
  std::variant<TextPart, ReasoningPart, ImagePart, AudioPart, FilePart, ToolCallPart, ToolResultPart> content;
  PartOrigin origin;
};

enum class Role { system, user, assistant, tool };

struct Message {
  Role role = Role::user;
  std::vector<Part> parts;

  static Message text(Role role, std::string text) {
    Message message{role, {}};
    message.parts.push_back(Part{TextPart{std::move(text)}, {}});
    return message;
  }
};

// A function the model may call, as chat templates expect it.
struct ToolSpec {
  std::string name;
  std::string description;
  std::string parameters_json_schema = "{}";
};

}  // namespace roundhouse
