// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/facade/opened_model.h"
#include "engine/io/json.h"
#include "engine/train/training_loop.h"

namespace roundhouse {

// Writes what a finished run leaves (TrainingJob::Exports) into its folder, tells each as an event, then runs the same
// prompts through what was trained and through each export, read back, and tells the comparison. What is there from a run that ended in
// between is written anew. `digests` gets what is written as it is, by name: "sha256:...".
Status export_training(const TrainingJob& job, const OpenedModel& opened, TrainingLoop& loop, RunFolder& folder, Json& digests, const CancelToken& cancel);

}  // namespace roundhouse
