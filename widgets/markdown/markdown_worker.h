// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QThreadPool>

#include <functional>
#include <memory>

#include "widgets/markdown/markdown_document.h"

namespace roundhouse::widgets {

class CodeHighlighter;

// One thread that parses Markdown for every view. Belongs to the application.
class MarkdownWorker : public QObject {
  Q_OBJECT
 public:
  explicit MarkdownWorker(QObject* parent = nullptr);
  ~MarkdownWorker() override;

  // The application's worker, made on the first call. GUI thread.
  static MarkdownWorker* ofApplication();

  // Parses and calls back on this object's thread, unless `context` is gone by then. In order of the calls.
  void parse(const QByteArray& utf8, QObject* context, std::function<void(MarkdownDocumentPtr)> done);

 private:
  std::unique_ptr<CodeHighlighter> highlighter_;  // used by the pool's only thread
  QThreadPool pool_;                              // last: its destructor waits for the thread
};

}  // namespace roundhouse::widgets
