// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/markdown/markdown_renderer.h"

#include <QCoreApplication>
#include <QFontMetricsF>
#include <QTextBlock>
#include <QTextCursor>
#include <QTextTable>

#include <algorithm>

#include "widgets/style/metrics.h"

namespace roundhouse::widgets {
namespace {

constexpr int kListIndent = 24;
constexpr int kParagraphSpace = 8;
constexpr qsizetype kMostPlainBytes = 1024 * 1024;

QString noteFor(const QString& reason) {
  if (reason == QLatin1String("too_large"))
    return QCoreApplication::translate("MarkdownView", "Shown as plain text: the text is too long to be formatted.");
  return QCoreApplication::translate("MarkdownView", "Shown as plain text: formatting it would take too long.");
}

// How many rows of a table are laid out together.
qsizetype rowsOf(const MarkdownBlock& table) { return std::max<qsizetype>(8, 1000 / std::max<qsizetype>(1, table.alignments.size())); }

}  // namespace

MarkdownRenderer::MarkdownRenderer(QTextDocument* target) : target_(target), tokens_(&Tokens::of(Scheme::Light)) {
  target_->setUndoRedoEnabled(false);
  target_->setDocumentMargin(0);
}

void MarkdownRenderer::restyle(const Tokens& tokens) {
  tokens_ = &tokens;
  target_->setDefaultFont(fontFor(TextRole::Body));
  QTextOption option = target_->defaultTextOption();
  option.setWrapMode(QTextOption::WrapAtWordBoundaryOrAnywhere);
  option.setTabStopDistance(QFontMetricsF(monospaceFont()).horizontalAdvance(QLatin1Char(' ')) * 4);
  target_->setDefaultTextOption(option);
  QTextCursor cursor(target_);
  truncate(cursor, 0);
}

void MarkdownRenderer::show(MarkdownDocumentPtr document) {
  document_ = std::move(document);
  wanted_ = piecesOf(*document_);
}

std::vector<MarkdownRenderer::Piece> MarkdownRenderer::piecesOf(const MarkdownDocument& document) {
  std::vector<Piece> pieces;
  if (!document.plainReason.isEmpty()) {
    Piece note;
    note.kind = Kind::Note;
    note.runs.append(TextRun::bare(noteFor(document.plainReason)));
    pieces.push_back(std::move(note));
  }
  for (size_t index = 0; index < document.blocks.size(); ++index) {
    const MarkdownBlock& block = document.blocks[index];
    if (!document.plainReason.isEmpty() && block.sourceBegin > kMostPlainBytes) {
      Piece note;
      note.kind = Kind::Note;
      note.runs.append(TextRun::bare(QCoreApplication::translate("MarkdownView", "The rest (%n bytes) is not shown here.",
                                                           nullptr, int(document.source.size()) - block.sourceBegin)));
      pieces.push_back(std::move(note));
      break;
    }
    Piece piece;
    piece.block = int(index);
    piece.quoteDepth = block.quoteDepth;
    piece.listDepth = block.listDepth;
    piece.marker = block.marker;
    piece.markerDigits = block.markerDigits;
    piece.tight = block.tight;
    switch (block.kind) {
      case BlockKind::Paragraph:
      case BlockKind::Html: piece.runs = block.runs; break;
      case BlockKind::Heading:
        piece.kind = Kind::Heading;
        piece.level = block.headingLevel;
        piece.runs = block.runs;
        break;
      case BlockKind::Rule: piece.kind = Kind::Rule; break;
      case BlockKind::Table:
        // A long table is laid out in parts: a slice of work stays short, and a row more touches the last part only.
        piece.kind = Kind::Table;
        piece.alignments = block.alignments;
        piece.first = true;
        for (qsizetype row = 0; row < block.rows.size(); row += rowsOf(block)) {
          piece.rows = block.rows.mid(row, rowsOf(block));
          piece.last = row + rowsOf(block) >= block.rows.size();
          pieces.push_back(piece);
          piece.first = false;
        }
        continue;
      case BlockKind::Code:
        piece.kind = Kind::CodeLine;
        for (qsizetype line = 0; line < block.codeLines.size(); ++line) {
          Piece each = piece;
          each.runs = block.codeLines[line];
          each.first = line == 0;
          each.last = line + 1 == block.codeLines.size();
          if (!each.first) each.marker.clear();
          pieces.push_back(std::move(each));
        }
        continue;
    }
    pieces.push_back(std::move(piece));
  }
  return pieces;
}

bool MarkdownRenderer::step(int milliseconds) {
  size_t same = 0;
  while (same < shown_.size() && same < wanted_.size() && shown_[same].piece == wanted_[same]) ++same;
  if (same == shown_.size() && same == wanted_.size()) return false;
  QElapsedTimer clock;
  clock.start();
  QTextCursor cursor(target_);
  cursor.beginEditBlock();
  if (same < shown_.size()) truncate(cursor, same);
  while (shown_.size() < wanted_.size()) {
    append(cursor, wanted_[shown_.size()]);
    if (clock.elapsed() >= milliseconds) break;
  }
  cursor.endEditBlock();
  return shown_.size() < wanted_.size();
}

void MarkdownRenderer::truncate(QTextCursor& cursor, size_t count) {
  if (count >= shown_.size() && count > 0) return;
  removed_ += int(shown_.size() - count);
  if (count == 0) {
    cursor.select(QTextCursor::Document);
    cursor.removeSelectedText();
    shown_.clear();
    places_.clear();
    tail_free_ = true;
    cursor.setBlockFormat(tinyFormat());
    cursor.setBlockCharFormat({});
    return;
  }
  const int start = shown_[count].position;
  const bool after_table = shown_[count - 1].piece.kind == Kind::Table;
  const bool apart = after_table && shown_[count].piece.kind == Kind::CodeLine;
  places_.resize(shown_[count].first_place);
  shown_.resize(count);
  // Behind a table Qt keeps a block of its own, which is emptied; elsewhere the separator goes too.
  cursor.setPosition(after_table && !apart ? start : start - 1);
  cursor.movePosition(QTextCursor::End, QTextCursor::KeepAnchor);
  cursor.removeSelectedText();
  tail_free_ = after_table;
  cursor.setBlockFormat(after_table ? tinyFormat() : blockFormat(shown_.back().piece));
}

void MarkdownRenderer::append(QTextCursor& cursor, const Piece& piece) {
  ++inserted_;
  cursor.movePosition(QTextCursor::End);
  const QTextBlockFormat format = piece.kind == Kind::Table ? tinyFormat() : blockFormat(piece);
  const QTextCharFormat base = charFormat(piece);
  // Qt leaves out the margin above a block right behind a table, where the bar of a code block stands: the block that Qt
  // keeps there goes between.
  const bool apart = tail_free_ && !shown_.empty() && piece.kind == Kind::CodeLine;
  if (tail_free_ && !apart) {
    cursor.setBlockFormat(format);
    cursor.setBlockCharFormat(base);
    cursor.setCharFormat(base);
  } else {
    cursor.insertBlock(format, base);
  }
  shown_.push_back({piece, cursor.position(), places_.size()});
  tail_free_ = false;
  if (piece.kind == Kind::Table) return appendTable(cursor, piece);
  if (!piece.marker.isEmpty() && piece.kind != Kind::CodeLine) {
    QTextCharFormat muted = base;
    muted.setForeground((*tokens_)[ColorToken::TextMuted]);
    cursor.insertText(piece.marker + QLatin1Char('\t'), muted);
  }
  // Qt lays out an empty block behind a table beside it.
  if (piece.kind == Kind::Rule) cursor.insertText(QString(QChar(QChar::Nbsp)), base);
  insertRuns(cursor, piece.runs, base);
}

void MarkdownRenderer::appendTable(QTextCursor& cursor, const Piece& piece) {
  QTextTableFormat format;
  format.setBorder(1);
  format.setBorderStyle(QTextFrameFormat::BorderStyle_Solid);
  format.setBorderBrush((*tokens_)[ColorToken::Border]);
  format.setBorderCollapse(true);
  format.setCellPadding(6);
  format.setCellSpacing(0);
  format.setHeaderRowCount(piece.first ? 1 : 0);
  format.setLeftMargin(leftOf(piece));
  format.setBottomMargin(piece.last ? grid::kMedium : 0);
  const int columns = int(piece.alignments.size());
  if (columns > 0 && !piece.rows.isEmpty()) {
    QTextTable* table = cursor.insertTable(int(piece.rows.size()), columns, format);
    for (int row = 0; row < piece.rows.size(); ++row)
      for (int column = 0; column < columns; ++column) {
        QTextTableCell cell = table->cellAt(row, column);
        QTextCharFormat base = charFormat(piece);
        const bool header = row == 0 && piece.first;
        if (header) base.setFontWeight(QFont::Bold);
        QTextBlockFormat line;
        line.setLineHeight(120, QTextBlockFormat::ProportionalHeight);
        switch (piece.alignments[column]) {
          case CellAlignment::Center: line.setAlignment(Qt::AlignHCenter); break;
          case CellAlignment::Right: line.setAlignment(Qt::AlignRight); break;
          default: line.setAlignment(Qt::AlignLeft); break;
        }
        QTextCursor inside = cell.firstCursorPosition();
        inside.setBlockFormat(line);
        inside.setBlockCharFormat(base);
        insertRuns(inside, piece.rows[row].cells.value(column), base);
        if (!header) continue;
        // After the text: a cell's format and its first block's character format are one.
        QTextTableCellFormat ground = cell.format().toTableCellFormat();
        ground.setBackground((*tokens_)[ColorToken::CodeGround]);
        cell.setFormat(ground);
      }
    cursor.movePosition(QTextCursor::End);
  }
  cursor.setBlockFormat(tinyFormat());
  cursor.setBlockCharFormat(charFormat(piece));
  tail_free_ = true;
}

void MarkdownRenderer::insertRuns(QTextCursor& cursor, const TextRuns& runs, const QTextCharFormat& base) {
  for (const TextRun& run : runs) {
    const int position = cursor.position();
    cursor.insertText(run.text, runFormat(run, base));
    if (run.sourceBegin >= 0 && run.sourceEnd > run.sourceBegin)
      places_.push_back({position, cursor.position() - position, run.sourceBegin, run.sourceEnd, run.verbatim});
  }
}

// Formats --------------------------------------------------------------------------------------------------------

double MarkdownRenderer::markerWidth(const Piece& piece) const {
  if (piece.markerDigits == 0) return kListIndent;
  const QFontMetricsF metrics(target_->defaultFont());
  const double figures = metrics.horizontalAdvance(QLatin1Char('0')) * piece.markerDigits;
  return std::max<double>(kListIndent, std::ceil((figures + metrics.horizontalAdvance(QLatin1Char('.')) + 8) / 4) * 4);
}

double MarkdownRenderer::leftOf(const Piece& piece) const {
  double left = piece.quoteDepth * kQuoteIndent;
  if (piece.listDepth > 0) left += (piece.listDepth - 1) * kListIndent + markerWidth(piece);
  return left;
}

double MarkdownRenderer::hangOf(const Piece& piece) const {
  QString text;
  for (const TextRun& run : piece.runs) text += run.text;
  if (text.contains(QLatin1Char('\t'))) return 0;  // tab stops are counted from the line's own edge
  qsizetype spaces = 0;
  while (spaces < text.size() && text[spaces] == QLatin1Char(' ')) ++spaces;
  return QFontMetricsF(monospaceFont()).horizontalAdvance(QLatin1Char(' ')) * double(std::min<qsizetype>(spaces, 24) + 2);
}

QTextBlockFormat MarkdownRenderer::tinyFormat() const {
  QTextBlockFormat format;
  format.setLineHeight(1, QTextBlockFormat::FixedHeight);
  return format;
}

QTextBlockFormat MarkdownRenderer::blockFormat(const Piece& piece) const {
  QTextBlockFormat format;
  const double left = leftOf(piece);
  format.setLeftMargin(left);
  format.setLineHeight(130, QTextBlockFormat::ProportionalHeight);
  format.setBottomMargin(piece.tight ? grid::kTight : kParagraphSpace);
  switch (piece.kind) {
    case Kind::Heading:
      format.setTopMargin(piece.level <= 2 ? grid::kLarge : grid::kMedium);
      format.setBottomMargin(grid::kTight);
      format.setLineHeight(115, QTextBlockFormat::ProportionalHeight);
      format.setHeadingLevel(piece.level);
      break;
    case Kind::CodeLine:
      format.setLineHeight(120, QTextBlockFormat::ProportionalHeight);
      // What wraps stands deeper than where its line began, so that it does not look like a line of its own.
      format.setLeftMargin(left + kCodePadding + hangOf(piece));
      format.setTextIndent(-hangOf(piece));
      format.setRightMargin(kCodePadding);
      // Margins of neighbours do not add up: these leave eight pixels between two code blocks.
      format.setTopMargin(piece.first ? kCodeBar + 2 * grid::kSmall : 0);
      format.setBottomMargin(piece.last ? grid::kSmall + grid::kMedium : 0);
      break;
    case Kind::Rule:
      format.setLineHeight(grid::kLarge, QTextBlockFormat::FixedHeight);
      break;
    default: break;
  }
  if (!piece.marker.isEmpty() && piece.kind != Kind::CodeLine) {
    const double width = markerWidth(piece);
    format.setTextIndent(-width);
    format.setTabPositions({QTextOption::Tab(width, QTextOption::LeftTab)});
  }
  return format;
}

QTextCharFormat MarkdownRenderer::charFormat(const Piece& piece) const {
  QTextCharFormat format;
  format.setForeground((*tokens_)[piece.kind == Kind::Note ? ColorToken::TextMuted : ColorToken::Text]);
  switch (piece.kind) {
    case Kind::Heading:
      format.setFont(fontFor(piece.level == 1   ? TextRole::Display
                             : piece.level == 2 ? TextRole::Title
                                                : TextRole::Body));
      format.setFontWeight(QFont::Bold);
      break;
    case Kind::CodeLine: format.setFont(monospaceFont()); break;
    case Kind::Note: format.setFontItalic(true); break;
    default: format.setFont(target_->defaultFont()); break;
  }
  return format;
}

QTextCharFormat MarkdownRenderer::runFormat(const TextRun& run, QTextCharFormat format) const {
  if (run.codeClass != CodeClass::Plain) {
    static constexpr ColorToken colors[] = {ColorToken::Text,         ColorToken::CodeKeyword, ColorToken::CodeType,
                                            ColorToken::CodeString,   ColorToken::CodeNumber,  ColorToken::CodeComment,
                                            ColorToken::CodeFunction, ColorToken::CodePreprocessor};
    format.setForeground((*tokens_)[colors[int(run.codeClass)]]);
  }
  if (run.styles & RunStyle::Strong) format.setFontWeight(QFont::Bold);
  if (run.styles & (RunStyle::Emphasis | RunStyle::Image)) format.setFontItalic(true);
  if (run.styles & RunStyle::Strike) format.setFontStrikeOut(true);
  if (run.styles & RunStyle::Code) {
    const QFont mono = monospaceFont();
    format.setFontFamilies(mono.families());
    format.setFontFixedPitch(true);
    if (mono.pointSizeF() > 0 && format.fontPointSize() > 0)
      format.setFontPointSize(format.fontPointSize() * mono.pointSizeF() / target_->defaultFont().pointSizeF());
    format.setBackground((*tokens_)[ColorToken::CodeGround]);
  }
  if ((run.styles & RunStyle::Link) && !run.href.isEmpty()) {
    format.setAnchor(true);
    format.setAnchorHref(run.href);
    format.setForeground((*tokens_)[ColorToken::Link]);
    format.setFontUnderline(true);
  }
  return format;
}

// Look-ups -------------------------------------------------------------------------------------------------------

int MarkdownRenderer::sourceOffset(int position) const {
  auto after = std::upper_bound(places_.begin(), places_.end(), position,
                                [](int at, const Place& place) { return at < place.position; });
  if (after == places_.begin()) return -1;
  const Place& place = *std::prev(after);
  if (position >= place.position + place.length) return -1;
  if (!place.verbatim) return place.source_begin;
  QTextCursor before(target_);
  before.setPosition(place.position);
  before.setPosition(position, QTextCursor::KeepAnchor);
  return place.source_begin + int(before.selectedText().toUtf8().size());
}

std::vector<std::pair<int, int>> MarkdownRenderer::positions(int sourceBegin, int sourceEnd) const {
  std::vector<std::pair<int, int>> ranges;
  if (!document_ || sourceBegin >= sourceEnd) return ranges;
  for (const Place& place : places_) {
    const int from = std::max(sourceBegin, place.source_begin), to = std::min(sourceEnd, place.source_end);
    if (from >= to) continue;
    int first = place.position, last = place.position + place.length;
    if (place.verbatim) {
      // A range that cuts a character shows the whole of it.
      const auto units = [&](int begin, int end) {
        return int(QString::fromUtf8(document_->source.constData() + begin, end - begin).size());
      };
      int a = from, b = to;
      const auto continues = [&](int at) {
        return at < document_->source.size() && (uchar(document_->source[at]) & 0xC0) == 0x80;
      };
      while (a > place.source_begin && continues(a)) --a;
      while (b < place.source_end && continues(b)) ++b;
      first = place.position + units(place.source_begin, a);
      last = first + units(a, b);
    }
    if (!ranges.empty() && ranges.back().second == first)
      ranges.back().second = last;
    else
      ranges.emplace_back(first, last);
  }
  return ranges;
}

std::vector<MarkdownRenderer::CodeArea> MarkdownRenderer::codeAreas() const {
  std::vector<CodeArea> areas;
  for (const Shown& shown : shown_) {
    if (shown.piece.kind != Kind::CodeLine) continue;
    if (shown.piece.first) areas.push_back({shown.piece.block, shown.position, shown.position, leftOf(shown.piece)});
    if (!areas.empty()) areas.back().lastPosition = shown.position;
  }
  return areas;
}

std::vector<MarkdownRenderer::QuoteArea> MarkdownRenderer::quoteAreas() const {
  std::vector<QuoteArea> areas, open;  // open[d] is the running area of depth d + 1
  for (const Shown& shown : shown_) {
    while (int(open.size()) > shown.piece.quoteDepth) {
      areas.push_back(open.back());
      open.pop_back();
    }
    for (QuoteArea& area : open) area.lastPosition = shown.position;
    while (int(open.size()) < shown.piece.quoteDepth)
      open.push_back({int(open.size()) + 1, shown.position, shown.position});
  }
  areas.insert(areas.end(), open.begin(), open.end());
  return areas;
}

std::vector<int> MarkdownRenderer::rulePositions() const {
  std::vector<int> positions;
  for (const Shown& shown : shown_)
    if (shown.piece.kind == Kind::Rule) positions.push_back(shown.position);
  return positions;
}

double MarkdownRenderer::belowDocument() const {
  if (shown_.empty()) return 0;
  switch (shown_.back().piece.kind) {
    case Kind::Table: return -grid::kMedium;
    case Kind::CodeLine: return grid::kSmall;
    default: return 0;
  }
}

}  // namespace roundhouse::widgets
