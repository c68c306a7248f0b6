// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "engine/ops/batch.h"
#include "roundhouse/trace.h"

namespace roundhouse {

// Memory for the routing of a session's context, one row a position, filled by the router. Not thread-safe: the owner
// locks. Rows below a snapshot's count are never written again; cutting back inside a shared chunk copies it.
class TraceRecorder {
 public:
  TraceRecorder(RoutingLayout layout, bool scores);

  // Forgets rows from `position` on. A change of `top_k` (edits) must come with position 0.
  void truncate(std::int32_t position);
  void set_top_k(std::int32_t top_k);
  std::int32_t top_k() const { return top_k_; }
  std::int32_t score_stride() const { return layout_.max_experts(); }
  // Makes room for `position` (the next one, or one already there) and notes its token.
  TraceRow row(std::int32_t position, std::int32_t token);
  RoutingTrace snapshot(std::int32_t count, std::int32_t prompt_tokens, TraceProvenance provenance) const;
  std::uint64_t bytes() const;

 private:
  std::shared_ptr<TraceChunk> new_chunk() const;

  RoutingLayout layout_;
  bool scores_;
  std::int32_t top_k_;
  std::vector<std::shared_ptr<TraceChunk>> chunks_;
};

}  // namespace roundhouse
