// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>

#include <chrono>
#include <cstddef>

#include "widgets/markdown/markdown_document.h"

namespace roundhouse::widgets {

class CodeHighlighter;

struct MarkdownLimits {
  qsizetype markdown_bytes = 256 * 1024;     // longer texts are shown as they stand
  std::chrono::milliseconds parse_time{400};
  std::chrono::milliseconds highlight_time{200};  // all code blocks together; the rest stays plain
  std::size_t memory_bytes = std::size_t(192) * 1024 * 1024;
};

// Parses GitHub-flavoured Markdown (UTF-8; invalid sequences are shown as U+FFFD). Never fails: what is beyond a limit
// becomes a document of plain paragraphs with plainReason set. Raw HTML becomes text. Any thread; one highlighter per
// thread, null for plain code.
MarkdownDocumentPtr parseMarkdown(const QByteArray& utf8, CodeHighlighter* highlighter, const MarkdownLimits& limits = {});

// Each line a paragraph, nothing interpreted.
MarkdownDocumentPtr plainDocument(const QByteArray& utf8, const QString& reason);

}  // namespace roundhouse::widgets
