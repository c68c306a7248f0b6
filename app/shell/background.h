// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QCoreApplication>
#include <QPointer>
#include <QThreadPool>

#include <memory>
#include <utility>

namespace roundhouse::app {

// Runs `work` on a pool thread and hands its value to `done` on the window's thread, unless `context` is gone by then.
// What takes long belongs on a pool of its own: a processor with one core has one thread in the global one.
template <class Work, class Done>
void runInBackground(QObject* context, Work work, Done done, QThreadPool* pool = QThreadPool::globalInstance()) {
  pool->start([guard = QPointer<QObject>(context), work = std::move(work), done = std::move(done)]() mutable {
    auto value = std::make_shared<decltype(work())>(work());
    QMetaObject::invokeMethod(QCoreApplication::instance(), [guard, done = std::move(done), value]() mutable {
      if (guard) done(std::move(*value));
    }, Qt::QueuedConnection);
  });
}

}  // namespace roundhouse::app
