// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/panels/routing/token_pieces.h"

#include <QCoreApplication>
#include <QStringDecoder>

#include <algorithm>
#include <cmath>

namespace roundhouse::app {

namespace {

struct Texts {
  Q_DECLARE_TR_FUNCTIONS(TokenPieces)
};

// Of the weights of the chosen experts, mean over layers: 0 one takes all, 1 all alike.
double meanEntropy(const RoutingTrace& trace, int token) {
  double sum = 0;
  for (int l = 0; l < trace.layer_count(); ++l) {
    const auto weights = trace.weights(token, l);
    double total = 0, entropy = 0;
    int used = 0;
    for (const float w : weights) {
      if (w > 0) {
        total += w;
        ++used;
      }
    }
    if (used < 2) continue;
    for (const float w : weights) {
      if (w > 0) entropy -= w / total * std::log(w / total);
    }
    sum += entropy / std::log(double(used));
  }
  return sum / std::max(1, trace.layer_count());
}

}  // namespace

QString tokenText(const AnswerSnapshot& answer, int position) {
  const std::string bytes = answer.contextText(position);
  QStringDecoder decode(QStringDecoder::Utf8, QStringDecoder::Flag::Stateless);  // a cut-off character is none
  QString text = decode(QByteArrayView(bytes.data(), qsizetype(bytes.size())));
  if (!decode.hasError() && !text.contains(QChar::ReplacementCharacter)) return text;
  text.clear();
  for (const char byte : bytes) text += QStringLiteral("<0x%1>").arg(uchar(byte), 2, 16, QLatin1Char('0'));
  return text;
}

widgets::TokenSequencePtr TokenPieces::update(const AnswerSnapshot& answer) {
  const RoutingTrace& trace = answer.trace;
  const int count = trace.token_count();
  const bool grows = answer.answer == answer_ && int(pieces_.size()) <= count &&
                     (pieces_.empty() || trace.token_id(int(pieces_.size()) - 1) == last_id_);
  if (!grows) {
    pieces_.clear();
    entropies_.clear();
  }
  answer_ = answer.answer;
  // The texts of the prompt come with the first token, and those of the last tokens once they are released.
  const int prompt = answer.promptTokens();
  for (int t = 0; t < int(pieces_.size()); ++t) {
    if (pieces_[std::size_t(t)].text.isEmpty()) pieces_[std::size_t(t)].text = tokenText(answer, t);
    pieces_[std::size_t(t)].role = t < prompt ? widgets::TokenRole::Prompt : widgets::TokenRole::Answer;
  }
  for (int t = int(pieces_.size()); t < count; ++t) {
    entropies_.push_back(meanEntropy(trace, t));
    pieces_.push_back({tokenText(answer, t), 0, t < prompt ? widgets::TokenRole::Prompt : widgets::TokenRole::Answer});
  }
  last_id_ = count > 0 ? trace.token_id(count - 1) : -1;
  auto sequence = std::make_shared<widgets::TokenSequence>();
  sequence->tokens = pieces_;
  if (count > 0) {
    const auto [low, high] = std::minmax_element(entropies_.begin(), entropies_.end());
    sequence->heatLow = *low;
    sequence->heatHigh = *high;
    const double range = std::max(*high - *low, 1e-9);
    for (std::size_t t = 0; t < entropies_.size(); ++t) sequence->tokens[t].heat = float((entropies_[t] - *low) / range);
  }
  sequence->heatName = Texts::tr("Mean entropy of the weights");
  return sequence;
}

}  // namespace roundhouse::app
