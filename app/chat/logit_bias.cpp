// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/chat/logit_bias.h"

#include <QCoreApplication>
#include <QRegularExpression>
#include <QStringDecoder>
#include <QStringList>

#include <algorithm>
#include <cmath>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <utility>

#include "app/bridge/engine_controller.h"
#include "app/shell/background.h"

namespace roundhouse::app {
namespace {

struct Texts {
  Q_DECLARE_TR_FUNCTIONS(LogitBias)
};

const QRegularExpression& numbered() {
  static const QRegularExpression number(QStringLiteral("^\\s*#(\\d{1,9})\\s*$"));
  return number;
}

QString escaped(QString text) {
  return text.replace(QLatin1Char('\\'), QLatin1String("\\\\")).replace(QLatin1Char('\n'), QLatin1String("\\n")).replace(QLatin1Char('\t'), QLatin1String("\\t"));
}

QString unescaped(const QString& text) {
  QString made;
  for (qsizetype i = 0; i < text.size(); ++i) {
    const QChar next = text[i] == QLatin1Char('\\') && i + 1 < text.size() ? text[i + 1] : QChar();
    if (next == QLatin1Char('n')) made += QLatin1Char('\n');
    else if (next == QLatin1Char('t')) made += QLatin1Char('\t');
    else if (next == QLatin1Char('\\')) made += next;
    else {
      made += text[i];
      continue;
    }
    ++i;
  }
  return made;
}

std::optional<float> readValue(const QString& text) {
  const QString word = text.trimmed();
  if (word.compare(Texts::tr("never"), Qt::CaseInsensitive) == 0 || word == QLatin1String("never") || word == QLatin1String("-inf")) return -HUGE_VALF;
  bool number = false;
  const float value = QString(word).replace(QLatin1Char(','), QLatin1Char('.')).toFloat(&number);
  return number && std::isfinite(value) ? std::optional(value) : std::nullopt;
}

}  // namespace

std::string TokenFinder::text(std::int32_t token) const {
  const std::shared_ptr<Model> model = engine_.current();
  return model && engine_.api().tokenText ? engine_.api().tokenText(*model, token) : std::string();
}

// Of one model. It is read once, by the thread that comes first; others wait.
struct TokenFinder::Vocabulary {
  std::weak_ptr<Model> of;
  std::once_flag once;
  std::unordered_map<std::string, std::int32_t> found;

  void read(const decltype(EngineApi::tokenText)& tokenText) {
    std::call_once(once, [&] {
      constexpr std::int32_t kSlice = 1024;  // so that a model that is unloaded meanwhile is held but a moment
      std::int32_t next = 0;
      while (const std::shared_ptr<Model> model = of.lock()) {
        const std::int32_t all = model->info().vocabulary, end = std::min(all, next + kSlice);
        if (next == 0) found.reserve(std::size_t(all));
        for (; next < end; ++next) found.try_emplace(tokenText(*model, next), next);  // of several with one text the first counts
        if (next >= all) return;
      }
    });
  }
};

std::shared_ptr<TokenFinder::Vocabulary> TokenFinder::vocabulary() {
  const std::shared_ptr<Model> model = engine_.current();
  if (!model || !engine_.api().tokenText) return nullptr;
  if (!vocabulary_ || vocabulary_->of.lock() != model) {
    vocabulary_ = std::make_shared<Vocabulary>();
    vocabulary_->of = model;
  }
  return vocabulary_;
}

std::int32_t TokenFinder::find(const std::string& text) {
  const std::shared_ptr<Vocabulary> of = text.empty() ? nullptr : vocabulary();
  if (!of) return -1;
  of->read(engine_.api().tokenText);
  const auto at = of->found.find(text);
  return at == of->found.end() ? -1 : at->second;
}

void TokenFinder::prepare(QObject* context, std::function<void()> done) {
  const std::shared_ptr<Vocabulary> of = vocabulary();
  if (!of) return done();
  runInBackground(context, [of, tokenText = engine_.api().tokenText] {
    of->read(tokenText);
    return Ok{};
  }, [done = std::move(done)](Ok) { done(); });
}

LogitBiasText readLogitBias(const QString& text, TokenFinder& tokens) {
  LogitBiasText read;
  const QStringList lines = text.split(QLatin1Char('\n'));
  for (const QString& line : lines) {
    if (line.trimmed().isEmpty()) continue;
    const qsizetype colon = line.lastIndexOf(QLatin1Char(':'));
    const std::optional<float> value = colon > 0 ? readValue(line.mid(colon + 1)) : std::nullopt;
    if (!value) {
      read.problem = Texts::tr("“%1”: write a token, a colon and a number, or “never”.").arg(line.trimmed());
      return read;
    }
    const QString token = line.left(colon);
    const QRegularExpressionMatch number = numbered().match(token);
    const std::int32_t id = number.hasMatch() ? number.captured(1).toInt() : tokens.find(unescaped(token).toStdString());
    if (id < 0) {
      read.problem = Texts::tr("“%1” is not one token of this model. Write a shorter piece of it, or # and a token's number.").arg(token);
      return read;
    }
    read.bias[id] = *value;
  }
  return read;
}

QString writeLogitBias(const std::map<std::int32_t, float>& bias, TokenFinder& tokens) {
  QStringList lines;
  for (const auto& [id, value] : bias) {
    const std::string bytes = tokens.text(id);
    QStringDecoder decode(QStringDecoder::Utf8);
    QString text = escaped(decode(QByteArray::fromStdString(bytes)));
    // By its number where the text would not lead back to it.
    if (text.isEmpty() || decode.hasError() || numbered().match(text).hasMatch() || tokens.find(bytes) != id) text = QStringLiteral("#%1").arg(id);
    lines.append(QStringLiteral("%1: %2").arg(text, std::isinf(value) ? Texts::tr("never") : QString::number(double(value), 'g', 6)));
  }
  return lines.join(QLatin1Char('\n'));
}

}  // namespace roundhouse::app
