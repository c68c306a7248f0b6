// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/chat/message_card.h"

#include <QApplication>
#include <QClipboard>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QLocale>
#include <QPlainTextEdit>
#include <QProgressBar>
#include <QPushButton>
#include <QToolButton>
#include <QVBoxLayout>

#include "app/chat/conversation_file.h"
#include "app/chat/reasoning.h"
#include "app/chat/reasoning_fold.h"
#include "app/shell/format.h"
#include "widgets/controls/elided_button.h"
#include "widgets/controls/elided_label.h"
#include "widgets/controls/error_bar.h"
#include "widgets/controls/wrapped_label.h"
#include "widgets/markdown/markdown_view.h"
#include "widgets/style/icon.h"
#include "widgets/style/metrics.h"
#include "widgets/style/text_role.h"

namespace roundhouse::app {
namespace {

namespace grid = widgets::grid;
using widgets::ColorToken;

QToolButton* action(QWidget* parent, const QString& id, const QString& icon, const QString& name) {
  auto* made = new QToolButton(parent);
  made->setObjectName(id);
  made->setAutoRaise(true);
  made->setIcon(widgets::icon(icon, ColorToken::TextMuted));
  made->setToolTip(name);
  made->setAccessibleName(name);
  return made;
}

}  // namespace

MessageCard::MessageCard(const ChatMessage& message, QWidget* parent)
    : QWidget(parent), id_(message.id), answer_(message.content.role == Role::assistant) {
  setObjectName(QStringLiteral("message.") + id_);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, grid::kSmall);
  column->setSpacing(grid::kTight);
  buildHeader(column);

  auto* frame = new QFrame(this);
  body_ = frame;
  body_column_ = new QVBoxLayout(body_);
  body_column_->setSpacing(grid::kSmall);
  if (answer_) {
    body_column_->setContentsMargins(0, 0, 0, 0);
  } else {
    widgets::makeCard(frame);
    body_column_->setContentsMargins(grid::kMedium, grid::kSmall, grid::kMedium, grid::kSmall);
    question_ = new widgets::WrappedLabel(body_);
    question_->setObjectName(QStringLiteral("questionText"));
    question_->setAccessibleName(tr("Question"));
    body_column_->addWidget(question_);
  }
  column->addWidget(body_);
  column->addSpacing(grid::kSmall);

  progress_ = new QProgressBar(this);
  progress_->setObjectName(QStringLiteral("promptProgress"));
  progress_->setTextVisible(false);
  progress_->setAccessibleName(tr("Progress of reading the prompt"));
  state_ = new QLabel(this);
  state_->setObjectName(QStringLiteral("answerState"));
  state_->setWordWrap(true);
  widgets::setTextRole(state_, widgets::TextRole::Small, widgets::Tone::Muted);
  error_ = new widgets::ErrorBar(this);
  error_->setObjectName(QStringLiteral("answerError"));
  tokens_ = new TokenBar(this);
  connect(tokens_, &TokenBar::stepRequested, this, [this](int by) { Q_EMIT tokenStepRequested(id_, by); });
  connect(tokens_, &TokenBar::closeRequested, this, &MessageCard::tokenCleared);

  edited_ = new widgets::ElidedButton(this);
  edited_->setIcon(widgets::icon(QStringLiteral("routing"), ColorToken::Warning));
  edited_->setObjectName(QStringLiteral("editedRouting"));
  connect(edited_, &QPushButton::clicked, this, [this] { Q_EMIT editedChipClicked(id_); });
  footer_ = new QLabel(this);
  footer_->setObjectName(QStringLiteral("answerFooter"));
  footer_->setTextFormat(Qt::PlainText);
  footer_->setWordWrap(true);
  footer_->setTextInteractionFlags(Qt::TextSelectableByMouse);
  widgets::setTextRole(footer_, widgets::TextRole::Small, widgets::Tone::Muted);
  column->addWidget(progress_);
  column->addWidget(state_);
  column->addWidget(error_);
  column->addWidget(tokens_);
  column->addWidget(edited_, 0, Qt::AlignLeft);
  column->addWidget(footer_);
  for (QWidget* each : std::initializer_list<QWidget*>{progress_, state_, error_, tokens_, edited_, footer_}) each->hide();
}

void MessageCard::buildHeader(QVBoxLayout* column) {
  auto* row = new QHBoxLayout;
  row->setSpacing(grid::kTight);
  role_ = new widgets::ElidedLabel(this);
  role_->setObjectName(QStringLiteral("messageRole"));
  widgets::setTextRole(role_, widgets::TextRole::Small, widgets::Tone::Muted);
  back_ = action(this, QStringLiteral("branchBack"), QStringLiteral("branch-left"), tr("Branch before"));
  branch_ = new QLabel(this);
  branch_->setObjectName(QStringLiteral("branchPosition"));
  widgets::setTextRole(branch_, widgets::TextRole::Small, widgets::Tone::Muted);
  branch_->setFont(widgets::tabularFont(widgets::TextRole::Small));
  forward_ = action(this, QStringLiteral("branchForward"), QStringLiteral("branch-right"), tr("Next branch"));
  copy_ = action(this, QStringLiteral("copy"), QStringLiteral("copy"), tr("Copy the text"));
  edit_ = action(this, QStringLiteral("edit"), QStringLiteral("edit"), tr("Edit the question and ask again"));
  again_ = action(this, QStringLiteral("again"), QStringLiteral("regenerate"), tr("Answer again (Ctrl+Enter)"));
  row->addWidget(role_, 1);
  row->addWidget(back_);
  row->addWidget(branch_);
  row->addWidget(forward_);
  row->addWidget(edit_);
  row->addWidget(again_);
  row->addWidget(copy_);
  edit_->setVisible(!answer_);
  again_->setVisible(answer_);
  showBranches(0, 1);
  column->addLayout(row);
  connect(back_, &QToolButton::clicked, this, [this] { Q_EMIT branchRequested(id_, -1); });
  connect(forward_, &QToolButton::clicked, this, [this] { Q_EMIT branchRequested(id_, 1); });
  connect(copy_, &QToolButton::clicked, this, [this] { QGuiApplication::clipboard()->setText(copyText()); });
  connect(edit_, &QToolButton::clicked, this, &MessageCard::beginEditing);
  connect(again_, &QToolButton::clicked, this, [this] { Q_EMIT regenerateRequested(id_); });
}

void MessageCard::showBranches(int index, int count) {
  const bool several = count > 1;
  back_->setVisible(several);
  forward_->setVisible(several);
  branch_->setVisible(several);
  back_->setEnabled(changeable_ && index > 0);
  forward_->setEnabled(changeable_ && index + 1 < count);
  branch_->setText(QStringLiteral("%1/%2").arg(index + 1).arg(count));
  branch_->setAccessibleName(tr("Branch %1 of %2").arg(index + 1).arg(count));
}

void MessageCard::setChangeable(bool changeable) {
  changeable_ = changeable;
  edit_->setEnabled(changeable);
  again_->setEnabled(changeable);
  if (editor_ask_) editor_ask_->setEnabled(changeable);
}

bool MessageCard::growing() const { return snapshot_ && !snapshot_->finished(); }

QString MessageCard::copyText() const {
  QString text = plain_;
  if (growing()) {
    text.clear();
    for (const Segment& each : segments_) {
      if (!each.reasoning) text += QString::fromUtf8(snapshot_->text.data() + each.begin, qsizetype(each.end - each.begin));
    }
  }
  return edited_line_.isEmpty() ? text : edited_line_ + QLatin1String("\n\n") + text;
}

void MessageCard::showMessage(const ChatMessage& message, const AnswerSnapshotPtr& snapshot, bool waiting) {
  snapshot_ = snapshot;
  if (!growing()) plain_ = visibleText(message.content);
  if (!answer_) {
    role_->setWholeText(message.content.role == Role::user ? tr("You") : tr("Tool"));
    question_->setWholeText(plain_);
    question_->setVisible(!plain_.isEmpty() && !editor_);
    showFiles(message);
    return;
  }
  role_->setWholeText(message.facts && !message.facts->modelName.isEmpty() ? message.facts->modelName : tr("Answer"));
  showSegments(message);
  showFooter(message, waiting);
}

void MessageCard::showFiles(const ChatMessage& message) {
  QStringList names;
  for (const Part& part : message.content.parts) {
    if (const auto* file = std::get_if<FilePart>(&part.content)) {
      names.append(part.origin.original_bytes ? QStringLiteral("%1 (%2)").arg(QString::fromStdString(file->name), bytesText(part.origin.original_bytes))
                                              : QString::fromStdString(file->name));
    }
  }
  if (names.isEmpty() || files_) return;  // a question does not change
  auto* label = new widgets::WrappedLabel(body_);
  label->setWholeText(tr("Attached: %1").arg(names.join(QStringLiteral(", "))));
  label->setObjectName(QStringLiteral("attachedFiles"));
  widgets::setTextRole(label, widgets::TextRole::Small, widgets::Tone::Muted);
  body_column_->insertWidget(0, label);
  files_ = label;
}

widgets::MarkdownView* MessageCard::viewOf(const Segment& segment) const {
  if (segment.reasoning) return static_cast<ReasoningFold*>(segment.widget)->view();
  return static_cast<widgets::MarkdownView*>(segment.widget);
}

void MessageCard::connectView(widgets::MarkdownView* view, std::size_t index) {
  connect(view, &widgets::MarkdownView::linkActivated, this, &MessageCard::linkActivated);
  connect(view, &widgets::MarkdownView::sourceOffsetClicked, this, [this, index](int offset) {
    int position = -1;
    if (snapshot_ && index < segments_.size()) {
      const int token = snapshot_->tokenAt(segments_[index].begin + std::uint32_t(offset));
      if (token >= 0) position = snapshot_->tokens[std::size_t(token)].position;
      else return;
    }
    Q_EMIT tokenClicked(id_, position, QGuiApplication::keyboardModifiers() & Qt::ShiftModifier);
  });
}

void MessageCard::showSegments(const ChatMessage& message) {
  struct Wanted {
    bool reasoning, open;
    std::uint32_t begin, end;
    QByteArray text;
  };
  std::vector<Wanted> wanted;
  if (snapshot_ && !snapshot_->text.empty()) {
    for (const AnswerSegment& each : splitReasoning(snapshot_->text, growing(), snapshot_->reasoning)) {
      wanted.push_back({each.reasoning, each.open, each.begin, each.end, QByteArray(snapshot_->text.data() + each.begin, qsizetype(each.end - each.begin))});
    }
  } else {
    for (const Part& part : message.content.parts) {
      if (const auto* text = std::get_if<TextPart>(&part.content)) wanted.push_back({false, false, 0, 0, QByteArray::fromStdString(text->text)});
      if (const auto* thought = std::get_if<ReasoningPart>(&part.content)) wanted.push_back({true, false, 0, 0, QByteArray::fromStdString(thought->text)});
      if (const auto* result = std::get_if<ToolResultPart>(&part.content)) wanted.push_back({false, false, 0, 0, toolResultMarkdown(*result).toUtf8()});
    }
  }
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (i < segments_.size() && segments_[i].reasoning != wanted[i].reasoning) {
      for (std::size_t k = i; k < segments_.size(); ++k) delete segments_[k].widget;
      segments_.resize(i);
    }
    if (i == segments_.size()) {
      Segment made{wanted[i].reasoning, 0, 0, nullptr};
      if (made.reasoning) {
        made.widget = new ReasoningFold(body_);
      } else {
        auto* view = new widgets::MarkdownView(body_);
        view->setAccessibleName(tr("Answer"));
        made.widget = view;
      }
      body_column_->addWidget(made.widget);
      segments_.push_back(made);
      connectView(viewOf(segments_.back()), i);
    }
    Segment& segment = segments_[i];
    segment.begin = wanted[i].begin;
    segment.end = wanted[i].end;
    const QByteArray& source = wanted[i].text;
    if (segment.reasoning) static_cast<ReasoningFold*>(segment.widget)->setSource(source, wanted[i].open);
    else viewOf(segment)->setMarkdownSource(source);
  }
  while (segments_.size() > wanted.size()) {
    delete segments_.back().widget;
    segments_.pop_back();
  }
  body_->setVisible(!segments_.empty());
}

void MessageCard::showFooter(const ChatMessage& message, bool waiting) {
  const AnswerFacts facts = message.facts.value_or(AnswerFacts{});
  const QLocale locale;
  const bool live = growing();
  QString state;
  bool progress = false;
  widgets::Tone tone = widgets::Tone::Muted;
  if (waiting) {
    state = tr("Waits until a model is loaded");
  } else if (live && snapshot_->state != AnswerState::Generating) {
    const int done = snapshot_->promptEvaluated, total = snapshot_->promptTotal;
    progress = total > 0;
    progress_->setRange(0, std::max(1, total));
    progress_->setValue(done);
    state = total > 0 ? tr("Reading the prompt, %1 of %2 tokens").arg(locale.toString(done), locale.toString(total)) : tr("Waits for its turn");
  } else if (!message.facts || facts.imported) {
    state = tr("Imported");
  } else if (!live && !facts.finish) {
    state = tr("Cut off: Roundhouse ended while this answer was being written.");
    tone = widgets::Tone::Warning;
  } else if (facts.finish && *facts.finish != FinishReason::failed && *facts.finish != FinishReason::refused) {
    GenerationResult result;
    result.finish = *facts.finish;
    state = finishText(result);
    if (facts.finish == FinishReason::context_full) tone = widgets::Tone::Warning;
  }
  if (facts.stats.dropped_messages > 0) {
    const QString dropped = tr("The context is full: the %n oldest message(s) were left out.", nullptr, facts.stats.dropped_messages);
    state = state.isEmpty() ? dropped : tr("%1. %2").arg(state, dropped);
    tone = widgets::Tone::Warning;
  }
  progress_->setVisible(progress);
  state_->setText(state);
  state_->setVisible(!state.isEmpty());
  widgets::setTextRole(state_, widgets::TextRole::Small, tone);

  const bool failed = facts.finish == FinishReason::failed || facts.finish == FinishReason::refused;
  if (failed) {
    ErrorText text;
    if (snapshot_ && snapshot_->result && snapshot_->result->error) text = errorText(*snapshot_->result->error);
    else text.details = facts.error;
    text.title = facts.finish == FinishReason::refused ? tr("The answer was refused") : tr("The answer failed");
    const QString line = text.line();
    if (error_->isHidden() || error_told_ != line + text.details) error_->showError(line, text.details);
    error_told_ = line + text.details;
  } else {
    error_->hide();
  }

  edited_->setVisible(!facts.editsLabel.isEmpty());
  if (const QString line = editedRoutingLine(facts); line != edited_line_) {
    edited_line_ = line;
    const Result<RoutingEdits> edits = RoutingEdits::from_json(facts.editsJson.toStdString());
    edited_->setWholeText(tr("Edited routing: %1").arg(edits.ok() ? editsText(*edits) : facts.editsLabel), tr("Opens Routing."));
  }

  QStringList parts;
  if (live && snapshot_->state == AnswerState::Generating) {
    parts.append(speedText(snapshot_->tokensPerSecond()));
    parts.append(tr("first token after %1").arg(durationText(snapshot_->firstTokenNs / 1'000'000)));
    parts.append(tr("%Ln token(s)", nullptr, int(snapshot_->tokens.size())));
  } else if (facts.finish && facts.stats.generated_tokens > 0) {
    const GenerationStats& stats = facts.stats;
    if (stats.generation_tokens_per_s() > 0) parts.append(speedText(stats.generation_tokens_per_s()));
    parts.append(tr("first token after %1").arg(durationText(stats.first_token_ns / 1'000'000)));
    parts.append(tr("%Ln token(s)", nullptr, stats.generated_tokens));
    if (stats.context_tokens > 0) {
      parts.append(tr("context %1 of %2 tokens").arg(locale.toString(stats.context_used_tokens), locale.toString(stats.context_tokens)));
    }
    if (stats.reused_tokens > 0) parts.append(tr("%1 reused").arg(locale.toString(stats.reused_tokens)));
  }
  footer_->setFont(widgets::tabularFont(widgets::TextRole::Small));
  footer_->setText(parts.join(QStringLiteral(" · ")));
  footer_->setVisible(!parts.isEmpty());
}

void MessageCard::markTokens(int first, int last, const TokenBar::TokenText& tokenText) {
  const bool any = first >= 0 && last > first;
  std::uint32_t begin = 0, end = 0;
  if (any && snapshot_) {
    const AnswerTokens& tokens = snapshot_->tokens;
    auto token = std::lower_bound(tokens.begin(), tokens.end(), first, [](const AnswerToken& each, int position) { return each.position < position; });
    for (; token != tokens.end() && token->position < last; ++token) {
      if (token->textEnd <= token->textBegin) continue;
      begin = end == 0 ? token->textBegin : std::min(begin, token->textBegin);
      end = std::max(end, token->textEnd);
    }
  }
  for (const Segment& segment : segments_) {
    const std::uint32_t from = std::max(begin, segment.begin), to = std::min(end, segment.end);
    viewOf(segment)->setMarkedRange(from < to ? int(from - segment.begin) : 0, from < to ? int(to - segment.begin) : 0);
  }
  if (any && snapshot_) tokens_->showTokens(*snapshot_, first, last, tokenText);
  else if (any) tokens_->showUnknown();
  tokens_->setVisible(any);
}

void MessageCard::beginEditing() {
  if (answer_ || editor_ || !changeable_) return;
  openEditor(question_->wholeText());
  editor_text_->setFocus(Qt::OtherFocusReason);
}

std::optional<QString> MessageCard::editedText() const {
  if (!editor_) return std::nullopt;
  return editor_text_->toPlainText();
}

void MessageCard::openEditor(const QString& text) {
  if (answer_ || editor_) return;
  editor_ = new QWidget(body_);
  auto* column = new QVBoxLayout(editor_);
  column->setContentsMargins(0, 0, 0, 0);
  editor_text_ = new QPlainTextEdit(text, editor_);
  editor_text_->setObjectName(QStringLiteral("editQuestion"));
  editor_text_->setAccessibleName(tr("Edited question"));
  editor_text_->setTabChangesFocus(true);
  editor_text_->setFixedHeight(std::clamp(question_->height() + 3 * fontMetrics().height(), 80, 320));
  auto* row = new QHBoxLayout;
  row->addStretch(1);
  auto* cancel = new QPushButton(tr("Cancel"), editor_);
  cancel->setObjectName(QStringLiteral("cancelEdit"));
  editor_ask_ = new QPushButton(tr("Ask again"), editor_);
  editor_ask_->setObjectName(QStringLiteral("acceptEdit"));
  editor_ask_->setEnabled(changeable_);
  widgets::setTone(editor_ask_, widgets::Tone::Primary);
  row->addWidget(cancel);
  row->addWidget(editor_ask_);
  column->addWidget(editor_text_);
  column->addLayout(row);
  body_column_->addWidget(editor_);
  question_->hide();
  connect(cancel, &QPushButton::clicked, this, &MessageCard::closeEditor);
  connect(editor_ask_, &QPushButton::clicked, this, &MessageCard::askEdited);
  editor_text_->installEventFilter(this);
  editor_text_->moveCursor(QTextCursor::End);
}

// Escape and Ctrl+Enter belong to the text being edited, whatever they mean elsewhere in the room.
bool MessageCard::eventFilter(QObject* watched, QEvent* event) {
  if (watched == editor_text_ && (event->type() == QEvent::ShortcutOverride || event->type() == QEvent::KeyPress)) {
    const auto* key = static_cast<QKeyEvent*>(event);
    const bool enter = (key->key() == Qt::Key_Return || key->key() == Qt::Key_Enter) && key->modifiers() & Qt::ControlModifier;
    if (enter || key->key() == Qt::Key_Escape) {
      event->accept();
      if (event->type() == QEvent::KeyPress && enter) askEdited();
      else if (event->type() == QEvent::KeyPress) closeEditor();
      return true;
    }
  }
  return QWidget::eventFilter(watched, event);
}

void MessageCard::closeEditor() {
  if (!editor_) return;
  const bool focused = editor_->isAncestorOf(QApplication::focusWidget());
  editor_->deleteLater();
  editor_->hide();
  editor_ = nullptr;
  editor_text_ = nullptr;
  editor_ask_ = nullptr;
  question_->setVisible(!question_->text().isEmpty());
  if (focused) edit_->setFocus(Qt::OtherFocusReason);
}

void MessageCard::askEdited() {
  if (editor_ && changeable_) Q_EMIT editRequested(id_, editor_text_->toPlainText());
}

}  // namespace roundhouse::app
