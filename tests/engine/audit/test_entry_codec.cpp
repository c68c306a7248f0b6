// SPDX-License-Identifier: Apache-2.0
#include "engine/audit/entry_codec.h"

#include <set>

#include "tests/engine/audit/log_fixture.h"

using namespace roundhouse;
using namespace roundhouse::audit;

class TestEntryCodec : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  // Old logs must verify for ever: these were computed with Python's hashlib from the README's rules.
  void hashesAreFixedForEver() {
    const std::string texts[] = {"ada", "test", "s", "mini", "sha256:0123", "{}", "\"\xc3\xa9\""};
    AuditEntry entry = note("generation");
    entry.user = texts[0];
    entry.program = texts[1];
    entry.session = texts[2];
    entry.refers_to = 1;
    entry.model_name = texts[3];
    entry.model_digest = texts[4];
    entry.settings_json = texts[5];
    entry.prompt_tokens = 3;
    entry.answer_tokens = -4;
    entry.extra_json = texts[6];
    AuditHash previous;
    for (int i = 0; i < 32; ++i) previous[i] = static_cast<std::uint8_t>(i);
    const auto prepared = must(prepare_entry(entry, 2, 1'700'000'000'123'456'789, previous, false));
    QCOMPARE(audit_hex(prepared.hash), std::string("6c9b35cf1c7ca90beb58b19d681a81f943848c3e4468841ea5411bdc74599312"));
    const std::string salt(32, 's');
    QCOMPARE(audit_hex(must(text_commitment(salt, "prompt", "hello \xe4\xb8\x93"))), std::string("1e6dad1f49024bd8a33d4fcde0d211a79588523f6cbf86c2c05d9e94952ec0ec"));
    QCOMPARE(audit_hex(must(salt_commitment(salt))), std::string("8badaa99c9dcc7fda5b8ce728c741371b5f636db03172b1d43a338fe2376bfdf"));
  }

  // No two different rows give the same bytes to hash: neither by moving a character across a border nor by type.
  void differentRowsHashDifferently() {
    std::set<std::string> seen;
    const std::vector<std::vector<Value>> rows = {
        {std::string("ab"), std::string("c")}, {std::string("a"), std::string("bc")}, {std::string("abc"), std::string()},
        {std::string(), std::string("abc")},   {std::string("abc")},                  {Blob{"ab"}, std::string("c")},
        {std::int64_t{1}},                     {1.0},                                 {std::string("1")},
        {std::monostate{}},                    {std::string()},                       {Blob{""}},
        {std::int64_t{0}},                     {0.0},                                 {-0.0},
        {}};
    for (const auto& row : rows) QVERIFY(seen.insert(audit_hex(must(hash_of(row)))).second);
  }

  void commitmentsRoundTrip() {
    const std::string salt = must(fresh_salt());
    QCOMPARE(salt.size(), std::size_t{32});
    QVERIFY(salt != must(fresh_salt()));
    const std::vector<TextCommitment> list = {
        {"prompt", must(text_commitment(salt, "prompt", "a")), must(salt_commitment(salt)), true},
        {"answer", must(text_commitment(salt, "answer", "a")), must(salt_commitment(salt)), false}};
    QVERIFY(list[0].commitment != list[1].commitment);
    const auto back = must(decode_commitments(encode_commitments(list)));
    QCOMPARE(back.size(), list.size());
    for (std::size_t i = 0; i < list.size(); ++i) {
      QCOMPARE(back[i].part, list[i].part);
      QVERIFY(back[i].commitment == list[i].commitment && back[i].salt_hash == list[i].salt_hash);
      QCOMPARE(back[i].stored, list[i].stored);
    }
    QCOMPARE(encode_commitments({}), std::string());
    QVERIFY(must(decode_commitments("")).empty());
    for (const char* bad : {"x", "{}", "[1]", "[{}]", R"([{"part":"a","commitment":"00","salt_sha256":"00","stored":true}])",
                            R"([{"part":1,"commitment":null,"salt_sha256":[],"stored":"yes"}])"}) {
      const auto result = decode_commitments(bad);
      QVERIFY2(!result.ok() && result.error().code == ErrorCode::malformed, bad);
    }
  }

  void hashOnlyLeavesNoText() {
    AuditEntry entry;
    entry.kind = "generation";
    entry.texts = {{"prompt", "hidden"}};
    const auto kept = must(prepare_entry(entry, 1, 0, {}, true));
    QCOMPARE(kept.contents.size(), std::size_t{1});
    QVERIFY(!kept.contents[0].stored && kept.contents[0].text.empty());
    QCOMPARE(kept.contents[0].salt.size(), std::size_t{32});
    for (const Value& value : kept.values)
      if (const auto* text = std::get_if<std::string>(&value)) QVERIFY(text->find("hidden") == std::string::npos);
  }
};

QTEST_APPLESS_MAIN(TestEntryCodec)
#include "test_entry_codec.moc"
