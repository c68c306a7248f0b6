// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/widgets/gallery/pages.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QFormLayout>
#include <QGridLayout>
#include <QGroupBox>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QPlainTextEdit>
#include <QProgressBar>
#include <QPushButton>
#include <QRadioButton>
#include <QSlider>
#include <QTabWidget>
#include <QTableWidget>
#include <QToolButton>
#include <QTreeWidget>
#include <QVBoxLayout>

#include "widgets/style/icon.h"
#include "widgets/style/metrics.h"
#include "widgets/style/text_role.h"

using namespace roundhouse::widgets;

QList<GalleryPage> galleryPages() {
  return {
      {QStringLiteral("Controls"), QStringLiteral("settings"), controlsPage},
      {QStringLiteral("Icons"), QStringLiteral("image"), iconsPage},
      {QStringLiteral("Heatmap"), QStringLiteral("heatmap"), heatmapPage},
      {QStringLiteral("Markdown"), QStringLiteral("chat"), markdownPage},
      {QStringLiteral("Compare"), QStringLiteral("compare"), comparePage},
      {QStringLiteral("Tokens"), QStringLiteral("token"), tokensPage},
      {QStringLiteral("Plots"), QStringLiteral("chart"), plotsPage},
      {QStringLiteral("Parts"), QStringLiteral("plugins"), partsPage},
      {QStringLiteral("Palette"), QStringLiteral("command"), palettePage},
  };
}

QWidget* controlsPage() {
  auto* page = new QWidget;
  auto* grid = new QGridLayout(page);
  grid->setContentsMargins(16, 16, 16, 16);
  grid->setSpacing(16);

  auto* words = new QVBoxLayout;
  for (auto [role, word] : {std::pair(TextRole::Display, "Display 1.5"), std::pair(TextRole::Title, "Title 1.15"),
                            std::pair(TextRole::Body, "Body 1, 1234567890"), std::pair(TextRole::Small, "Small 0.85")}) {
    auto* label = new QLabel(QString::fromLatin1(word));
    setTextRole(label, role);
    words->addWidget(label);
  }
  for (auto [tone, word] : {std::pair(Tone::Muted, "Muted"), std::pair(Tone::Danger, "Danger"),
                            std::pair(Tone::Warning, "Warning"), std::pair(Tone::Success, "Success")}) {
    auto* label = new QLabel(QString::fromLatin1(word));
    setTextRole(label, TextRole::Body, tone);
    words->addWidget(label);
  }
  words->addStretch();
  grid->addLayout(words, 0, 0);

  auto* buttons = new QVBoxLayout;
  auto* line = new QHBoxLayout;
  for (auto [tone, word] : {std::pair(Tone::Primary, "Load model"), std::pair(Tone::Normal, "Export"),
                            std::pair(Tone::Quiet, "Skip"), std::pair(Tone::Danger, "Delete")}) {
    auto* button = new QPushButton(QString::fromLatin1(word));
    setTone(button, tone);
    line->addWidget(button);
  }
  line->addStretch();
  buttons->addLayout(line);
  line = new QHBoxLayout;
  auto* disabled = new QPushButton(QStringLiteral("Disabled"));
  disabled->setEnabled(false);
  line->addWidget(disabled);
  auto* primary = new QPushButton(QStringLiteral("Disabled"));
  setTone(primary, Tone::Primary);
  primary->setEnabled(false);
  line->addWidget(primary);
  auto* with_icon = new QPushButton(icon(QStringLiteral("folder")), QStringLiteral("Choose folder"));
  line->addWidget(with_icon);
  line->addStretch();
  buttons->addLayout(line);
  line = new QHBoxLayout;
  for (const char* name : {"send", "stop", "regenerate", "edit", "copy", "pin", "export", "close"}) {
    auto* tool = new QToolButton;
    tool->setIcon(icon(QString::fromLatin1(name)));
    tool->setCheckable(true);
    tool->setChecked(QLatin1String(name) == QLatin1String("pin"));
    tool->setEnabled(QLatin1String(name) != QLatin1String("stop"));
    line->addWidget(tool);
  }
  line->addStretch();
  buttons->addLayout(line);
  line = new QHBoxLayout;
  auto* check = new QCheckBox(QStringLiteral("Checked"));
  check->setChecked(true);
  auto* partial = new QCheckBox(QStringLiteral("Partly"));
  partial->setTristate(true);
  partial->setCheckState(Qt::PartiallyChecked);
  auto* off = new QCheckBox(QStringLiteral("Off"));
  auto* gone = new QCheckBox(QStringLiteral("Disabled"));
  gone->setChecked(true);
  gone->setEnabled(false);
  auto* radio = new QRadioButton(QStringLiteral("Radio"));
  radio->setChecked(true);
  for (QWidget* widget : QList<QWidget*>{check, partial, off, gone, radio, new QRadioButton(QStringLiteral("Other"))})
    line->addWidget(widget);
  line->addStretch();
  buttons->addLayout(line);
  buttons->addStretch();
  grid->addLayout(buttons, 0, 1);

  auto* box = new QGroupBox(QStringLiteral("Sampling"));
  auto* form = new QFormLayout(box);
  auto* edit = new QLineEdit;
  edit->setPlaceholderText(QStringLiteral("Search conversations"));
  form->addRow(QStringLiteral("Search"), edit);
  auto* combo = new QComboBox;
  combo->addItems({QStringLiteral("Greedy"), QStringLiteral("Balanced"), QStringLiteral("Creative")});
  form->addRow(QStringLiteral("Preset"), combo);
  auto* spin = new QDoubleSpinBox;
  spin->setValue(0.7);
  spin->setSingleStep(0.1);
  form->addRow(QStringLiteral("Temperature"), spin);
  auto* slider = new QSlider(Qt::Horizontal);
  slider->setValue(40);
  form->addRow(QStringLiteral("Top-p"), slider);
  auto* progress = new QProgressBar;
  progress->setValue(60);
  progress->setTextVisible(false);
  form->addRow(QStringLiteral("Progress"), progress);
  auto* note = new QPlainTextEdit(QStringLiteral("A system prompt\nof two lines."));
  note->setMaximumHeight(64);
  form->addRow(QStringLiteral("System"), note);
  auto* dead = new QLineEdit(QStringLiteral("read only by state"));
  dead->setEnabled(false);
  form->addRow(QStringLiteral("Disabled"), dead);
  grid->addWidget(box, 1, 0);

  auto* tabs = new QTabWidget;
  auto* table = new QTableWidget(12, 4);
  table->setHorizontalHeaderLabels({QStringLiteral("Layer"), QStringLiteral("Entropy"), QStringLiteral("CV"), QStringLiteral("MaxVio")});
  for (int i = 0; i < 12; ++i)
    for (int j = 0; j < 4; ++j) table->setItem(i, j, new QTableWidgetItem(QString::number(i * 1.37 + j, 'f', 2)));
  table->setFont(tabularFont());
  table->verticalHeader()->hide();
  table->selectRow(2);
  tabs->addTab(table, QStringLiteral("Balance"));
  auto* list = new QListWidget;
  list->addItems({QStringLiteral("A conversation about trains"), QStringLiteral("专家路由是什么？"), QStringLiteral("Third")});
  list->setCurrentRow(1);
  tabs->addTab(list, QStringLiteral("Conversations"));
  auto* tree = new QTreeWidget;
  tree->setHeaderLabels({QStringLiteral("Folder"), QStringLiteral("Size")});
  auto* top = new QTreeWidgetItem(tree, {QStringLiteral("/models"), QStringLiteral("12 GB")});
  new QTreeWidgetItem(top, {QStringLiteral("mini.gguf"), QStringLiteral("48 MB")});
  tree->expandAll();
  tabs->addTab(tree, QStringLiteral("Models"));
  grid->addWidget(tabs, 1, 1);
  grid->setColumnStretch(1, 1);
  grid->setRowStretch(1, 1);
  return page;
}

QWidget* iconsPage() {
  auto* page = new QWidget;
  auto* grid = new QGridLayout(page);
  grid->setContentsMargins(16, 16, 16, 16);
  int index = 0;
  for (const QString& name : iconNames()) {
    auto* cell = new QVBoxLayout;
    auto* picture = new QLabel;
    picture->setPixmap(icon(name).pixmap(24, 24));
    picture->setAlignment(Qt::AlignCenter);
    auto* word = new QLabel(name);
    setTextRole(word, TextRole::Small, Tone::Muted);
    word->setAlignment(Qt::AlignCenter);
    cell->addWidget(picture);
    cell->addWidget(word);
    grid->addLayout(cell, index / 11, index % 11);
    ++index;
  }
  return page;
}
