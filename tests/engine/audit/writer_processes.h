// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <algorithm>
#include <cstdio>
#include <functional>
#include <random>

#include "tests/engine/audit/log_fixture.h"

// A child process that runs `work` and exits with its result. The pipe carries numbers to the parent.
class Child {
 public:
  explicit Child(const std::function<int(int pipe)>& work) {
    if (::pipe(pipe_) != 0) throw std::runtime_error("no pipe");
    pid_ = ::fork();
    if (pid_ < 0) throw std::runtime_error("no process");
    if (pid_ == 0) {
      ::close(pipe_[0]);
      int code = 99;
      try {
        code = work(pipe_[1]);
      } catch (const std::exception& error) {
        std::fprintf(stderr, "child: %s\n", error.what());
      }
      ::_exit(code);
    }
    ::close(pipe_[1]);
  }
  ~Child() {
    if (pid_ > 0) {
      kill();
      wait();
    }
    ::close(pipe_[0]);
  }
  Child(const Child&) = delete;

  void kill() const { ::kill(pid_, SIGKILL); }
  int wait() {
    int status = 0;
    ::waitpid(pid_, &status, 0);
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }
  // All that was written, once every writer is gone; or the next number (0: none left).
  std::int64_t next_number() const {
    std::int64_t number = 0;
    return ::read(pipe_[0], &number, sizeof number) == sizeof number ? number : 0;
  }
  static void tell(int pipe, std::int64_t number) { (void)!::write(pipe, &number, sizeof number); }

 private:
  pid_t pid_ = -1;
  int pipe_[2] = {-1, -1};
};

// Writers are killed (-9) at random moments, `rounds` times, two at a time in every third round. After each kill the
// log must verify and hold every entry whose append had returned.
inline void kill_writers(int rounds, unsigned seed) {
  using namespace roundhouse;
  const LogFolder folder;
  std::mt19937 random(seed);
  std::int64_t appended = 0;
  int in_mid_answer = 0;
  for (int round = 0; round < rounds; ++round) {
    const auto work = [&](int pipe) {
      const auto log = folder.open();
      for (;;) {
        AuditEntry started = note("generation_started");
        started.texts = {{"prompt", std::string(2000, 'p')}};
        const auto first = must(log->append(started));
        Child::tell(pipe, first.sequence);
        AuditEntry finished = note("generation");
        finished.refers_to = first.sequence;
        finished.texts = {{"answer", std::string(5000, 'a')}};
        Child::tell(pipe, must(log->append(finished)).sequence);
        if (first.sequence % 5 == 0) Child::tell(pipe, must(log->redact(first.sequence, "", "test")).sequence);
      }
      return 0;
    };
    std::vector<std::unique_ptr<Child>> children;
    for (int i = 0; i < (round % 3 == 2 ? 2 : 1); ++i) children.push_back(std::make_unique<Child>(work));
    // Some are killed while they still open the log, most in full course.
    std::vector<std::int64_t> acknowledged(1, 0);
    if (round % 4 != 0) acknowledged.push_back(children[0]->next_number());
    ::usleep(random() % 6000);
    for (auto& child : children) child->kill();
    for (auto& child : children) QCOMPARE(child->wait(), -SIGKILL);
    for (auto& child : children)
      while (const std::int64_t number = child->next_number()) acknowledged.push_back(number);

    const auto log = folder.open();
    const auto report = must(log->verify());
    QVERIFY2(report.ok, ("round " + std::to_string(round) + "\n" + described(report)).c_str());
    in_mid_answer += report.unfinished.empty() ? 0 : 1;
    const std::int64_t last = *std::max_element(acknowledged.begin(), acknowledged.end());
    QVERIFY2(report.head.sequence >= last, std::to_string(last).c_str());
    QVERIFY(report.head.sequence >= appended);
    const auto receipt = must(log->append(note("settings")));
    QCOMPARE(receipt.warning, std::string());
    appended = receipt.sequence;
  }
  const auto report = must(folder.open()->verify());
  QVERIFY2(report.ok, described(report).c_str());
  // The evidence of killed answers. A few rounds may miss them: the moments are random.
  if (rounds >= 100) QVERIFY(in_mid_answer > 0);
}
