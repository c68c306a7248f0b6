// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QTimer>
#include <QWidget>

#include <functional>

#include "app/chat/logit_bias.h"
#include "app/chat/sampling_presets.h"
#include "roundhouse/sampling.h"

class QComboBox;
class QDoubleSpinBox;
class QFormLayout;
class QLabel;
class QLineEdit;
class QPlainTextEdit;
class QSpinBox;
class QToolButton;
class QVBoxLayout;

namespace roundhouse::app {

// The drawer beside a conversation: system prompt, and how tokens are drawn, with presets.
class ConversationSettings : public QWidget {
  Q_OBJECT
 public:
  // `tokens`: of the current model.
  explicit ConversationSettings(TokenFinder tokens, QWidget* parent = nullptr);

  // Shows values without telling of a change.
  void setValues(const QString& systemPrompt, const SamplingSettings& sampling);
  const SamplingSettings& sampling() const { return sampling_; }
  QString systemPrompt() const;
  // Those that the user saved; the built-in ones are always there.
  void setOwnPresets(const QList<SamplingPreset>& presets);
  // Another model: its tokens have other texts. What is being written and could not be read is read again. It takes a moment.
  void showModel();

 Q_SIGNALS:
  void systemPromptChanged(const QString& prompt);
  void samplingChanged(const roundhouse::SamplingSettings& sampling);
  void ownPresetsChanged(const QList<roundhouse::app::SamplingPreset>& presets);
  void closeRequested();

 protected:
  void showEvent(QShowEvent* event) override;
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  void buildPresets(QWidget* inner, QVBoxLayout* column);
  void fillPresets();
  QList<SamplingPreset> allPresets() const;
  void choosePreset();
  void askPresetName();
  void readSeed();
  void readBias();
  void showBias();
  void change(const std::function<void(SamplingSettings&)>& write);
  void showSampling();
  void showNote();

  SamplingSettings sampling_;
  bool showing_ = false;
  QPlainTextEdit* system_;
  QComboBox* preset_;
  QToolButton *save_preset_, *delete_preset_;
  QList<SamplingPreset> own_;
  TokenFinder tokens_;
  QPlainTextEdit* bias_;
  QTimer bias_rest_;  // runs while the bias is being written
  QLabel* note_;
  QDoubleSpinBox *temperature_, *top_p_, *min_p_, *typical_, *repetition_, *frequency_, *presence_;
  QSpinBox *top_k_, *window_, *max_tokens_;
  QLineEdit *seed_, *stop_;
  QLabel *seed_problem_, *bias_problem_;
  QFormLayout* form_;
};

}  // namespace roundhouse::app
