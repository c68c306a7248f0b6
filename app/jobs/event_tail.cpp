// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/jobs/event_tail.h"

#include <sys/stat.h>

namespace roundhouse::app {

EventTail::EventTail(QString path) : path_(std::move(path)) {}

EventTail::Part EventTail::read(qint64 bytes) {
  Part part;
  struct stat there {};
  if (::stat(QFile::encodeName(path_).constData(), &there) != 0 || !S_ISREG(there.st_mode)) return part;
  if (!file_ || there.st_dev != device_ || there.st_ino != node_ || there.st_size < at_) {
    part.anew = at_ > 0;
    file_ = std::make_unique<QFile>(path_);
    at_ = 0;
    unfinished_.clear();
    too_long_ = false;
    if (!file_->open(QIODevice::ReadOnly | QIODevice::Unbuffered)) {
      file_.reset();
      return part;
    }
    device_ = there.st_dev;
    node_ = there.st_ino;
  }
  if (there.st_size <= at_) return part;
  if (!file_->seek(at_)) return part;
  const QByteArray read = file_->read(bytes);
  const qint64 start = at_;
  at_ += read.size();
  part.more = there.st_size > at_ && !read.isEmpty();
  qsizetype from = 0;
  for (qsizetype end; (end = read.indexOf('\n', from)) >= 0; from = end + 1) {
    if (too_long_) {
      too_long_ = false;
      ++part.passedOver;
    } else if (unfinished_.isEmpty()) {
      if (end > from) part.lines.append({read.mid(from, end - from), start + from});
    } else {
      const qint64 offset = start + from - unfinished_.size();
      unfinished_.append(read.constData() + from, end - from);
      part.lines.append({std::move(unfinished_), offset});
    }
    unfinished_ = QByteArray();
  }
  if (!too_long_) unfinished_.append(read.constData() + from, read.size() - from);
  if (unfinished_.size() > kLongestLine) {
    unfinished_ = QByteArray();
    too_long_ = true;
  }
  return part;
}

}  // namespace roundhouse::app
