// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QHash>
#include <QList>
#include <QWidget>

#include <optional>

#include "app/panels/finetune/expert_chooser.h"
#include "app/panels/finetune/form_rows.h"
#include "app/panels/finetune/job_presets.h"
#include "roundhouse/model.h"
#include "roundhouse/result.h"
#include "roundhouse/training_job.h"

class QButtonGroup;
class QCheckBox;
class QComboBox;
class QLineEdit;
class QPlainTextEdit;
class QScrollArea;
class QSpinBox;
class QVBoxLayout;

namespace roundhouse::widgets {
class FoldSection;
}

namespace roundhouse::app {

class FileList;
class NumberEdit;

// A TrainingJob as a form: what everybody decides is open, the rest folded. setJob() and job() are inverse to each other; what is
// written in a field and is no value stands there as its error, and the job keeps what it had.
class JobForm : public QWidget {
  Q_OBJECT
 public:
  explicit JobForm(QWidget* parent = nullptr);

  void setJob(const TrainingJob& job);
  TrainingJob job() const;
  void usePreset(JobPreset preset);
  // Models to choose from besides the embedded one, by path.
  void setModels(const QStringList& paths);
  // What the chosen model's header says; an Error stands at the model. Null: not known yet.
  void setModelInfo(const Result<ModelInfo>* info);
  ExpertChooser* experts() const { return experts_; }
  // Opens the choice of experts and brings it into view.
  void showExperts();

  // Takes the errors away, puts those at their fields that can be found without reading data, and says whether there are none.
  bool validate();
  // Puts a failure of a check at the field that it names. False: it names none.
  bool showError(const Error& error);
  // Brings the first error into view and gives it the focus.
  void showFirstError();
  FormRows& rows() { return *rows_; }
  // Opens all that is folded (for pictures and tests).
  void unfold(bool open);

 Q_SIGNALS:
  void changed();
  // Another model was chosen: its path, or "embedded".
  void modelChanged(const QString& model);

 private:
  void buildEssentials(QVBoxLayout* column);
  void buildData(QVBoxLayout* column);
  void buildAdapter(QVBoxLayout* column);
  void buildExperts(QVBoxLayout* column);
  void buildRouter(QVBoxLayout* column);
  void buildOptimizer(QVBoxLayout* column);
  void buildSteps(QVBoxLayout* column);
  void buildEvaluation(QVBoxLayout* column);
  void buildRest(QVBoxLayout* column);
  widgets::FoldSection* section(QVBoxLayout* column, const QString& id, const QString& title, class QFormLayout** rows);
  QSpinBox* whole(int least, int most, const QString& special = {});
  NumberEdit* number();
  QComboBox* choice(const QStringList& names);
  QCheckBox* check(const QString& text);
  QLineEdit* line(const QString& placeholder = {});
  void listTargets(std::vector<std::string>* targets) const;
  void chooseModel(const QString& model);
  void edited();
  void follow();  // what depends on other fields

  TrainingJob job_;
  bool filling_ = false;
  FormRows* rows_;
  QScrollArea* scroll_;
  QHash<JobPreset, QPushButton*> presets_;
  QList<widgets::FoldSection*> sections_;
  widgets::FoldSection *experts_section_ = nullptr, *router_section_ = nullptr, *data_section_ = nullptr;

  QLineEdit *name_, *format_mapping_, *patterns_, *exclude_, *seed_, *output_;
  QComboBox *model_, *format_, *too_long_, *problems_, *method_, *balance_, *moments_, *schedule_, *isa_, *precision_, *expert_score_, *merged_;
  FileList *train_, *evaluation_;
  QSpinBox *max_tokens_, *rank_, *warmup_, *decay_, *steps_, *samples_, *batch_tokens_, *evaluate_every_, *answer_tokens_, *save_every_,
      *keep_, *threads_;
  NumberEdit *evaluation_share_, *alpha_, *ratio_, *balance_weight_, *z_weight_, *bias_rate_, *learning_rate_, *beta1_, *beta2_, *epsilon_,
      *decay_weight_, *clip_, *floor_, *epochs_, *activations_, *expert_threshold_;
  QCheckBox *attention_, *dense_, *shared_, *routed_, *everything_, *stabilised_, *train_router_, *gguf_;
  QPlainTextEdit* prompts_;
  ExpertChooser* experts_;
};

}  // namespace roundhouse::app
