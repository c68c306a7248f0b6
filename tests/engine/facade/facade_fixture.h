// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QtTest>

#include "roundhouse/audit.h"
#include "roundhouse/engine.h"
#include "tests/engine/fixtures/tiny_gguf.h"

// Throws inside tests: Qt Test reports it as a failure with its text.
template <class T>
T must(roundhouse::Result<T> result) {
  if (!result.ok()) throw std::runtime_error(result.error().message());
  return std::move(result).value();
}

// An engine with a tiny model and an audit log, in a folder of their own.
struct Bench {
  using Engine = roundhouse::Engine;
  QTemporaryDir folder;
  std::shared_ptr<roundhouse::AuditLog> audit;
  std::shared_ptr<Engine> engine;
  std::shared_ptr<roundhouse::Model> model;

  explicit Bench(const roundhouse::testing::TinyFile& file = {}, roundhouse::Isa isa = roundhouse::Isa::reference) {
    auto log = roundhouse::AuditOptions::in(path("audit"));
    log.busy_timeout_ms = 200;
    audit = must(roundhouse::AuditLog::open(log));
    roundhouse::EngineOptions options;
    options.threads = 2;
    options.isa = isa;
    options.audit = audit;
    options.user = "ada";
    engine = must(Engine::create(options));
    model = must(engine->load_model(roundhouse::testing::write_tiny_gguf(path("tiny.gguf"), file)));
  }
  std::string path(const char* name) const { return folder.filePath(QString::fromLatin1(name)).toStdString(); }
  std::shared_ptr<roundhouse::Session> session(roundhouse::SessionOptions options = {}) const {
    return must(model->create_session(options));
  }
  // Newest first.
  std::vector<roundhouse::AuditRecord> entries(std::string_view kind) const {
    roundhouse::AuditFilter filter;
    filter.kinds = {std::string(kind)};
    roundhouse::AuditPage page;
    page.with_texts = true;
    return must(audit->query(filter, page));
  }
};

// Greedy, so many tokens, and never an end of generation before.
inline roundhouse::GenerationRequest ask(const std::string& question, int tokens = 8) {
  roundhouse::GenerationRequest request;
  request.messages = {roundhouse::Message::text(roundhouse::Role::user, question)};
  request.sampling.temperature = 0;
  request.sampling.max_tokens = tokens;
  request.sampling.ignore_end_tokens = true;
  return request;
}
