// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/markdown/markdown_worker.h"

#include <QCoreApplication>
#include <QPointer>

#include "widgets/markdown/code_highlighter.h"
#include "widgets/markdown/markdown_parser.h"

namespace roundhouse::widgets {

MarkdownWorker::MarkdownWorker(QObject* parent) : QObject(parent), highlighter_(std::make_unique<CodeHighlighter>()) {
  pool_.setMaxThreadCount(1);
  pool_.setThreadPriority(QThread::LowPriority);
}

MarkdownWorker::~MarkdownWorker() {
  pool_.clear();
  pool_.waitForDone();
}

MarkdownWorker* MarkdownWorker::ofApplication() {
  QCoreApplication* app = QCoreApplication::instance();
  if (auto* worker = app->findChild<MarkdownWorker*>(QString(), Qt::FindDirectChildrenOnly)) return worker;
  return new MarkdownWorker(app);
}

void MarkdownWorker::parse(const QByteArray& utf8, QObject* context, std::function<void(MarkdownDocumentPtr)> done) {
  const QPointer<QObject> alive(context);
  pool_.start([this, utf8, alive, done = std::move(done)] {
    MarkdownDocumentPtr document = parseMarkdown(utf8, highlighter_.get());
    QMetaObject::invokeMethod(
        this,
        [alive, done, document = std::move(document)] {
          if (alive) done(document);
        },
        Qt::QueuedConnection);
  });
}

}  // namespace roundhouse::widgets
