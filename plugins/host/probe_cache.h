// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "plugins/host/files.h"
#include "plugins/host/probe_runner.h"

namespace roundhouse::plugins {

// What a probe's verdict rests on. If none of it changed, neither does the verdict.
struct ProbeSubject {
  std::string library;      // path
  std::string sha256;       // of the library
  std::string manifest_sha256;
  FileStamp library_stamp;
  std::string probe;        // program version, interface, ABI and the probe executable's stamp
};

// Verdicts of earlier probes, in one file that several programs may use at once. A damaged file counts as empty: the
// plugins are probed again. Verdicts that depend on what else is installed, or on the probe, are not kept.
class ProbeCache {
 public:
  explicit ProbeCache(std::filesystem::path file) : file_(std::move(file)) {}

  // Digests the library, unless its stamp says that it is the file digested last time.
  Result<ProbeSubject> subject(const std::filesystem::path& manifest, const std::filesystem::path& library, const ProbeProgram& program) const;

  struct Verdict {
    std::optional<Failure> failure;
  };
  std::optional<Verdict> find(const ProbeSubject& subject) const;
  Status keep(const ProbeSubject& subject, const std::optional<Failure>& failure) const;
  Status forget(const std::filesystem::path& library) const;

 private:
  const std::filesystem::path file_;
};

}  // namespace roundhouse::plugins
