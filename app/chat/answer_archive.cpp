// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/chat/answer_archive.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

#include <algorithm>
#include <limits>

#include "app/chat/message_json.h"
#include "app/stores/folder_lock.h"
#include "app/stores/kept_answers.h"
#include "roundhouse/atomic_file.h"
#include "roundhouse/data_folder.h"

namespace roundhouse::app {
namespace {

constexpr qint64 kLargestJson = 256ll << 20;
constexpr int kMostAlternatives = 1000;
constexpr const char* kKeep = "keep the tokens of an answer";
constexpr const char* kLoad = "read the tokens of an answer";

// An id that is a file's name and nothing else.
bool isName(const QString& id) {
  return !id.isEmpty() && id.size() <= 100 && std::all_of(id.begin(), id.end(), [](QChar c) {
    return (c >= u'a' && c <= u'z') || (c >= u'A' && c <= u'Z') || (c >= u'0' && c <= u'9') || c == u'-' || c == u'_';
  });
}

QString text(const std::string& value) { return QString::fromUtf8(value.data(), qsizetype(value.size())); }

QJsonObject toJson(const AnswerSnapshot& answer) {
  QJsonArray tokens;
  for (const AnswerToken& token : answer.tokens) {
    QJsonArray others;
    for (const TokenAlternative& each : token.alternatives) others.append(QJsonArray{each.id, double(each.logprob)});
    tokens.append(QJsonArray{token.id, token.position, double(token.textBegin), double(token.textEnd), double(token.logprob), others});
  }
  QJsonObject json{{"roundhouse_answer", 1},
                   {"text", text(answer.text)},
                   {"tokens", tokens},
                   {"traced", answer.trace.layer_count() > 0},
                   {"first_token_ns", double(answer.firstTokenNs)},
                   {"generation_ns", double(answer.generationNs)},
                   {"reasoning_opened", answer.reasoning.opened}};
  if (answer.reasoning.marks) json["reasoning_marks"] = QJsonArray{text(answer.reasoning.marks->open), text(answer.reasoning.marks->close)};
  return json;
}

Error bad(const QString& path, const char* expected, const QString& received) {
  return Error{ErrorCode::malformed, kLoad, path.toStdString(), expected, received.toStdString()};
}

// A float that JSON could not hold (an infinite log-probability) comes back as the lowest one.
float logprobOf(const QJsonValue& value) { return value.isDouble() ? float(value.toDouble()) : std::numeric_limits<float>::lowest(); }

Status readTokens(const QJsonArray& json, const QString& path, AnswerSnapshot& answer) {
  for (const QJsonValue& value : json) {
    const QJsonArray row = value.toArray();
    const double begin = row.at(2).toDouble(-1), end = row.at(3).toDouble(-1);
    AnswerToken token;
    token.id = row.at(0).toInt(-1);
    token.position = row.at(1).toInt(-1);
    const int after = answer.tokens.empty() ? -1 : answer.tokens.back().position;
    const double from = answer.tokens.empty() ? 0 : answer.tokens.back().textBegin;
    if (row.size() != 6 || token.position <= after || begin < from || end < begin || end > double(answer.text.size()))
      return bad(path, "tokens in the order of the text", QStringLiteral("token %1 of %2 to %3").arg(token.position).arg(begin).arg(end));
    token.textBegin = std::uint32_t(begin);
    token.textEnd = std::uint32_t(end);
    token.logprob = logprobOf(row.at(4));
    const QJsonArray others = row.at(5).toArray();
    for (const QJsonValue& other : others) {
      if (token.alternatives.size() == kMostAlternatives) break;
      token.alternatives.push_back({other.toArray().at(0).toInt(-1), logprobOf(other.toArray().at(1))});
    }
    answer.tokens.push_back(std::move(token));
  }
  return Ok{};
}

}  // namespace

Result<QString> AnswerArchive::place(const char* operation, const QString& conversation, const QString& answer) const {
  if (!isName(conversation) || !isName(answer))
    return Error{ErrorCode::invalid_argument, operation, (conversation + QLatin1Char('/') + answer).toStdString(), "ids of letters, digits, - and _", "others"};
  return folder_ + QLatin1Char('/') + conversation + QLatin1Char('/') + answer;
}

Status AnswerArchive::keep(const AnswerSnapshot& answer) {
  RH_ASSIGN(const QString stem, place(kKeep, answer.conversation, answer.answer));
  RH_TRY(create_private_folder(folder_.toStdString()));
  const FolderLock lock(folder_);
  RH_TRY(create_private_folder(QFileInfo(stem).path().toStdString()));
  const RoutingTrace& trace = answer.trace;
  if (trace.layer_count() > 0) {
    std::vector<std::string> texts;
    for (int position = 0; position < trace.token_count(); ++position) texts.push_back(answer.contextText(position));
    RH_TRY(trace.save((stem + QLatin1String(".rhtrace")).toStdString(), texts));
  }
  // Written last: where it is, all is.
  RH_TRY(write_file_atomically((stem + QLatin1String(".json")).toStdString(), QJsonDocument(toJson(answer)).toJson(QJsonDocument::Compact).toStdString()));
  makeRoom(stem, lock.held());
  return Ok{};
}

Result<AnswerSnapshot> AnswerArchive::load(const QString& conversation, const QString& answer) const {
  RH_ASSIGN(const QString stem, place(kLoad, conversation, answer));
  const QString path = stem + QLatin1String(".json");
  QFile file(path);
  if (!file.exists()) return Error{ErrorCode::not_found, kLoad, path.toStdString(), "a file", "none"};
  if (file.size() > kLargestJson) return bad(path, "at most 256 MiB", QStringLiteral("%1 bytes").arg(file.size()));
  if (!QFileInfo(path).isFile()) return Error{ErrorCode::io, kLoad, path.toStdString(), "a regular file", "a folder or a special file"};
  if (!file.open(QIODevice::ReadOnly)) return Error{ErrorCode::io, kLoad, path.toStdString(), "a readable file", file.errorString().toStdString()};
  QJsonParseError wrong;
  const QJsonObject json = QJsonDocument::fromJson(file.readAll(), &wrong).object();
  if (wrong.error != QJsonParseError::NoError) return bad(path, "JSON", wrong.errorString());
  if (json["roundhouse_answer"].toInt() != 1 || !json["text"].isString()) return bad(path, "roundhouse_answer 1 with a text", QStringLiteral("something else"));

  AnswerSnapshot found;
  found.conversation = conversation;
  found.answer = answer;
  found.state = AnswerState::Finished;
  found.text = json["text"].toString().toStdString();
  RH_TRY(readTokens(json["tokens"].toArray(), path, found));
  found.firstTokenNs = qint64(wholeNumber(json["first_token_ns"]));
  found.generationNs = qint64(wholeNumber(json["generation_ns"]));
  found.reasoning.opened = json["reasoning_opened"].toBool();
  if (const QJsonArray marks = json["reasoning_marks"].toArray(); marks.size() == 2)
    found.reasoning.marks = ReasoningMarks{marks.at(0).toString().toStdString(), marks.at(1).toString().toStdString()};
  if (json["traced"].toBool()) {
    RH_ASSIGN(RoutingTrace::File traced, RoutingTrace::load((stem + QLatin1String(".rhtrace")).toStdString()));
    found.trace = std::move(traced.trace);
    if (!found.tokens.empty() && found.tokens.back().position > found.trace.token_count())
      return bad(path, "tokens within the trace", QStringLiteral("position %1").arg(found.tokens.back().position));
    traced.texts.resize(std::min(traced.texts.size(), std::size_t(found.promptTokens())));
    found.promptTexts = std::make_shared<const std::vector<std::string>>(std::move(traced.texts));
  }
  return found;
}

Status AnswerArchive::forget(const QString& conversation) {
  if (!isName(conversation)) return Ok{};  // nothing is kept under such an id
  const FolderLock lock(folder_);
  QDir folder(folder_ + QLatin1Char('/') + conversation);
  // What a link leads to is not ours to delete.
  const bool link = QFileInfo(folder.path()).isSymLink();
  if (!link && (!folder.exists() || folder.removeRecursively())) return Ok{};
  return Error{ErrorCode::io, "delete the tokens of a conversation", folder.path().toStdString(), "a folder that can be deleted", link ? "a link" : "a refusal"};
}

// `alone`: what others have not finished writing, they never will.
void AnswerArchive::makeRoom(const QString& kept, bool alone) {
  QList<KeptFile> files = keptFiles(folder_);
  if (alone) {
    files.removeIf([](const KeptFile& each) { return !each.finished && QFile::remove(each.info.filePath()); });
  }
  qint64 total = 0;
  for (const KeptFile& each : std::as_const(files)) total += each.info.size();
  std::sort(files.begin(), files.end(), [](const KeptFile& a, const KeptFile& b) { return a.info.lastModified() < b.info.lastModified(); });
  for (const KeptFile& each : std::as_const(files)) {
    if (total <= bytes_) return;
    if (!each.finished || each.stem == kept) continue;
    // The .json first: a trace without it is not looked for, and goes here as well.
    for (const char* suffix : {".json", ".rhtrace"}) {
      const QFileInfo part(each.stem + QLatin1String(suffix));
      const qint64 size = part.size();
      if (part.exists() && QFile::remove(part.filePath())) total -= size;
    }
  }
}

}  // namespace roundhouse::app
