// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "app/bridge/answer_snapshot.h"
#include "roundhouse/engine.h"
#include "roundhouse/model.h"

namespace roundhouse::app {

// The engine's entry points as values: main.cpp passes the real ones, tests a scripted engine. Each may block and may
// be called from any thread.
struct EngineApi {
  std::function<Result<std::shared_ptr<Engine>>(EngineOptions)> create;
  std::function<Result<ModelInfo>(const std::string& path)> inspect;
  std::function<MemoryUse(const ModelInfo&, const LoadOptions&)> predict;
  std::function<std::string(const Model&, std::int32_t token)> tokenText;  // bytes of one token, specials spelled out
  std::function<AnswerReasoning(const Model&, const std::string& prompt)> reasoning;
};

}  // namespace roundhouse::app
