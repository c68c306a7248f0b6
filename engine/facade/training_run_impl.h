// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/facade/opened_model.h"
#include "engine/train/prepared_data.h"
#include "engine/train/training_loop.h"
#include "roundhouse/training_run.h"

namespace roundhouse {

class TrainingRunImpl : public TrainingRun {
 public:
  static Result<std::unique_ptr<TrainingRun>> prepare(TrainingJob job, TrainingOptions options,
                                                      const std::function<void(const std::string&, double)>& progress, const CancelToken& cancel);

  const std::string& report_json() const override { return report_; }
  Status run(std::function<void(const std::string& line)> event, CancelToken pause) override;

 private:
  TrainingRunImpl(TrainingJob job, TrainingOptions options, OpenedModel opened, std::string model_sha256, TrainingLoop loop, Json report, std::string data_sha256)
      : job_(std::move(job)), options_(std::move(options)), opened_(std::move(opened)), model_sha256_(std::move(model_sha256)), loop_(std::move(loop)),
        report_value_(std::move(report)), report_(dump_json(report_value_)), data_sha256_(std::move(data_sha256)) {}

  Result<std::int64_t> log(std::string_view kind, const char* action, std::int64_t refers_to, Json extra) const;

  TrainingJob job_;
  TrainingOptions options_;
  OpenedModel opened_;
  std::string model_sha256_;
  TrainingLoop loop_;
  Json report_value_;
  std::string report_, data_sha256_;
  Status problems_ = Ok{};  // rows that the job does not allow to skip: a report shows them, a run refuses them
};

}  // namespace roundhouse
