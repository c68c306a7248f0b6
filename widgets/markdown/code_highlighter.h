// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QStringList>

#include <chrono>
#include <memory>
#include <vector>

#include "widgets/markdown/markdown_document.h"

namespace roundhouse::widgets {

struct CodeSpan {
  int begin = 0;  // UTF-16 units within the line
  int length = 0;
  CodeClass codeClass = CodeClass::Plain;
};
using CodeSpans = std::vector<std::vector<CodeSpan>>;  // [lines]

// GNU source-highlight behind a bound. One instance per thread; instances take turns on a lock, because the library's
// parser of language definitions is not reentrant. Failures of the library leave code plain.
class CodeHighlighter {
 public:
  CodeHighlighter();
  ~CodeHighlighter();

  // False when the library's language definitions were not found; then everything stays plain.
  bool available() const;
  // Whether a fence's first word ("python", "C++", "sh") names a language that can be highlighted.
  static bool knows(const QString& language);
  // One entry per line. Lines after the deadline, and lines over 2000 characters, stay plain. A text that continues the
  // one before (an answer that streams) is taken up where it ended.
  CodeSpans highlight(const QString& language, const QStringList& lines,
                      std::chrono::steady_clock::time_point deadline);

 private:
  class Library;
  struct Resume;
  std::unique_ptr<Library> library_;
  std::unique_ptr<Resume> resume_;
};

}  // namespace roundhouse::widgets
