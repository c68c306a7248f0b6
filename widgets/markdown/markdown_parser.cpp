// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/markdown/markdown_parser.h"

#include <cmark-gfm-core-extensions.h>
#include <cmark-gfm-extension_api.h>
#include <cmark-gfm.h>

#include <algorithm>
#include <cstring>
#include <string_view>
#include <tuple>

#include "widgets/markdown/bounded_cmark.h"
#include "widgets/markdown/code_highlighter.h"
#include "widgets/markdown/source_aligner.h"

namespace roundhouse::widgets {
namespace {

constexpr int kDeepest = 12;            // deeper quotes and lists are shown at this depth
constexpr int kLongestParagraph = 64 * 1024;

std::string_view viewOf(const QByteArray& bytes) { return {bytes.constData(), size_t(bytes.size())}; }

// Byte offsets of the lines, ended by \n, \r or \r\n as in CommonMark; one more entry than lines.
std::vector<int> lineStarts(std::string_view text) {
  std::vector<int> starts{0};
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n') continue;
    if (text[i] == '\n' || text[i] == '\r') starts.push_back(int(i) + 1);
  }
  if (starts.back() != int(text.size())) starts.push_back(int(text.size()));
  return starts;
}

int withoutLineEnd(std::string_view text, int begin, int end) {
  while (end > begin && (text[size_t(end) - 1] == '\n' || text[size_t(end) - 1] == '\r')) --end;
  return end;
}

bool isType(cmark_node* node, const char* name) { return std::strcmp(cmark_node_get_type_string(node), name) == 0; }

// Walks the tree once, in reading order, without recursion.
class Builder {
 public:
  Builder(MarkdownDocument* document, CodeHighlighter* highlighter, std::chrono::milliseconds highlight_time)
      : document_(document), source_(viewOf(document->source)), starts_(lineStarts(source_)), aligner_(source_),
        highlighter_(highlighter), deadline_(std::chrono::steady_clock::now() + highlight_time) {}

  void build(cmark_iter* iter) {
    for (cmark_event_type event; (event = cmark_iter_next(iter)) != CMARK_EVENT_DONE;) {
      cmark_node* node = cmark_iter_get_node(iter);
      if (event == CMARK_EVENT_ENTER)
        enter(node);
      else
        leave(node);
    }
  }

 private:
  struct List {
    int next = 1;
    bool ordered = false;
    bool paren = false;
    bool tight = false;
    int digits = 0;
  };

  void enter(cmark_node* node) {
    switch (const cmark_node_type type = cmark_node_get_type(node)) {
      case CMARK_NODE_BLOCK_QUOTE: ++quotes_; return;
      case CMARK_NODE_LIST: enterList(node); return;
      case CMARK_NODE_PARAGRAPH: begin(node, BlockKind::Paragraph); return;
      case CMARK_NODE_HEADING:
        begin(node, BlockKind::Heading).headingLevel = cmark_node_get_heading_level(node);
        return;
      case CMARK_NODE_CODE_BLOCK: addCode(node); return;
      case CMARK_NODE_HTML_BLOCK: addHtml(node); return;
      case CMARK_NODE_THEMATIC_BREAK: begin(node, BlockKind::Rule); return;
      case CMARK_NODE_TEXT: addText(cmark_node_get_literal(node), styles()); return;
      case CMARK_NODE_CODE: addText(cmark_node_get_literal(node), styles() | RunStyle::Code); return;
      case CMARK_NODE_HTML_INLINE: addText(cmark_node_get_literal(node), styles()); return;
      case CMARK_NODE_SOFTBREAK:
      case CMARK_NODE_LINEBREAK: addBreak(); return;
      case CMARK_NODE_STRONG: ++strong_; return;
      case CMARK_NODE_EMPH: ++emphasis_; return;
      case CMARK_NODE_LINK:
      case CMARK_NODE_IMAGE: {
        const char* url = cmark_node_get_url(node);
        targets_.append({QString::fromUtf8(url ? url : ""), type == CMARK_NODE_IMAGE});
        return;
      }
      default: break;
    }
    if (type_is_item(node)) {
      enterItem(node);
    } else if (isType(node, "strikethrough")) {
      ++strike_;
    } else if (isType(node, "table")) {
      MarkdownBlock& block = begin(node, BlockKind::Table);
      const int columns = cmark_gfm_extensions_get_table_columns(node);
      const uint8_t* alignments = cmark_gfm_extensions_get_table_alignments(node);
      for (int i = 0; i < columns; ++i) {
        const char given = alignments ? char(alignments[i]) : 0;
        block.alignments.append(given == 'l'   ? CellAlignment::Left
                                : given == 'c' ? CellAlignment::Center
                                : given == 'r' ? CellAlignment::Right
                                               : CellAlignment::Default);
      }
    } else if (isType(node, "table_row") || isType(node, "table_header")) {
      enterLines(node);
      document_->blocks.back().rows.append(TableRow{});
    } else if (isType(node, "table_cell")) {
      document_->blocks.back().rows.last().cells.append(TextRuns{});
      in_cell_ = true;
    }
  }

  void leave(cmark_node* node) {
    switch (cmark_node_get_type(node)) {
      case CMARK_NODE_BLOCK_QUOTE: --quotes_; return;
      case CMARK_NODE_LIST:
        lists_.removeLast();
        marker_.clear();
        return;
      case CMARK_NODE_PARAGRAPH:
      case CMARK_NODE_HEADING: in_block_ = false; return;
      case CMARK_NODE_STRONG: --strong_; return;
      case CMARK_NODE_EMPH: --emphasis_; return;
      case CMARK_NODE_LINK:
      case CMARK_NODE_IMAGE:
        // An image without words shows its address.
        if (targets_.last().image && !cmark_node_first_child(node))
          addText(targets_.last().url.toUtf8().constData(), styles());
        targets_.removeLast();
        aligner_.skipLinkTarget();
        return;
      default: break;
    }
    if (type_is_item(node)) {
      // An item without content still shows its marker.
      if (!marker_.isEmpty()) {
        begin(node, BlockKind::Paragraph);
        in_block_ = false;
      }
    } else if (isType(node, "strikethrough")) {
      --strike_;
    } else if (isType(node, "table_cell")) {
      in_cell_ = false;
    } else if (isType(node, "table")) {
      MarkdownBlock& block = document_->blocks.back();
      for (TableRow& row : block.rows) row.cells.resize(block.alignments.size());
      in_block_ = false;
    }
  }

  static bool type_is_item(cmark_node* node) {
    return cmark_node_get_type(node) == CMARK_NODE_ITEM || isType(node, "tasklist");
  }

  void enterList(cmark_node* node) {
    List list;
    list.ordered = cmark_node_get_list_type(node) == CMARK_ORDERED_LIST;
    list.paren = cmark_node_get_list_delim(node) == CMARK_PAREN_DELIM;
    list.tight = cmark_node_get_list_tight(node);
    list.next = cmark_node_get_list_start(node);
    if (list.ordered) {
      int last = list.next - 1;
      for (cmark_node* item = cmark_node_first_child(node); item; item = cmark_node_next(item)) ++last;
      // Two figures from the start, so that a list that grows while it streams does not shift at its tenth item.
      list.digits = std::max(2, int(QString::number(last).size()));
    }
    lists_.append(list);
  }

  void enterItem(cmark_node* node) {
    List& list = lists_.last();
    if (isType(node, "tasklist")) {
      marker_ = cmark_gfm_extensions_get_tasklist_item_checked(node) ? QStringLiteral("☑") : QStringLiteral("☐");
    } else if (list.ordered) {
      marker_ = QString::number(list.next) + QLatin1Char(list.paren ? ')' : '.');
    } else {
      static constexpr QChar bullets[3] = {QChar(0x2022), QChar(0x25E6), QChar(0x25AA)};
      marker_ = bullets[size_t(lists_.size() - 1) % 3];
    }
    ++list.next;
  }

  // Line of a table's header: cmark counts it from the paragraph that the table ends.
  static int headerLine(cmark_node* table) {
    cmark_node* header = cmark_node_first_child(table);
    cmark_node* row = header ? cmark_node_next(header) : nullptr;
    return row ? cmark_node_get_start_line(row) - 2 : cmark_node_get_end_line(table) - 1;
  }

  // First and last line, from 1. A paragraph that goes over into a table has none of its own, and the table has the
  // paragraph's.
  static std::pair<int, int> linesOf(cmark_node* node) {
    const int first = cmark_node_get_start_line(node), last = cmark_node_get_end_line(node);
    cmark_node* next = cmark_node_next(node);
    if (first == 0 && next && isType(next, "table")) return {cmark_node_get_start_line(next), headerLine(next) - 1};
    if (isType(node, "table")) return {std::max(first, headerLine(node)), last};
    if (isType(node, "table_header")) {
      const int line = headerLine(cmark_node_parent(node));
      return {line, line};
    }
    return {first, last};
  }

  // The bytes of a node's lines.
  std::pair<int, int> bytesOf(cmark_node* node) const {
    const auto [from, to] = linesOf(node);
    const int first = std::clamp(from - 1, 0, int(starts_.size()) - 1);
    const int last = std::clamp(to, first, int(starts_.size()) - 1);
    return {starts_[size_t(first)], starts_[size_t(last)]};
  }

  void enterLines(cmark_node* node) {
    const auto [from, to] = bytesOf(node);
    aligner_.enterBlock(from, to);
  }

  MarkdownBlock& begin(cmark_node* node, BlockKind kind) {
    MarkdownBlock block;
    block.kind = kind;
    block.quoteDepth = std::min(quotes_, kDeepest);
    block.listDepth = std::min(int(lists_.size()), kDeepest);
    block.marker = std::exchange(marker_, QString());
    if (!lists_.isEmpty()) {
      block.tight = lists_.last().tight;
      block.markerDigits = lists_.last().digits;
    }
    std::tie(block.sourceBegin, block.sourceEnd) = bytesOf(node);
    aligner_.enterBlock(block.sourceBegin, block.sourceEnd);
    document_->blocks.push_back(std::move(block));
    in_block_ = kind == BlockKind::Paragraph || kind == BlockKind::Heading || kind == BlockKind::Table;
    return document_->blocks.back();
  }

  RunStyles styles() const {
    RunStyles styles;
    styles.setFlag(RunStyle::Strong, strong_ > 0);
    styles.setFlag(RunStyle::Emphasis, emphasis_ > 0);
    styles.setFlag(RunStyle::Strike, strike_ > 0);
    if (!targets_.isEmpty()) {
      styles.setFlag(RunStyle::Link);
      styles.setFlag(RunStyle::Image, targets_.last().image);
    }
    return styles;
  }

  TextRuns* runs() {
    if (!in_block_ || document_->blocks.empty()) return nullptr;
    MarkdownBlock& block = document_->blocks.back();
    if (block.kind != BlockKind::Table) return &block.runs;
    return in_cell_ ? &block.rows.last().cells.last() : nullptr;
  }

  void addText(const char* literal, RunStyles styles) {
    TextRuns* runs = this->runs();
    if (!runs || !literal || !*literal) return;
    for (SourceAligner::Piece& piece : aligner_.place(literal)) {
      TextRun run;
      run.text = std::move(piece.text);
      run.text.replace(QLatin1Char('\n'), QChar::LineSeparator);
      run.sourceBegin = piece.begin;
      run.sourceEnd = piece.end;
      run.verbatim = piece.verbatim;
      run.styles = styles;
      if (!targets_.isEmpty()) run.href = targets_.last().url;
      runs->append(std::move(run));
    }
  }

  // A model's line end is meant: soft breaks are shown as breaks.
  void addBreak() {
    if (TextRuns* runs = this->runs()) {
      runs->append(TextRun::bare(QString(QChar(QChar::LineSeparator))));
    }
  }

  // The source range of a literal line that ends a source line (after indentation and quote marks), or -1.
  std::pair<int, int> lineRange(int line, std::string_view literal) const {
    if (line < 0 || line + 1 >= int(starts_.size())) return {-1, -1};
    const int begin = starts_[size_t(line)];
    const int end = withoutLineEnd(source_, begin, starts_[size_t(line) + 1]);
    const int from = end - int(literal.size());
    if (from < begin || source_.substr(size_t(from), literal.size()) != literal) return {-1, -1};
    return {from, end};
  }

  void addCode(cmark_node* node) {
    MarkdownBlock& block = begin(node, BlockKind::Code);
    in_block_ = false;
    const char* info = cmark_node_get_fence_info(node);
    block.language = QString::fromUtf8(info ? info : "").section(QLatin1Char(' '), 0, 0);
    const std::string_view literal = cmark_node_get_literal(node) ? cmark_node_get_literal(node) : "";
    block.code = QString::fromUtf8(literal.data(), qsizetype(literal.size()));
    int fence_length = 0, fence_offset = 0;
    char fence_character = 0;
    const bool fenced = cmark_node_get_fenced(node, &fence_length, &fence_offset, &fence_character);
    addCodeLines(&block, literal, cmark_node_get_start_line(node) - 1 + (fenced ? 1 : 0));
  }

  void addCodeLines(MarkdownBlock* block, std::string_view literal, int line) {
    std::vector<std::string_view> lines;
    while (!literal.empty()) {
      const size_t end = std::min(literal.find('\n'), literal.size());
      lines.push_back(literal.substr(0, end));
      literal.remove_prefix(std::min(end + 1, literal.size()));
    }
    if (lines.empty()) lines.emplace_back();
    QStringList texts;
    for (std::string_view text : lines) texts.append(QString::fromUtf8(text.data(), qsizetype(text.size())));
    CodeSpans spans(size_t(texts.size()));
    if (highlighter_ && CodeHighlighter::knows(block->language))
      spans = highlighter_->highlight(block->language, texts, deadline_);
    for (qsizetype i = 0; i < texts.size(); ++i) {
      const auto [from, to] = lineRange(line + int(i), lines[size_t(i)]);
      TextRuns runs;
      int units = 0, bytes = from;
      const auto piece = [&](int end, CodeClass code_class) {
        if (end <= units) return;
        TextRun run;
        run.text = texts[i].mid(units, end - units);
        run.codeClass = code_class;
        if (from >= 0) {
          run.sourceBegin = bytes;
          run.sourceEnd = bytes + int(run.text.toUtf8().size());
          // Invalid UTF-8 was replaced: the lengths no longer agree.
          run.verbatim = texts[i].toUtf8().size() == to - from;
          if (!run.verbatim) {
            run.sourceBegin = from;
            run.sourceEnd = to;
          }
          bytes = run.sourceEnd;
        }
        units = end;
        runs.append(std::move(run));
      };
      for (const CodeSpan& span : spans[size_t(i)]) {
        piece(span.begin, CodeClass::Plain);
        piece(span.begin + span.length, span.codeClass);
      }
      piece(int(texts[i].size()), CodeClass::Plain);
      block->codeLines.append(runs);
    }
  }

  void addHtml(cmark_node* node) {
    MarkdownBlock& block = begin(node, BlockKind::Html);
    in_block_ = false;
    const std::string_view literal = cmark_node_get_literal(node) ? cmark_node_get_literal(node) : "";
    addCodeLines(&block, literal, cmark_node_get_start_line(node) - 1);
    // Text, not code: one paragraph with its lines.
    for (const TextRuns& line : std::as_const(block.codeLines)) {
      if (!block.runs.isEmpty()) block.runs.append(TextRun::bare(QString(QChar(QChar::LineSeparator))));
      block.runs.append(line);
    }
    block.codeLines.clear();
  }

  struct Target {
    QString url;
    bool image;
  };

  MarkdownDocument* document_;
  std::string_view source_;
  std::vector<int> starts_;
  SourceAligner aligner_;
  CodeHighlighter* highlighter_;
  std::chrono::steady_clock::time_point deadline_;
  QList<List> lists_;
  QList<Target> targets_;
  QString marker_;
  int quotes_ = 0;
  int strong_ = 0;
  int emphasis_ = 0;
  int strike_ = 0;
  bool in_block_ = false;
  bool in_cell_ = false;
};

}  // namespace

MarkdownDocumentPtr plainDocument(const QByteArray& utf8, const QString& reason) {
  auto document = std::make_shared<MarkdownDocument>();
  document->source = utf8;
  document->plainReason = reason;
  const std::string_view source = viewOf(document->source);
  const std::vector<int> starts = lineStarts(source);
  for (size_t line = 0; line + 1 < starts.size(); ++line) {
    MarkdownBlock block;
    block.tight = true;
    block.sourceBegin = starts[line];
    block.sourceEnd = starts[line + 1];
    const int end = withoutLineEnd(source, block.sourceBegin, block.sourceEnd);
    // Very long lines are cut, so that each piece is laid out in bounded time.
    for (int at = block.sourceBegin; at < end;) {
      int to = std::min(end, at + kLongestParagraph);
      while (to < end && to > at + 1 && (uchar(source[size_t(to)]) & 0xC0) == 0x80) --to;
      TextRun run;
      run.text = QString::fromUtf8(source.data() + at, to - at);
      run.sourceBegin = at;
      run.sourceEnd = to;
      run.verbatim = run.text.toUtf8().size() == to - at;
      block.runs = {run};
      document->blocks.push_back(block);
      at = to;
    }
    if (end == block.sourceBegin) document->blocks.push_back(block);
  }
  return document;
}

MarkdownDocumentPtr parseMarkdown(const QByteArray& utf8, CodeHighlighter* highlighter, const MarkdownLimits& limits) {
  if (utf8.size() > limits.markdown_bytes) return plainDocument(utf8, QStringLiteral("too_large"));
  const BoundedCmark parsed(viewOf(utf8), limits.parse_time, limits.memory_bytes);
  if (parsed.outcome() == CmarkOutcome::OutOfTime) return plainDocument(utf8, QStringLiteral("too_slow"));
  if (parsed.outcome() == CmarkOutcome::OutOfMemory) return plainDocument(utf8, QStringLiteral("too_big"));
  auto document = std::make_shared<MarkdownDocument>();
  document->source = utf8;
  Builder(document.get(), highlighter, limits.highlight_time).build(parsed.iterator());
  return document;
}

}  // namespace roundhouse::widgets
