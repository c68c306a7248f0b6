// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/chat/message_json.h"

#include <QJsonArray>
#include <QJsonDocument>

#include <array>
#include <cmath>

#include "app/chat/sampling_presets.h"

namespace roundhouse::app {
namespace {

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};
template <class... F>
Overloaded(F...) -> Overloaded<F...>;  // Clang deduces an aggregate's arguments from version 17 on

QString text(const std::string& utf8) { return QString::fromStdString(utf8); }

Error bad(const QString& source, const std::string& expected, const QString& received) {
  return Error{ErrorCode::malformed, "read conversation", source.toStdString(), expected, received.toStdString()};
}

QString bytesToText(const std::shared_ptr<const std::vector<std::byte>>& bytes) {
  if (!bytes) return {};
  return QString::fromLatin1(QByteArray::fromRawData(reinterpret_cast<const char*>(bytes->data()), qsizetype(bytes->size())).toBase64());
}

std::shared_ptr<const std::vector<std::byte>> bytesFromText(const QString& base64) {
  const QByteArray raw = QByteArray::fromBase64(base64.toLatin1());
  auto bytes = std::make_shared<std::vector<std::byte>>(std::size_t(raw.size()));
  std::copy(raw.begin(), raw.end(), reinterpret_cast<char*>(bytes->data()));
  return bytes;
}

QJsonObject originToJson(const PartOrigin& origin) {
  QJsonObject json{{"sha256", text(origin.sha256)}, {"bytes", double(origin.original_bytes)}, {"source", text(origin.source)}};
  QJsonArray transforms;
  for (const Transform& each : origin.transforms) {
    QJsonArray spans;
    for (const SpanMap& span : each.spans) {
      spans.append(QJsonArray{double(span.begin), double(span.end), double(span.source_begin), double(span.source_end)});
    }
    transforms.append(QJsonObject{{"name", text(each.name)}, {"parameters", text(each.parameters_json)}, {"spans", spans}});
  }
  if (!transforms.isEmpty()) json["transforms"] = transforms;
  return json;
}

PartOrigin originFromJson(const QJsonObject& json) {
  PartOrigin origin;
  origin.sha256 = json["sha256"].toString().toStdString();
  origin.original_bytes = wholeNumber(json["bytes"]);
  origin.source = json["source"].toString().toStdString();
  const QJsonArray transforms = json["transforms"].toArray();
  for (const QJsonValue& value : transforms) {
    const QJsonObject each = value.toObject();
    Transform transform{each["name"].toString().toStdString(), each["parameters"].toString("{}").toStdString(), {}};
    const QJsonArray spans = each["spans"].toArray();
    for (const QJsonValue& span : spans) {
      const QJsonArray four = span.toArray();
      transform.spans.push_back({wholeNumber(four[0]), wholeNumber(four[1]), wholeNumber(four[2]), wholeNumber(four[3])});
    }
    origin.transforms.push_back(std::move(transform));
  }
  return origin;
}

constexpr std::array kRoles{std::pair{Role::system, "system"}, std::pair{Role::user, "user"},
                            std::pair{Role::assistant, "assistant"}, std::pair{Role::tool, "tool"}};
constexpr std::array kFinishes{
    std::pair{FinishReason::end_token, "end_token"}, std::pair{FinishReason::stop_string, "stop_string"},
    std::pair{FinishReason::max_tokens, "max_tokens"}, std::pair{FinishReason::context_full, "context_full"},
    std::pair{FinishReason::cancelled, "cancelled"}, std::pair{FinishReason::refused, "refused"},
    std::pair{FinishReason::failed, "failed"}};

}  // namespace

std::uint64_t wholeNumber(const QJsonValue& value) {
  const double found = value.toDouble(0);
  return found > 0 && found < 9e15 ? static_cast<std::uint64_t>(found) : 0;
}

QString roleName(Role role) {
  for (const auto& [value, name] : kRoles) {
    if (value == role) return QLatin1String(name);
  }
  return {};
}

std::optional<Role> roleFromName(const QString& name) {
  for (const auto& [value, known] : kRoles) {
    if (name == QLatin1String(known)) return value;
  }
  return std::nullopt;
}

QString finishName(FinishReason finish) {
  for (const auto& [value, name] : kFinishes) {
    if (value == finish) return QLatin1String(name);
  }
  return {};
}

std::optional<FinishReason> finishFromName(const QString& name) {
  for (const auto& [value, known] : kFinishes) {
    if (name == QLatin1String(known)) return value;
  }
  return std::nullopt;
}

QJsonObject partToJson(const Part& part) {
  QJsonObject json = std::visit(
      Overloaded{
          [](const TextPart& p) { return QJsonObject{{"type", "text"}, {"text", text(p.text)}}; },
          [](const ReasoningPart& p) { return QJsonObject{{"type", "reasoning"}, {"text", text(p.text)}}; },
          [](const ImagePart& p) {
            return QJsonObject{{"type", "image"}, {"media_type", text(p.media_type)}, {"base64", bytesToText(p.bytes)},
                               {"width", double(p.width_pixels)}, {"height", double(p.height_pixels)}};
          },
          [](const AudioPart& p) {
            return QJsonObject{{"type", "audio"}, {"media_type", text(p.media_type)}, {"base64", bytesToText(p.bytes)},
                               {"sample_rate", double(p.sample_rate_hz)}, {"samples", double(p.samples)}};
          },
          [](const FilePart& p) {
            return QJsonObject{{"type", "file"}, {"name", text(p.name)}, {"media_type", text(p.media_type)}, {"text", text(p.text)}};
          },
          [](const ToolCallPart& p) {
            return QJsonObject{{"type", "tool_call"}, {"id", text(p.id)}, {"name", text(p.name)}, {"arguments", text(p.arguments_json)}};
          },
          [](const ToolResultPart& p) {
            QJsonArray citations;
            for (const Citation& each : p.citations) {
              citations.append(QJsonObject{{"source", text(each.source)}, {"locator", text(each.locator)}, {"quote", text(each.quote)}});
            }
            return QJsonObject{{"type", "tool_result"}, {"call_id", text(p.call_id)}, {"name", text(p.name)},
                               {"content", text(p.content)}, {"citations", citations}};
          },
      },
      part.content);
  if (!part.origin.sha256.empty() || !part.origin.source.empty() || !part.origin.transforms.empty()) {
    json["origin"] = originToJson(part.origin);
  }
  return json;
}

Result<Part> partFromJson(const QJsonObject& json, const QString& source) {
  auto utf8 = [&](const char* key) { return json[QLatin1String(key)].toString().toStdString(); };
  const QString type = json["type"].toString();
  Part part;
  if (type == QLatin1String("text")) {
    if (!json["text"].isString()) return bad(source, "a string in a text part", QStringLiteral("none"));
    part.content = TextPart{utf8("text")};
  } else if (type == QLatin1String("reasoning")) {
    if (!json["text"].isString()) return bad(source, "a string in a text part", QStringLiteral("none"));
    part.content = ReasoningPart{utf8("text")};
  } else if (type == QLatin1String("image")) {
    part.content = ImagePart{utf8("media_type"), bytesFromText(json["base64"].toString()),
                             std::uint32_t(wholeNumber(json["width"])), std::uint32_t(wholeNumber(json["height"]))};
  } else if (type == QLatin1String("audio")) {
    part.content = AudioPart{utf8("media_type"), bytesFromText(json["base64"].toString()),
                             std::uint32_t(wholeNumber(json["sample_rate"])), wholeNumber(json["samples"])};
  } else if (type == QLatin1String("file")) {
    if (!json["text"].isString()) return bad(source, "a string in a text part", QStringLiteral("none"));
    part.content = FilePart{utf8("name"), utf8("media_type"), utf8("text")};
  } else if (type == QLatin1String("tool_call")) {
    part.content = ToolCallPart{utf8("id"), utf8("name"), utf8("arguments")};
  } else if (type == QLatin1String("tool_result")) {
    ToolResultPart result{utf8("call_id"), utf8("name"), utf8("content"), {}};
    const QJsonArray citations = json["citations"].toArray();
    for (const QJsonValue& value : citations) {
      const QJsonObject each = value.toObject();
      result.citations.push_back({each["source"].toString().toStdString(), each["locator"].toString().toStdString(),
                                  each["quote"].toString().toStdString()});
    }
    part.content = std::move(result);
  } else {
    return bad(source, "a part of a known type", type);
  }
  part.origin = originFromJson(json["origin"].toObject());
  return part;
}

QJsonObject factsToJson(const AnswerFacts& facts) {
  const GenerationStats& s = facts.stats;
  QJsonObject json{{"model", facts.modelName}, {"model_sha256", facts.modelSha256},
                   {"seed", QString::number(facts.seed)}, {"audit_entry", double(facts.auditEntry)},
                   {"stats", QJsonObject{{"prompt_tokens", s.prompt_tokens}, {"reused_tokens", s.reused_tokens},
                                         {"evaluated_tokens", s.evaluated_tokens}, {"generated_tokens", s.generated_tokens},
                                         {"dropped_messages", s.dropped_messages}, {"context_used_tokens", s.context_used_tokens},
                                         {"context_tokens", s.context_tokens}, {"queued_ns", double(s.queued_ns)},
                                         {"prompt_ns", double(s.prompt_ns)}, {"generation_ns", double(s.generation_ns)},
                                         {"first_token_ns", double(s.first_token_ns)}}}};
  if (facts.finish) json["finish"] = finishName(*facts.finish);
  if (!facts.error.isEmpty()) json["error"] = facts.error;
  if (!facts.editsJson.isEmpty()) json["edits"] = facts.editsJson;
  if (!facts.editsLabel.isEmpty()) json["edits_label"] = facts.editsLabel;
  if (facts.imported) json["imported"] = true;
  if (facts.sampling) json["sampling"] = QJsonDocument::fromJson(samplingToJson(*facts.sampling).toUtf8()).object();
  return json;
}

Result<AnswerFacts> factsFromJson(const QJsonObject& json, const QString& source) {
  AnswerFacts facts;
  facts.modelName = json["model"].toString();
  facts.modelSha256 = json["model_sha256"].toString();
  facts.seed = json["seed"].toString().toULongLong();
  facts.auditEntry = qint64(wholeNumber(json["audit_entry"]));
  facts.error = json["error"].toString();
  facts.editsJson = json["edits"].toString();
  facts.editsLabel = json["edits_label"].toString();
  facts.imported = json["imported"].toBool();
  if (const QJsonValue sampling = json["sampling"]; sampling.isObject()) {
    facts.sampling = samplingFromJson(QString::fromUtf8(QJsonDocument(sampling.toObject()).toJson(QJsonDocument::Compact)));
  }
  if (const QJsonValue finish = json["finish"]; !finish.isUndefined()) {
    facts.finish = finishFromName(finish.toString());
    if (!facts.finish) return bad(source, "a known reason for the end of an answer", finish.toString());
  }
  const QJsonObject stats = json["stats"].toObject();
  GenerationStats& s = facts.stats;
  auto count = [&](const char* key) { return static_cast<std::int32_t>(std::min<std::uint64_t>(wholeNumber(stats[QLatin1String(key)]), INT32_MAX)); };
  auto ns = [&](const char* key) { return static_cast<std::int64_t>(wholeNumber(stats[QLatin1String(key)])); };
  s.prompt_tokens = count("prompt_tokens");
  s.reused_tokens = count("reused_tokens");
  s.evaluated_tokens = count("evaluated_tokens");
  s.generated_tokens = count("generated_tokens");
  s.dropped_messages = count("dropped_messages");
  s.context_used_tokens = count("context_used_tokens");
  s.context_tokens = count("context_tokens");
  s.queued_ns = ns("queued_ns");
  s.prompt_ns = ns("prompt_ns");
  s.generation_ns = ns("generation_ns");
  s.first_token_ns = ns("first_token_ns");
  return facts;
}

QJsonObject messageToJson(const ChatMessage& message) {
  QJsonArray parts;
  for (const Part& part : message.content.parts) parts.append(partToJson(part));
  QJsonObject json{{"id", message.id}, {"role", roleName(message.content.role)}, {"created_ms", double(message.createdMs)}, {"parts", parts}};
  if (!message.parent.isEmpty()) json["parent"] = message.parent;
  if (message.facts) json["answer"] = factsToJson(*message.facts);
  return json;
}

Result<ChatMessage> messageFromJson(const QJsonObject& json, const QString& source) {
  ChatMessage message;
  message.id = json["id"].toString();
  message.parent = json["parent"].toString();
  message.createdMs = qint64(wholeNumber(json["created_ms"]));
  const auto role = roleFromName(json["role"].toString());
  if (!role) return Error{ErrorCode::malformed, "read conversation", source.toStdString(), "a role", json["role"].toString().toStdString()};
  message.content.role = *role;
  for (const char* name : {"id", "parent"}) {
    const QJsonValue value = json[QLatin1String(name)];
    if (!value.isString() && !value.isUndefined()) return bad(source, std::string("a text as \"") + name + '"', QStringLiteral("something else"));
  }
  if (!json["parts"].isArray()) return bad(source, "an array as \"parts\"", json.contains(QLatin1String("parts")) ? QStringLiteral("something else") : QStringLiteral("none"));
  const QJsonArray parts = json["parts"].toArray();
  for (const QJsonValue& part : parts) {
    RH_ASSIGN(Part read, partFromJson(part.toObject(), source));
    message.content.parts.push_back(std::move(read));
  }
  if (const QJsonValue answer = json["answer"]; !answer.isUndefined()) {
    if (!answer.isObject()) return bad(source, "an object as \"answer\"", QStringLiteral("something else"));
    RH_ASSIGN(message.facts, factsFromJson(answer.toObject(), source));
  }
  return message;
}

}  // namespace roundhouse::app
