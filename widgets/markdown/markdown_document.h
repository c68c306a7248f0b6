// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QFlags>
#include <QList>
#include <QString>

#include <memory>
#include <vector>

namespace roundhouse::widgets {

enum class RunStyle {
  Strong = 1,
  Emphasis = 2,
  Strike = 4,
  Code = 8,
  Link = 16,
  Image = 32,  // the alternative text of an image; nothing is loaded
};
Q_DECLARE_FLAGS(RunStyles, RunStyle)
Q_DECLARE_OPERATORS_FOR_FLAGS(RunStyles)

enum class CodeClass : quint8 { Plain, Keyword, Type, String, Number, Comment, Function, Preprocessor };

// A piece of shown text of one style. Either its UTF-8 form equals the source's bytes [sourceBegin, sourceEnd), or it
// is one unit that stands for them (an entity, an escape), or it has no source (both -1: a bullet).
struct TextRun {
  QString text;  // a hard or soft line break is QChar::LineSeparator
  int sourceBegin = -1;
  int sourceEnd = -1;
  bool verbatim = false;
  RunStyles styles;
  CodeClass codeClass = CodeClass::Plain;
  QString href;

  // Shown text that has no source.
  static TextRun bare(QString text) {
    TextRun run;
    run.text = std::move(text);
    return run;
  }
  friend bool operator==(const TextRun&, const TextRun&) = default;
};
using TextRuns = QList<TextRun>;

enum class BlockKind { Paragraph, Heading, Code, Table, Rule, Html };
enum class CellAlignment : quint8 { Default, Left, Center, Right };

struct TableRow {
  QList<TextRuns> cells;  // as many as the table has columns
  friend bool operator==(const TableRow&, const TableRow&) = default;
};

// A leaf of the document, in reading order, with its surroundings flattened into it.
struct MarkdownBlock {
  BlockKind kind = BlockKind::Paragraph;
  int headingLevel = 0;  // 1..6
  int quoteDepth = 0;
  int listDepth = 0;
  QString marker;        // first block of a list item: a bullet, "3.", or a check box
  int markerDigits = 0;  // ordered lists: figures of the list's widest number
  bool tight = false;    // inside a list without blank lines
  int sourceBegin = 0;   // whole lines in the source's UTF-8 bytes
  int sourceEnd = 0;
  TextRuns runs;                  // Paragraph, Heading, Html
  QString language;               // Code: first word of the info string
  QString code;                   // Code: what the copy button copies
  QList<TextRuns> codeLines;      // Code: highlighted lines
  QList<CellAlignment> alignments;  // Table
  QList<TableRow> rows;             // Table; the first is its header
};

// The result of parsing one text. Immutable, shared between threads.
struct MarkdownDocument {
  QByteArray source;  // UTF-8
  std::vector<MarkdownBlock> blocks;
  // Not empty: the text is shown as it stands because a bound was hit ("too_large", "too_slow", "too_big").
  QString plainReason;
};
using MarkdownDocumentPtr = std::shared_ptr<const MarkdownDocument>;

}  // namespace roundhouse::widgets
