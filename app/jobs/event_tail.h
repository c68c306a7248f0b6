// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QFile>
#include <QList>
#include <QString>

#include <memory>

namespace roundhouse::app {

// Follows a file of lines that another process appends to. Whole lines only; what begins anew (another file at the path, or a
// shorter one) is read from its start. Blocking reads, one thread.
class EventTail {
 public:
  static constexpr qint64 kLongestLine = qint64{64} << 20;  // bytes; longer ones are passed over

  explicit EventTail(QString path);

  struct Line {
    QByteArray text;     // without its end
    qint64 offset = 0;   // bytes before it in the file
  };
  struct Part {
    QList<Line> lines;
    bool anew = false;   // what was handed out before is of another file
    bool more = false;   // not read to the end
    qint64 passedOver = 0;  // lines that were too long
  };
  // At most about `bytes` on. A file that is missing or cannot be read gives nothing.
  Part read(qint64 bytes);

 private:
  QString path_;
  std::unique_ptr<QFile> file_;
  quint64 device_ = 0, node_ = 0;
  qint64 at_ = 0;            // bytes read
  QByteArray unfinished_;    // a line's beginning, ends at at_
  bool too_long_ = false;    // the line that is being read
};

}  // namespace roundhouse::app
