// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/chat/sampling_presets.h"

#include <QCoreApplication>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

#include <cmath>

namespace roundhouse::app {
namespace {

struct Presets {
  Q_DECLARE_TR_FUNCTIONS(SamplingPresets)
};

SamplingSettings drawing(float temperature, int topK, float topP, float minP, float repetition) {
  SamplingSettings settings;
  settings.temperature = temperature;
  settings.top_k = topK;
  settings.top_p = topP;
  settings.min_p = minP;
  settings.repetition_penalty = repetition;
  return settings;
}

}  // namespace

QList<SamplingPreset> samplingPresets() {
  return {
      {QStringLiteral("model"), Presets::tr("Suits this model"),
       Presets::tr("Temperature 0.4, top-p 0.9, repetition penalty 1.1: sensible short answers from small models."),
       drawing(0.4f, 0, 0.9f, 0.0f, 1.1f)},
      {QStringLiteral("greedy"), Presets::tr("Greedy"),
       Presets::tr("Always the most likely token: the same answer each time, but small models fall into loops."),
       drawing(0.0f, 0, 1.0f, 0.0f, 1.0f)},
      {QStringLiteral("precise"), Presets::tr("Precise"),
       Presets::tr("Little chance: for facts, code and extraction."), drawing(0.2f, 20, 0.9f, 0.05f, 1.05f)},
      {QStringLiteral("balanced"), Presets::tr("Balanced"),
       Presets::tr("What most large models are tuned for."), drawing(0.8f, 40, 0.95f, 0.05f, 1.0f)},
      {QStringLiteral("creative"), Presets::tr("Creative"),
       Presets::tr("Much chance: for ideas, names and stories."), drawing(1.1f, 0, 0.98f, 0.02f, 1.05f)},
  };
}

void applyPreset(const SamplingPreset& preset, SamplingSettings& settings) {
  const SamplingSettings& from = preset.settings;
  settings.temperature = from.temperature;
  settings.top_k = from.top_k;
  settings.top_p = from.top_p;
  settings.min_p = from.min_p;
  settings.typical_p = from.typical_p;
  settings.repetition_penalty = from.repetition_penalty;
  settings.frequency_penalty = from.frequency_penalty;
  settings.presence_penalty = from.presence_penalty;
  settings.logit_bias = from.logit_bias;
}

SamplingPreset ownPreset(const QString& title, const SamplingSettings& settings) {
  SamplingPreset made{QStringLiteral("own:") + title, title, Presets::tr("Saved by you."), {}};
  applyPreset({{}, {}, {}, settings}, made.settings);
  return made;
}

QString presetOf(const SamplingSettings& settings, const QList<SamplingPreset>& among) {
  auto near = [](float a, float b) { return std::fabs(a - b) < 1e-4f; };
  for (const SamplingPreset& preset : among) {
    const SamplingSettings& other = preset.settings;
    if (near(settings.temperature, other.temperature) && settings.top_k == other.top_k && near(settings.top_p, other.top_p) &&
        near(settings.min_p, other.min_p) && near(settings.typical_p, other.typical_p) &&
        near(settings.repetition_penalty, other.repetition_penalty) && near(settings.frequency_penalty, other.frequency_penalty) &&
        near(settings.presence_penalty, other.presence_penalty) && settings.logit_bias == other.logit_bias) {
      return preset.id;
    }
  }
  return {};
}

QString samplingToJson(const SamplingSettings& settings) {
  // Floats as the shortest decimal that reads back equal: 0.4, not 0.4000000059604645.
  auto number = [](float value) { return QString::number(double(value), 'g', 7).toDouble(); };
  QJsonObject json{{"temperature", number(settings.temperature)},
                   {"top_k", settings.top_k},
                   {"top_p", number(settings.top_p)},
                   {"min_p", number(settings.min_p)},
                   {"typical_p", number(settings.typical_p)},
                   {"repetition_penalty", number(settings.repetition_penalty)},
                   {"frequency_penalty", number(settings.frequency_penalty)},
                   {"presence_penalty", number(settings.presence_penalty)},
                   {"penalty_window_tokens", settings.penalty_window_tokens},
                   {"max_tokens", settings.max_tokens},
                   {"top_logprobs", settings.top_logprobs}};
  if (settings.seed) json["seed"] = QString::number(*settings.seed);  // JSON numbers lose 64-bit integers
  if (!settings.stop.empty()) {
    QJsonArray stop;
    for (const std::string& each : settings.stop) stop.append(QString::fromStdString(each));
    json["stop"] = stop;
  }
  if (!settings.logit_bias.empty()) {
    QJsonObject bias;
    for (const auto& [token, value] : settings.logit_bias) {
      bias[QString::number(token)] = std::isinf(value) ? QJsonValue(QStringLiteral("-inf")) : QJsonValue(number(value));
    }
    json["logit_bias"] = bias;
  }
  return QString::fromUtf8(QJsonDocument(json).toJson(QJsonDocument::Compact));
}

std::optional<SamplingSettings> samplingFromJson(const QString& text) {
  const QJsonDocument document = QJsonDocument::fromJson(text.toUtf8());
  if (!document.isObject()) return std::nullopt;
  const QJsonObject json = document.object();
  SamplingSettings settings;
  bool good = true;
  auto real = [&](const char* key, float& value) {
    const QJsonValue found = json[QLatin1String(key)];
    if (found.isUndefined()) return;
    if (found.isDouble()) value = static_cast<float>(found.toDouble());
    else good = false;
  };
  auto whole = [&](const char* key, int& value) {
    const QJsonValue found = json[QLatin1String(key)];
    if (found.isUndefined()) return;
    const double number = found.toDouble(0.5);
    if (found.isDouble() && number == std::floor(number) && std::fabs(number) < 1e9) value = static_cast<int>(number);
    else good = false;
  };
  real("temperature", settings.temperature);
  whole("top_k", settings.top_k);
  real("top_p", settings.top_p);
  real("min_p", settings.min_p);
  real("typical_p", settings.typical_p);
  real("repetition_penalty", settings.repetition_penalty);
  real("frequency_penalty", settings.frequency_penalty);
  real("presence_penalty", settings.presence_penalty);
  whole("penalty_window_tokens", settings.penalty_window_tokens);
  whole("max_tokens", settings.max_tokens);
  if (settings.max_tokens == 0) settings.max_tokens = -1;  // no answer is no choice that one has
  whole("top_logprobs", settings.top_logprobs);
  if (const QJsonValue seed = json["seed"]; !seed.isUndefined()) {
    bool number = false;
    settings.seed = seed.toString().toULongLong(&number);
    good = good && number;
  }
  if (const QJsonValue stop = json["stop"]; !stop.isUndefined()) {
    good = good && stop.isArray();
    const QJsonArray array = stop.toArray();
    for (const QJsonValue& each : array) {
      good = good && each.isString();
      settings.stop.push_back(each.toString().toStdString());
    }
  }
  if (const QJsonValue bias = json["logit_bias"]; !bias.isUndefined()) {
    good = good && bias.isObject();
    const QJsonObject object = bias.toObject();
    for (auto each = object.begin(); each != object.end(); ++each) {
      bool number = false;
      const int token = each.key().toInt(&number);
      good = good && number && (each->isDouble() || each->toString() == QLatin1String("-inf"));
      settings.logit_bias[token] = each->isDouble() ? static_cast<float>(each->toDouble()) : -HUGE_VALF;
    }
  }
  if (!good || !settings.validate().ok()) return std::nullopt;
  return settings;
}

QString presetsToJson(const QList<SamplingPreset>& presets) {
  QJsonArray list;
  for (const SamplingPreset& preset : presets) {
    list.append(QJsonObject{{"title", preset.title}, {"sampling", QJsonDocument::fromJson(samplingToJson(preset.settings).toUtf8()).object()}});
  }
  return QString::fromUtf8(QJsonDocument(list).toJson(QJsonDocument::Compact));
}

QList<SamplingPreset> presetsFromJson(const QString& json) {
  QList<SamplingPreset> presets;
  const QJsonArray list = QJsonDocument::fromJson(json.toUtf8()).array();
  for (const QJsonValue& each : list) {
    const QString title = each[QLatin1String("title")].toString();
    const auto settings = samplingFromJson(QString::fromUtf8(QJsonDocument(each[QLatin1String("sampling")].toObject()).toJson(QJsonDocument::Compact)));
    if (!title.isEmpty() && settings) presets.append(ownPreset(title, *settings));
  }
  return presets;
}

}  // namespace roundhouse::app
