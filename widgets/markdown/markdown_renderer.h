// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QElapsedTimer>
#include <QTextBlockFormat>
#include <QTextCharFormat>
#include <QTextDocument>

#include <vector>

#include "widgets/markdown/markdown_document.h"
#include "widgets/style/tokens.h"

class QTextCursor;

namespace roundhouse::widgets {

// Puts a MarkdownDocument into a QTextDocument piece by piece. A new document keeps the pieces (paragraphs, code lines,
// tables) that it shares with the one before from the start, so an answer that streams only touches its end.
class MarkdownRenderer {
 public:
  explicit MarkdownRenderer(QTextDocument* target);

  // Colours, fonts or language have changed: everything is drawn anew by the next steps.
  void restyle(const Tokens& tokens);
  void show(MarkdownDocumentPtr document);
  // Works for about `milliseconds`; false when nothing is left.
  bool step(int milliseconds);
  bool done() const { return shown_.size() == wanted_.size(); }
  const MarkdownDocumentPtr& document() const { return document_; }
  // How many pieces were taken out and put in since the start: tests hold streaming to it.
  int piecesRemoved() const { return removed_; }
  int piecesInserted() const { return inserted_; }

  // Source (UTF-8 offsets) to shown text (QTextDocument positions) and back; -1 where there is no counterpart.
  int sourceOffset(int position) const;
  // Positions [first, second) that show the source range; consecutive pieces are joined.
  std::vector<std::pair<int, int>> positions(int sourceBegin, int sourceEnd) const;

  struct CodeArea {
    int block;          // index in document()->blocks
    int firstPosition;  // of its first line
    int lastPosition;   // of its last line
    double left;        // indentation
  };
  std::vector<CodeArea> codeAreas() const;
  struct QuoteArea {
    int depth;  // 1 is the outermost
    int firstPosition;
    int lastPosition;
  };
  std::vector<QuoteArea> quoteAreas() const;
  std::vector<int> rulePositions() const;
  // What a view that ends with the last piece is taller than the document: the ground of code goes on below its last
  // line, and the space after a table may be left out. (The document's size leaves out the last block's margin.)
  double belowDocument() const;

  static constexpr int kCodeBar = 32;      // header with language and copy button
  static constexpr int kCodePadding = 12;
  static constexpr int kQuoteIndent = 16;

 private:
  enum class Kind { Text, Heading, CodeLine, Table, Rule, Note };
  struct Piece {
    Kind kind = Kind::Text;
    TextRuns runs;
    int level = 0;
    int quoteDepth = 0;
    int listDepth = 0;
    QString marker;
    int markerDigits = 0;
    bool tight = false;
    bool first = false;  // of its code block or table
    bool last = false;
    QList<CellAlignment> alignments;
    QList<TableRow> rows;
    int block = 0;
    friend bool operator==(const Piece&, const Piece&) = default;
  };
  struct Shown {
    Piece piece;
    int position;       // of its first block
    size_t first_place; // in places_
  };
  struct Place {
    int position;
    int length;
    int source_begin;
    int source_end;
    bool verbatim;
  };

  static std::vector<Piece> piecesOf(const MarkdownDocument& document);
  void truncate(QTextCursor& cursor, size_t count);
  void append(QTextCursor& cursor, const Piece& piece);
  void appendTable(QTextCursor& cursor, const Piece& piece);
  void insertRuns(QTextCursor& cursor, const TextRuns& runs, const QTextCharFormat& base);
  QTextBlockFormat blockFormat(const Piece& piece) const;
  QTextBlockFormat tinyFormat() const;
  QTextCharFormat charFormat(const Piece& piece) const;
  QTextCharFormat runFormat(const TextRun& run, QTextCharFormat format) const;
  double leftOf(const Piece& piece) const;
  double markerWidth(const Piece& piece) const;
  double hangOf(const Piece& piece) const;

  QTextDocument* target_;
  const Tokens* tokens_;
  MarkdownDocumentPtr document_;
  std::vector<Piece> wanted_;
  std::vector<Shown> shown_;
  std::vector<Place> places_;  // ascending positions
  bool tail_free_ = true;      // the last block is an empty one that the next piece uses
  int removed_ = 0;
  int inserted_ = 0;
};

}  // namespace roundhouse::widgets
