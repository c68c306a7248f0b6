// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QStringList>

#include <optional>

#include "roundhouse/sampling.h"

namespace roundhouse::app {

// Named ways to draw tokens. Ids are stable; titles and notes are in the user's language.
struct SamplingPreset {
  QString id;     // "model", "greedy", "precise", "balanced", "creative"; "own:" and the title for one that the user saved
  QString title;
  QString note;   // one sentence: what it is good for
  SamplingSettings settings;
};

QList<SamplingPreset> samplingPresets();
SamplingPreset ownPreset(const QString& title, const SamplingSettings& settings);
// The first preset whose drawing parameters (biases too; not seed, length, stop strings) these are, or an empty string.
QString presetOf(const SamplingSettings& settings, const QList<SamplingPreset>& among = samplingPresets());
// Takes a preset's drawing parameters and keeps everything else.
void applyPreset(const SamplingPreset& preset, SamplingSettings& settings);

// As a JSON object: for settings, conversations and exports. Reading takes absent members for defaults and gives
// nothing when a member has a wrong type or an impossible value.
QString samplingToJson(const SamplingSettings& settings);
std::optional<SamplingSettings> samplingFromJson(const QString& json);
// Presets of the user's own, as they are kept. Reading leaves out what it does not understand.
QString presetsToJson(const QList<SamplingPreset>& presets);
QList<SamplingPreset> presetsFromJson(const QString& json);

}  // namespace roundhouse::app
