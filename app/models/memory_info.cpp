// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/models/memory_info.h"

#include <QFile>

#include <algorithm>

namespace roundhouse::app {
namespace {

QByteArray content(const QString& path) {
  QFile file(path);
  return file.open(QIODevice::ReadOnly) ? file.read(64 * 1024) : QByteArray();
}

}  // namespace

std::uint64_t availableMemoryBytes() {
  std::uint64_t available = 0;
  const QList<QByteArray> lines = content(QStringLiteral("/proc/meminfo")).split('\n');
  for (const QByteArray& line : lines) {
    if (line.startsWith("MemAvailable:")) available = line.mid(13).trimmed().split(' ').first().toULongLong() * 1024;
  }
  bool limited = false, counted = false;
  const std::uint64_t limit = content(QStringLiteral("/sys/fs/cgroup/memory.max")).trimmed().toULongLong(&limited);
  const std::uint64_t current = content(QStringLiteral("/sys/fs/cgroup/memory.current")).trimmed().toULongLong(&counted);
  if (limited && counted) available = std::min(available, limit > current ? limit - current : 0);
  return available;
}

}  // namespace roundhouse::app
