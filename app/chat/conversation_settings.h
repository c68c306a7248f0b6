// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include <functional>

#include "roundhouse/sampling.h"

class QComboBox;
class QDoubleSpinBox;
class QFormLayout;
class QLabel;
class QLineEdit;
class QPlainTextEdit;
class QSpinBox;

namespace roundhouse::app {

// The drawer beside a conversation: system prompt, and how tokens are drawn, with presets.
class ConversationSettings : public QWidget {
  Q_OBJECT
 public:
  explicit ConversationSettings(QWidget* parent = nullptr);

  // Shows values without telling of a change.
  void setValues(const QString& systemPrompt, const SamplingSettings& sampling);
  const SamplingSettings& sampling() const { return sampling_; }
  QString systemPrompt() const;

 Q_SIGNALS:
  void systemPromptChanged(const QString& prompt);
  void samplingChanged(const roundhouse::SamplingSettings& sampling);
  void closeRequested();

 private:
  void readSeed();
  void change(const std::function<void(SamplingSettings&)>& write);
  void showSampling();
  void showNote();

  SamplingSettings sampling_;
  bool showing_ = false;
  QPlainTextEdit* system_;
  QComboBox* preset_;
  QLabel* note_;
  QDoubleSpinBox *temperature_, *top_p_, *min_p_, *typical_, *repetition_, *frequency_, *presence_;
  QSpinBox *top_k_, *window_, *max_tokens_;
  QLineEdit *seed_, *stop_;
  QLabel* seed_problem_;
  QFormLayout* form_;
};

}  // namespace roundhouse::app
