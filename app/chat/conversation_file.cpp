// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/chat/conversation_file.h"

#include <QDateTime>
#include <QJsonArray>
#include <QJsonDocument>
#include <QRegularExpression>
#include <QUuid>

#include <algorithm>

#include "app/chat/message_json.h"
#include "app/chat/sampling_presets.h"

namespace roundhouse::app {
namespace {

constexpr qsizetype kMaxFileBytes = 256 * 1024 * 1024;
constexpr qsizetype kMaxTitle = 200;

Error bad(const QString& source, const std::string& expected, const QString& received) {
  return Error{ErrorCode::malformed, "read conversation", source.toStdString(), expected, received.toStdString()};
}

Result<QJsonDocument> parse(const QByteArray& json, const QString& source) {
  if (json.size() > kMaxFileBytes) {
    return Error{ErrorCode::limit, "read conversation", source.toStdString(), "at most 256 MB", std::to_string(json.size()) + " bytes"};
  }
  QJsonParseError error;
  QJsonDocument document = QJsonDocument::fromJson(json, &error);
  if (document.isNull()) return bad(source, "JSON", QStringLiteral("%1 at byte %2").arg(error.errorString()).arg(error.offset));
  return document;
}

struct Heading {
  Role role;
  const char* word;
};
constexpr Heading kHeadings[] = {{Role::user, "User"}, {Role::assistant, "Assistant"}, {Role::system, "System"}, {Role::tool, "Tool"}};
const QString kFileLine = QStringLiteral("Attached file: ");
const QString kEditedLine = QStringLiteral("> Edited routing: ");
const QString kReasoningLine = QStringLiteral("> Reasoning:");

// Lines that mean something here, with any number of escaping backslashes before.
const QRegularExpression& headingLine() {
  static const QRegularExpression expression(QStringLiteral("^(\\\\*)(## (User|Assistant|System|Tool)|Attached file: .*|> Edited routing: .*|> Reasoning:)$"));
  return expression;
}

QString escaped(const QString& text) {
  QStringList lines = text.split(QLatin1Char('\n'));
  for (QString& line : lines) {
    if (headingLine().match(line).hasMatch()) line.prepend(QLatin1Char('\\'));
  }
  return lines.join(QLatin1Char('\n'));
}

QString quoted(const QString& text) {
  QStringList lines = text.split(QLatin1Char('\n'));
  for (QString& line : lines) line.prepend(line.isEmpty() ? QLatin1String(">") : QLatin1String("> "));
  return lines.join(QLatin1Char('\n'));
}

QString fenceFor(const QString& text) {
  qsizetype longest = 3;
  static const QRegularExpression run(QStringLiteral("~{4,}"));
  for (auto match = run.globalMatch(text); match.hasNext();) longest = std::max(longest, match.next().capturedLength());
  return QString(longest + 1, QLatin1Char('~'));
}

}  // namespace

QString newId() { return QUuid::createUuid().toString(QUuid::WithoutBraces); }

QString toolResultMarkdown(const ToolResultPart& result) {
  QString text = QString::fromStdString(result.content);
  // Each value with its place; what stands in backquotes is not read as Markdown.
  for (const Citation& citation : result.citations) {
    const auto plain = [](const std::string& each) { return QString::fromStdString(each).simplified().replace(QLatin1Char('`'), QLatin1Char('\'')); };
    text += QStringLiteral("%1- `%2`: %3, %4").arg(text.endsWith(QLatin1Char('\n')) ? QString() : QStringLiteral("\n"), plain(citation.quote),
                                                  plain(citation.source), plain(citation.locator));
  }
  return text;
}

QString editedRoutingLine(const AnswerFacts& facts) {
  if (facts.editsLabel.isEmpty()) return {};
  QString what = facts.editsLabel;
  // A name alone does not say what was done.
  if (const auto edits = RoutingEdits::from_json(facts.editsJson.toStdString()); edits.ok() && !edits->name.empty()) {
    what = QStringLiteral("%1 (%2)").arg(QString::fromStdString(edits->name), QString::fromStdString(edits->summary()));
  }
  return kEditedLine + what.simplified();
}

QString visibleText(const Message& message) {
  QString text;
  for (const Part& part : message.parts) {
    if (const auto* words = std::get_if<TextPart>(&part.content)) {
      if (!text.isEmpty()) text += QLatin1Char('\n');
      text += QString::fromStdString(words->text);
    } else if (const auto* result = std::get_if<ToolResultPart>(&part.content)) {
      if (!text.isEmpty()) text += QLatin1Char('\n');
      text += toolResultMarkdown(*result);
    }
  }
  return text;
}

QString titleFrom(const QString& text) {
  constexpr qsizetype kMost = 60;
  QString line = text.trimmed().section(QLatin1Char('\n'), 0, 0).simplified();
  if (line.size() <= kMost) return line;
  const qsizetype space = line.lastIndexOf(QLatin1Char(' '), kMost);
  return line.left(space > kMost / 2 ? space : kMost) + QChar(0x2026);
}

QString titleFrom(const Message& first) {
  QString title = titleFrom(visibleText(first));
  for (const Part& part : first.parts) {
    const auto* file = std::get_if<FilePart>(&part.content);
    if (file && title.isEmpty()) title = titleFrom(QString::fromStdString(file->name));
  }
  return title;
}

QByteArray messagePartsToJson(const Message& message) {
  QJsonArray parts;
  for (const Part& part : message.parts) parts.append(partToJson(part));
  return QJsonDocument(parts).toJson(QJsonDocument::Compact);
}

Result<std::vector<Part>> messagePartsFromJson(const QByteArray& json, const QString& source) {
  RH_ASSIGN(const QJsonDocument document, parse(json, source));
  if (!document.isArray()) return bad(source, "a list of parts", QStringLiteral("something else"));
  std::vector<Part> parts;
  const QJsonArray array = document.array();
  for (const QJsonValue& each : array) {
    RH_ASSIGN(Part part, partFromJson(each.toObject(), source));
    parts.push_back(std::move(part));
  }
  return parts;
}

QByteArray answerFactsToJson(const AnswerFacts& facts) { return QJsonDocument(factsToJson(facts)).toJson(QJsonDocument::Compact); }

Result<AnswerFacts> answerFactsFromJson(const QByteArray& json, const QString& source) {
  RH_ASSIGN(const QJsonDocument document, parse(json, source));
  return factsFromJson(document.object(), source);
}

QByteArray conversationToJson(const Conversation& conversation) {
  QJsonArray messages;
  for (const QString& id : conversation.tree.ids()) messages.append(messageToJson(*conversation.tree.find(id)));
  QJsonObject json{{"roundhouse_conversation", 1}, {"id", conversation.id}, {"title", conversation.title},
                   {"created_ms", double(conversation.createdMs)}, {"updated_ms", double(conversation.updatedMs)},
                   {"system_prompt", conversation.systemPrompt},
                   {"sampling", QJsonDocument::fromJson(samplingToJson(conversation.sampling).toUtf8()).object()},
                   {"current", conversation.tree.leaf()}, {"messages", messages}};
  if (!conversation.edits.empty()) json["edits"] = QString::fromStdString(conversation.edits.to_json());
  return QJsonDocument(json).toJson(QJsonDocument::Indented);
}

Result<Conversation> conversationFromJson(const QByteArray& text, const QString& source) {
  RH_ASSIGN(const QJsonDocument document, parse(text, source));
  const QJsonObject json = document.object();
  const QJsonValue version = json["roundhouse_conversation"];
  if (!version.isDouble()) return bad(source, "a member \"roundhouse_conversation\"", QStringLiteral("none"));
  if (version.toDouble() != 1) {
    return Error{ErrorCode::unsupported, "read conversation", source.toStdString(), "version 1", std::to_string(version.toDouble())};
  }
  Conversation conversation;
  conversation.id = json["id"].toString();
  conversation.title = json["title"].toString().left(kMaxTitle);
  conversation.createdMs = qint64(wholeNumber(json["created_ms"]));
  conversation.updatedMs = qint64(wholeNumber(json["updated_ms"]));
  conversation.systemPrompt = json["system_prompt"].toString();
  if (const QJsonValue sampling = json["sampling"]; !sampling.isUndefined()) {
    const auto read = samplingFromJson(QString::fromUtf8(QJsonDocument(sampling.toObject()).toJson()));
    if (!read) return bad(source, "sampling settings in their ranges", QString::fromUtf8(QJsonDocument(sampling.toObject()).toJson(QJsonDocument::Compact)).left(200));
    conversation.sampling = *read;
  }
  if (const QJsonValue edits = json["edits"]; !edits.isUndefined()) {
    RH_ASSIGN(conversation.edits, RoutingEdits::from_json(edits.toString().toStdString()));
  }
  const QJsonArray messages = json["messages"].toArray();
  for (const QJsonValue& value : messages) {
    RH_ASSIGN(ChatMessage message, messageFromJson(value.toObject(), source));
    const QString id = message.id;
    if (!conversation.tree.restore(std::move(message))) {
      return bad(source, "messages with ids of their own, parents before children", QStringLiteral("message \"%1\"").arg(id));
    }
  }
  const QString current = json["current"].toString();
  if (conversation.tree.find(current)) conversation.tree.setLeaf(current);
  else if (!conversation.tree.empty()) conversation.tree.setLeaf(conversation.tree.ids().last());
  return conversation;
}

QByteArray conversationToMarkdown(const Conversation& conversation) {
  QString out = QStringLiteral("# %1\n").arg(QString(conversation.title).replace(QLatin1Char('\n'), QLatin1Char(' ')));
  if (!conversation.systemPrompt.isEmpty()) out += QStringLiteral("\n## System\n\n%1\n").arg(escaped(conversation.systemPrompt));
  const QStringList path = conversation.tree.path();
  for (const QString& id : path) {
    const ChatMessage* message = conversation.tree.find(id);
    for (const Heading& heading : kHeadings) {
      if (heading.role == message->content.role) out += QStringLiteral("\n## %1\n").arg(QLatin1String(heading.word));
    }
    const QString edited = message->facts ? editedRoutingLine(*message->facts) : QString();
    if (!edited.isEmpty()) out += QStringLiteral("\n%1\n").arg(edited);
    for (const Part& part : message->content.parts) {
      if (const auto* words = std::get_if<TextPart>(&part.content)) {
        out += QStringLiteral("\n%1\n").arg(escaped(QString::fromStdString(words->text)));
      } else if (const auto* thought = std::get_if<ReasoningPart>(&part.content)) {
        out += QStringLiteral("\n%1\n>\n%2\n").arg(kReasoningLine, quoted(QString::fromStdString(thought->text)));
      } else if (const auto* result = std::get_if<ToolResultPart>(&part.content)) {
        out += QStringLiteral("\n%1\n").arg(escaped(toolResultMarkdown(*result)));
      } else if (const auto* file = std::get_if<FilePart>(&part.content)) {
        const QString text = QString::fromStdString(file->text), fence = fenceFor(text);
        out += QStringLiteral("\n%1%2\n\n%3\n%4\n%3\n").arg(kFileLine, QString::fromStdString(file->name), fence, text);
      }
    }
  }
  return out.toUtf8();
}

Result<Conversation> conversationFromMarkdown(const QByteArray& markdown, const QString& source) {
  if (markdown.size() > kMaxFileBytes) {
    return Error{ErrorCode::limit, "read conversation", source.toStdString(), "at most 256 MB", std::to_string(markdown.size()) + " bytes"};
  }
  const QStringList lines = QString::fromUtf8(markdown).remove(QLatin1Char('\r')).split(QLatin1Char('\n'));
  Conversation conversation;
  conversation.id = newId();
  conversation.createdMs = conversation.updatedMs = QDateTime::currentMSecsSinceEpoch();
  std::optional<ChatMessage> message;
  QStringList text;
  auto flushText = [&] {
    // The writer sets a text between one empty line before and none after.
    if (!text.isEmpty() && text.first().isEmpty()) text.removeFirst();
    if (!text.isEmpty() && text.last().isEmpty()) text.removeLast();
    const QString joined = text.join(QLatin1Char('\n'));
    text.clear();
    if (message && !joined.trimmed().isEmpty()) message->content.parts.push_back({TextPart{joined.toStdString()}, {}});
  };
  auto flushMessage = [&] {
    flushText();
    if (!message) return;
    if (message->content.role == Role::system && conversation.tree.empty()) {
      conversation.systemPrompt = visibleText(message->content);
    } else if (!message->content.parts.empty()) {
      message->id = newId();
      message->parent = conversation.tree.leaf();
      message->createdMs = conversation.createdMs;
      conversation.tree.add(std::move(*message));
    }
    message.reset();
  };
  for (qsizetype i = 0; i < lines.size(); ++i) {
    const QString& line = lines[i];
    const QRegularExpressionMatch match = headingLine().match(line);
    if (!match.hasMatch()) {
      if (!message && conversation.title.isEmpty() && line.startsWith(QLatin1String("# "))) conversation.title = line.mid(2).trimmed().left(kMaxTitle);
      else if (message) text.append(line);
      continue;
    }
    if (!match.captured(1).isEmpty()) {
      text.append(line.mid(1));
      continue;
    }
    if (!match.captured(3).isEmpty()) {
      flushMessage();
      message.emplace();
      for (const Heading& heading : kHeadings) {
        if (match.captured(3) == QLatin1String(heading.word)) message->content.role = heading.role;
      }
      if (message->content.role == Role::assistant) message->facts.emplace().imported = true;
      continue;
    }
    if (!message) continue;
    const bool begins = message->content.parts.empty() && std::all_of(text.begin(), text.end(), [](const QString& each) { return each.isEmpty(); });
    if (line.startsWith(QLatin1Char('>')) && !message->facts) {
      text.append(line);
      continue;
    }
    if (line.startsWith(kEditedLine)) {
      if (begins && message->facts->editsLabel.isEmpty()) {
        message->facts->editsLabel = line.mid(kEditedLine.size()).trimmed();
        text.clear();
      } else {
        text.append(line);
      }
      continue;
    }
    if (line == kReasoningLine) {
      flushText();
      QStringList thought;
      for (++i; i < lines.size() && lines[i].startsWith(QLatin1Char('>')); ++i) thought.append(lines[i].mid(lines[i].startsWith(QLatin1String("> ")) ? 2 : 1));
      --i;
      if (!thought.isEmpty() && thought.first().isEmpty()) thought.removeFirst();
      message->content.parts.push_back({ReasoningPart{thought.join(QLatin1Char('\n')).toStdString()}, {}});
      continue;
    }
    // An attached file: a fenced block follows.
    qsizetype open = i + 1;
    while (open < lines.size() && lines[open].isEmpty()) ++open;
    const qsizetype close = open < lines.size() && lines[open].startsWith(QLatin1String("~~~~")) ? lines.indexOf(lines[open], open + 1) : -1;
    if (close < 0) {
      text.append(line);
      continue;
    }
    flushText();
    FilePart file{line.mid(kFileLine.size()).toStdString(), "text/plain", lines.mid(open + 1, close - open - 1).join(QLatin1Char('\n')).toStdString()};
    PartOrigin origin;
    origin.source = file.name;
    message->content.parts.push_back({std::move(file), std::move(origin)});
    i = close;
  }
  flushMessage();
  if (conversation.tree.empty() && conversation.systemPrompt.isEmpty()) {
    return bad(source, "a line \"## User\" or \"## Assistant\" before each message", QStringLiteral("none"));
  }
  return conversation;
}

void renewIds(Conversation& conversation) {
  QHash<QString, QString> renamed;
  ConversationTree tree;
  for (const QString& id : conversation.tree.ids()) renamed.insert(id, newId());
  for (const QString& id : conversation.tree.ids()) {
    ChatMessage message = *conversation.tree.find(id);
    message.id = renamed.value(id);
    message.parent = renamed.value(message.parent);
    tree.restore(std::move(message));
  }
  tree.setLeaf(renamed.value(conversation.tree.leaf()));
  conversation.tree = std::move(tree);
  conversation.id = newId();
}

}  // namespace roundhouse::app
