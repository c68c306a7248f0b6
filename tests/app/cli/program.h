// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Runs the built roundhouse-cli with a data folder of its own. CLI_PROGRAM is its path (CMakeLists.txt).

#include <QProcess>
#include <QProcessEnvironment>
#include <QTemporaryDir>
#include <QTest>

#include <nlohmann/json.hpp>

namespace program {

struct Ended {
  int code = -1;
  bool finished = false;
  QByteArray out, err;
  nlohmann::json json() const { return nlohmann::json::parse(out.toStdString(), nullptr, false); }
};

class Program {
 public:
  QString data() const { return folder_.path(); }
  QString file(const QString& name) const { return folder_.filePath(name); }

  QProcessEnvironment environment() const {
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert("ROUNDHOUSE_DATA", folder_.path());
    environment.remove("ROUNDHOUSE_PLUGINS");
    environment.insert("LC_ALL", "C.UTF-8");
    return environment;
  }

  Ended run(const QStringList& arguments, const QByteArray& input = {}, int timeout_ms = 100000) const {
    QProcess process;
    process.setProcessEnvironment(environment());
    process.start(CLI_PROGRAM, arguments);
    process.write(input);
    process.closeWriteChannel();
    Ended ended;
    ended.finished = process.waitForFinished(timeout_ms) && process.exitStatus() == QProcess::NormalExit;
    if (process.state() != QProcess::NotRunning) process.kill();
    ended.code = process.exitCode();
    ended.out = process.readAllStandardOutput();
    ended.err = process.readAllStandardError();
    return ended;
  }

  // A line for bash, in which "$CLI" is the program.
  Ended shell(const QString& line) const {
    QProcess process;
    QProcessEnvironment variables = environment();
    variables.insert("CLI", CLI_PROGRAM);
    variables.insert("DATA", folder_.path());
    process.setProcessEnvironment(variables);
    // (The shell stays to the end: QProcess loses sight of a process whose streams are closed or redirected.)
    process.start("bash", {"-c", line + "\nexit $?"});
    process.closeWriteChannel();
    Ended ended;
    ended.finished = process.waitForFinished(100000);
    ended.code = process.exitCode();
    ended.out = process.readAllStandardOutput();
    ended.err = process.readAllStandardError();
    return ended;
  }

 private:
  QTemporaryDir folder_;
};

}  // namespace program

#define VERIFY_ENDED(ended, expected)                                                              \
  do {                                                                                             \
    const program::Ended& ended_once = (ended);                                                    \
    QVERIFY2(ended_once.finished, "the program did not end by itself");                            \
    QVERIFY2(ended_once.code == (expected), (ended_once.out + "\n" + ended_once.err).constData()); \
  } while (false)
