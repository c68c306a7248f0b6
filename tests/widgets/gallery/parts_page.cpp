// SPDX-License-Identifier: GPL-3.0-or-later
#include <QGridLayout>
#include <QLabel>
#include <QTimer>
#include <QVBoxLayout>

#include "tests/widgets/gallery/pages.h"
#include "widgets/controls/command_palette.h"
#include "widgets/controls/empty_state.h"
#include "widgets/controls/error_bar.h"
#include "widgets/controls/fold_section.h"
#include "widgets/controls/progress_line.h"
#include "widgets/controls/search_field.h"
#include "widgets/controls/value_slider.h"
#include "widgets/style/text_role.h"

using namespace roundhouse::widgets;

QWidget* partsPage() {
  auto* page = new QWidget;
  auto* grid = new QGridLayout(page);
  grid->setContentsMargins(16, 16, 16, 16);
  grid->setSpacing(16);

  auto* left = new QVBoxLayout;
  left->setSpacing(12);
  for (auto [severity, text, detail, action] :
       {std::tuple(ErrorBar::Severity::Error, "The model could not be loaded.",
                   "load model: mixtral.gguf: expected 291 tensors, found 290", "Show file"),
        std::tuple(ErrorBar::Severity::Warning, "The answer was cut: the context is full (4,096 tokens).", "", "Make room"),
        std::tuple(ErrorBar::Severity::Info, "This answer was routed with 2 edits.", "", ""),
        std::tuple(ErrorBar::Severity::Success, "The log verifies: 1,204 entries.", "", "")}) {
    auto* bar = new ErrorBar;
    bar->showMessage(severity, QString::fromLatin1(text), QString::fromLatin1(detail), QString::fromLatin1(action));
    left->addWidget(bar);
  }
  auto* running = new ProgressLine;
  running->start(QStringLiteral("Loading roundhouse-mini-q4_0.gguf"));
  running->setProgress(42, 100, QStringLiteral("1.2 of 2.9 GB"));
  left->addWidget(running);
  auto* done = new ProgressLine;
  done->start(QStringLiteral("x"));
  done->finish(ProgressLine::Outcome::Done, QStringLiteral("Loaded in 2.1 s, 2.9 GB."));
  left->addWidget(done);
  auto* failed = new ProgressLine;
  failed->start(QStringLiteral("x"));
  failed->finish(ProgressLine::Outcome::Failed, QStringLiteral("Export stopped: the disk is full after 1.1 GB."));
  left->addWidget(failed);
  left->addStretch();
  grid->addLayout(left, 0, 0);

  auto* right = new QVBoxLayout;
  right->setSpacing(12);
  auto* search = new SearchField;
  search->setText(QStringLiteral("router"));
  right->addWidget(search);
  auto* temperature = new ValueSlider;
  temperature->setLabel(QStringLiteral("Temperature"));
  temperature->setRange(0, 2, 0.05, 2);
  temperature->setDefaultValue(0.7);
  temperature->setValue(1.1);
  right->addWidget(temperature);
  auto* context = new ValueSlider;
  context->setLabel(QStringLiteral("Context"));
  context->setRange(512, 131072, 512, 0, true);
  context->setUnit(QStringLiteral("tokens"));
  context->setDefaultValue(4096);
  context->setValue(4096);
  right->addWidget(context);
  auto* fold = new FoldSection(QStringLiteral("Reasoning"));
  fold->setSummary(QStringLiteral("2.4 s · 310 tokens"));
  auto* words = new QLabel(QStringLiteral("First the model weighs what the question asks, then it lists the experts that are likely to know, and only then does it answer."));
  words->setWordWrap(true);
  setTextRole(words, TextRole::Body, Tone::Muted);
  fold->setContent(words);
  fold->setExpanded(true);
  right->addWidget(fold);
  right->addWidget(new FoldSection(QStringLiteral("Closed")));
  right->addStretch();
  grid->addLayout(right, 0, 1);

  auto* card = new QFrame;
  makeCard(card);
  auto* inside = new QVBoxLayout(card);
  auto* empty = new EmptyState;
  empty->setIcon(QStringLiteral("models"));
  empty->setText(QStringLiteral("No models yet"), QStringLiteral("Folders you name are scanned for models, without copying anything. The embedded model is always there."));
  empty->setAction(QStringLiteral("Add folder"), QStringLiteral("folder"));
  inside->addWidget(empty);
  grid->addWidget(card, 1, 0, 1, 2);
  grid->setColumnStretch(0, 1);
  grid->setColumnStretch(1, 1);
  grid->setRowStretch(1, 1);
  return page;
}

namespace {

class GalleryCommands : public CommandProvider {
 public:
  QList<Command> commands(const QString&) override {
    const auto make = [](const char* id, const char* title, const char* group, const char* icon, const char* detail, const char* keys) {
      Command command;
      command.id = QString::fromLatin1(id);
      command.title = QString::fromUtf8(title);
      command.group = QString::fromLatin1(group);
      command.iconName = QString::fromLatin1(icon);
      command.detail = QString::fromLatin1(detail);
      command.shortcut = QKeySequence(QString::fromLatin1(keys));
      return command;
    };
    return {make("new", "New conversation", "Command", "add", "", "Ctrl+N"),
            make("regen", "Regenerate answer", "Command", "regenerate", "", "Ctrl+Return"),
            make("export", "Export conversation", "Command", "export", "Markdown or JSON", ""),
            make("theme", "Switch to dark theme", "Command", "theme", "", ""),
            make("c1", "Trains and turntables", "Conversation", "chat", "yesterday, 14 messages", ""),
            make("c2", "专家路由是什么？", "Conversation", "chat", "Monday", ""),
            make("m1", "roundhouse-mini-q4_0", "Model", "models", "48 MB, 16 experts", "")};
  }
  void run(const QString&) override {}
};

}  // namespace

QWidget* palettePage() {
  auto* page = new QWidget;
  auto* palette = new CommandPalette(page);
  static GalleryCommands commands;
  palette->addProvider(&commands);
  QTimer::singleShot(0, palette, [palette] { palette->popup(QStringLiteral("con")); });
  return page;
}
