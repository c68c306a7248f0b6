// SPDX-License-Identifier: Apache-2.0
// The exports are held against engine/audit/check_export.py, which knows nothing of this program but what the export
// says.
#include <QProcess>
#include <QRegularExpression>
#include <QStandardPaths>
#include <nlohmann/json.hpp>

#include "tests/engine/audit/log_fixture.h"

using namespace roundhouse;

namespace {

// Exit code and output of the independent check.
std::pair<int, QString> check(const std::vector<std::filesystem::path>& files) {
  QProcess python;
  QStringList arguments = {QStringLiteral(ROUNDHOUSE_SOURCE_DIR "/engine/audit/check_export.py")};
  for (const auto& file : files) arguments << QString::fromStdString(file.string());
  python.start(QStringLiteral("python3"), arguments);
  python.waitForFinished();
  return {python.exitCode(), QString::fromUtf8(python.readAllStandardOutput() + python.readAllStandardError())};
}
std::pair<int, QString> check(const std::filesystem::path& file) { return check(std::vector{file}); }

void fill_with_odd_texts(AuditLog& log) {
  fill_log(log);
  AuditEntry entry = note("generation", "=cmd|' /C calc'!A0");
  entry.extra_json = R"({"quoted": "a \"b\", c"})";
  entry.model_name = std::string("bad utf-8 \xff\xfe", 12);
  entry.texts = {{"prompt", "=1+1\r\n\"two\""}, {"answer", "'already"}, {"notes", std::string("\xc3\x28", 2)}};
  must(log.append(entry));
}

}  // namespace

class TestExport : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void initTestCase() {
    if (QStandardPaths::findExecutable(QStringLiteral("python3")).isEmpty()) QSKIP("python3 is not there");
  }
  void jsonHoldsWithoutUs();
  void csvHoldsWithoutUs();
  void anyChangeIsFoundOutside();
  void aFilterWithholdsTheRest();
  void signsTheHead();
  void csvGivesSpreadsheetsNoFormula();
  void isLogged();
  void saysThatTheLogWasForged();
  void keepsTheOldFileWhenItFails();
};

void TestExport::jsonHoldsWithoutUs() {
  const LogFolder folder;
  const auto log = folder.open();
  const auto file = folder.path() / "log.json";
  {
    const LogFolder empty;
    must(empty.open()->export_json(file));
    QVERIFY2(check(file).first == 0, qPrintable(check(file).second));
  }
  fill_with_odd_texts(*log);
  std::int64_t done = 0;
  const auto receipt = must(log->export_json(file, {}, [&](std::int64_t n, std::int64_t) { done = n; }));
  QCOMPARE(receipt.entries, 8);
  QCOMPARE(done, 8);
  const auto [code, output] = check(file);
  QVERIFY2(code == 0, qPrintable(output));
  QVERIFY(output.contains(QStringLiteral("8 entries checked in full, 8 in the chain: holds")));
}

void TestExport::csvHoldsWithoutUs() {
  const LogFolder folder;
  const auto log = folder.open();
  fill_with_odd_texts(*log);
  const auto file = folder.path() / "log.csv";
  const auto receipt = must(log->export_csv(file));
  QCOMPARE(receipt.files.size(), std::size_t{2});
  const auto [code, output] = check(receipt.files[1]);
  QVERIFY2(code == 0, qPrintable(output));
  std::string bytes = file_bytes(file);
  bytes.replace(bytes.find("Which experts"), 5, "WHICH");
  write_file(file, bytes);
  const auto [changed, complaint] = check(receipt.files[1]);
  QCOMPARE(changed, 1);
  QVERIFY2(complaint.contains(QStringLiteral("entry 2: text prompt was changed")), qPrintable(complaint));
}

void TestExport::anyChangeIsFoundOutside() {
  const LogFolder folder;
  const auto log = folder.open();
  fill_log(*log);
  const auto file = folder.path() / "log.json";
  must(log->export_json(file));
  const auto whole = nlohmann::ordered_json::parse(file_bytes(file));
  const auto entries = whole["entries"].size();
  QCOMPARE(entries, std::size_t{7});
  std::vector<std::filesystem::path> files;
  for (std::size_t i = 0; i < entries; i += 2) {
    for (const auto& column : whole["columns"]) {
      auto changed = whole;
      auto& value = changed["entries"][i][column.get<std::string>()];
      if (value.is_number()) {
        value = value.get<std::int64_t>() + 1;
      } else if (column == "previous" || column == "hash") {
        value = std::string(64, 'a');
      } else if (column == "texts" && value == "") {
        value = "[]";
      } else if (column != "texts") {
        value = value.get<std::string>() + "x";
      } else {
        value = value.get<std::string>() + " ";
      }
      files.push_back(folder.path() / (std::to_string(i) + column.get<std::string>()));
      write_file(files.back(), changed.dump());
    }
  }
  QVERIFY(files.size() >= 60);
  const QString output = check(files).second;
  for (const auto& changed : files)
    QVERIFY2(output.contains(QRegularExpression(QRegularExpression::escape(QString::fromStdString(changed.string())) +
                                                QStringLiteral(": .* does not hold"))),
             changed.c_str());
  auto cut = whole;
  cut["entries"].erase(entries - 1);
  write_file(file, cut.dump());
  QCOMPARE(check(file).first, 1);
}

void TestExport::aFilterWithholdsTheRest() {
  const LogFolder folder;
  const auto log = folder.open();
  fill_log(*log);
  AuditExportOptions options;
  options.filter.session = "conversation-1";
  options.filter.text = "experts";
  const auto file = folder.path() / "part.json";
  QCOMPARE(must(log->export_json(file, options)).entries, 2);
  const std::string text = file_bytes(file);
  QVERIFY(text.find("scratch on part 17") == std::string::npos);
  QVERIFY(text.find("混合专家模型") != std::string::npos);
  const auto [code, output] = check(file);
  // The prompt's system text was redacted by an entry that the filter leaves out: the check says so.
  QCOMPARE(code, 1);
  QVERIFY2(output.contains(QStringLiteral("entry 2: text system is not there and no exported entry says why")),
           qPrintable(output));
  QVERIFY(output.contains(QStringLiteral("2 entries checked in full, 7 in the chain")));
  options.filter.text = "experts mostly";
  QCOMPARE(must(log->export_json(file, options)).entries, 1);
  QVERIFY2(check(file).first == 0, qPrintable(check(file).second));
  options.filter.text = "--";
  QCOMPARE(must(log->export_json(file, options)).entries, 0);
}

void TestExport::signsTheHead() {
  if (QStandardPaths::findExecutable(QStringLiteral("openssl")).isEmpty()) QSKIP("openssl is not there");
  const LogFolder folder;
  const auto log = folder.open();
  fill_log(*log);
  const auto key = folder.path() / "key.pem";
  QCOMPARE(QProcess::execute(QStringLiteral("openssl"), {QStringLiteral("genpkey"), QStringLiteral("-algorithm"),
                                                         QStringLiteral("ed25519"), QStringLiteral("-out"),
                                                         QString::fromStdString(key.string())}), 0);
  AuditExportOptions options;
  options.signing_key = key;
  const auto file = folder.path() / "signed.json";
  must(log->export_json(file, options));
  const auto [code, output] = check(file);
  QVERIFY2(code == 0, qPrintable(output));
  QVERIFY(output.contains(QStringLiteral("holds, signed")));
  std::string bytes = file_bytes(file);
  bytes.replace(bytes.find("entry 7, hash"), 13, "entry 6, hash");
  write_file(file, bytes);
  QVERIFY(check(file).second.contains(QStringLiteral("the signature does not hold")));
}

void TestExport::csvGivesSpreadsheetsNoFormula() {
  const LogFolder folder;
  const auto log = folder.open();
  fill_with_odd_texts(*log);
  const auto file = folder.path() / "log.csv";
  must(log->export_csv(file));
  const std::string text = file_bytes(file);
  QVERIFY(text.find("\"'=cmd|") != std::string::npos);
  QVERIFY(text.find("\"'=1+1") != std::string::npos);
  QVERIFY(text.find("\"''already\"") != std::string::npos);
  QVERIFY(text.find("\"=") == std::string::npos);
  QVERIFY(text.find("2023-11-14T22:13:21.000000000Z") != std::string::npos);
}

void TestExport::isLogged() {
  const LogFolder folder;
  const auto log = folder.open();
  fill_log(*log);
  const auto end = must(log->head());
  AuditExportOptions options;
  options.filter.user = "bob";
  must(log->export_csv(folder.path() / "bob.csv", options));
  const auto record = must(log->entry(end.sequence + 1));
  QCOMPARE(record.entry.kind, std::string("export"));
  QCOMPARE(record.entry.action, std::string("csv"));
  const auto extra = nlohmann::json::parse(record.entry.extra_json);
  QCOMPARE(extra["file"].get<std::string>(), (folder.path() / "bob.csv").string());
  QCOMPARE(extra["filter"]["user"].get<std::string>(), std::string("bob"));
  QCOMPARE(extra["head"]["hash"].get<std::string>(), audit_hex(end.hash));
  must(folder.open_read_only()->export_json(folder.path() / "silent.json"));
  QCOMPARE(must(log->head()).sequence, end.sequence + 1);
}

void TestExport::saysThatTheLogWasForged() {
  const LogFolder folder;
  const auto log = folder.open();
  fill_log(*log);
  const auto file = folder.path() / "log.json";
  QCOMPARE(must(log->export_json(file)).findings, 0);
  QVERIFY(file_bytes(file).find("\"intact\":") == std::string::npos);
  {
    RawDatabase raw(folder.database());
    const auto triggers = raw.rows("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'");
    for (const auto& trigger : triggers) raw.run("DROP TRIGGER " + trigger[0]);
    raw.run("UPDATE entries SET user = 'nobody' WHERE sequence = 1; UPDATE contents SET text = 'forged' WHERE sequence = 3");
    for (const auto& trigger : triggers) raw.run(trigger[1]);
  }
  const auto forged = [](const nlohmann::json& entry) { return !entry.value("intact", true); };
  for (const char* name : {"log.json", "log.csv"}) {
    const bool csv = std::string_view(name) == "log.csv";
    const auto path = folder.path() / name;
    const auto receipt = must(csv ? log->export_csv(path) : log->export_json(path));
    QCOMPARE(receipt.findings, 2);
    QVERIFY2(receipt.warning.find("tampered") != std::string::npos && receipt.warning.find("entry 1") != std::string::npos, receipt.warning.c_str());
    const auto json = nlohmann::json::parse(file_bytes(receipt.files.back()));
    QCOMPARE(json["findings_total"].get<int>(), 2);
    QVERIFY(json["findings"][1].get<std::string>().find("entry 3") != std::string::npos);
    for (const auto& entry : json["entries"]) QCOMPARE(forged(entry), entry["sequence"] == 1 || entry["sequence"] == 3);
    QCOMPARE(check(receipt.files.back()).first, 1);
  }
}

void TestExport::keepsTheOldFileWhenItFails() {
  const LogFolder folder;
  const auto log = folder.open();
  fill_log(*log);
  const auto file = folder.path() / "log.json";
  write_file(file, "precious");
  const CancelToken cancel;
  cancel.cancel();
  const auto cancelled = log->export_json(file, {}, {}, cancel);
  QVERIFY(!cancelled.ok());
  QVERIFY(cancelled.error().code == ErrorCode::cancelled);
  AuditExportOptions options;
  options.signing_key = file;
  const auto unsignable = log->export_json(file, options);
  QVERIFY(!unsignable.ok());
  QVERIFY(unsignable.error().code == ErrorCode::malformed);
  QCOMPARE(file_bytes(file), std::string("precious"));
  const auto nowhere = log->export_csv(folder.path() / "no such folder" / "log.csv");
  QVERIFY(!nowhere.ok());
  QVERIFY2(nowhere.error().message().find("no such folder") != std::string::npos, nowhere.error().message().c_str());
  QCOMPARE(must(log->head()).sequence, 7);
  for (const auto& entry : std::filesystem::directory_iterator(folder.path()))
    QVERIFY(entry.path().string().find(".part") == std::string::npos);
}

QTEST_APPLESS_MAIN(TestExport)
#include "test_export.moc"
