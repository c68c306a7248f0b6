// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QFile>
#include <QTemporaryDir>
#include <QtTest>

#include <cstring>
#include <random>
#include <span>
#include <string>

namespace roundhouse::test {

inline std::span<const std::byte> as_bytes(const std::string& text) { return std::as_bytes(std::span(text.data(), text.size())); }

// A folder that goes away with the test.
class Folder {
 public:
  std::string path(const char* name) const { return folder_.filePath(QString::fromUtf8(name)).toStdString(); }
  std::string write(const char* name, const std::string& content) const {
    QFile file(QString::fromStdString(path(name)));
    if (!file.open(QIODevice::WriteOnly) || file.write(content.data(), static_cast<qint64>(content.size())) != static_cast<qint64>(content.size())) {
      qFatal("cannot write %s", qPrintable(file.fileName()));
    }
    return file.fileName().toStdString();
  }
  std::string read(const char* name) const {
    QFile file(QString::fromStdString(path(name)));
    if (!file.open(QIODevice::ReadOnly)) return "(no such file)";
    return file.readAll().toStdString();
  }
  QStringList names() const { return QDir(folder_.path()).entryList(QDir::Files, QDir::Name); }
  std::string root() const { return folder_.path().toStdString(); }

 private:
  QTemporaryDir folder_;
};

inline bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace roundhouse::test

// The expression failed, and its message holds each of the parts.
#define RH_VERIFY_ERROR(expression, error_code, ...)                                                         \
  do {                                                                                                       \
    const auto& rh_result_ = (expression);                                                                    \
    QVERIFY2(!rh_result_.ok(), "unexpected success");                                                        \
    const std::string rh_message_ = rh_result_.error().message();                                            \
    QVERIFY2(rh_result_.error().code == (error_code), rh_message_.c_str());                                  \
    for (const std::string& rh_part_ : std::vector<std::string>{__VA_ARGS__}) {                              \
      QVERIFY2(roundhouse::test::contains(rh_message_, rh_part_), (rh_part_ + " | " + rh_message_).c_str()); \
    }                                                                                                        \
  } while (false)
#define RH_VERIFY_OK(expression)                                                     \
  do {                                                                               \
    const auto& rh_result_ = (expression);                                            \
    if (!rh_result_.ok()) QFAIL(rh_result_.error().message().c_str());               \
  } while (false)
