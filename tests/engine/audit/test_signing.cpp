// SPDX-License-Identifier: Apache-2.0
#include "engine/audit/signing.h"

#include "tests/engine/audit/log_fixture.h"

using namespace roundhouse;
using namespace roundhouse::audit;

namespace {
std::string bytes_of_hex(const char* hex) { return QByteArray::fromHex(hex).toStdString(); }
std::string pem(const std::string& der) {
  return "-----BEGIN PRIVATE KEY-----\n" + base64(der) + "\n-----END PRIVATE KEY-----\n";
}
}  // namespace

class TestSigning : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  // RFC 8032, section 7.1, tests 2 and 3; the key wrapped as RFC 8410 says.
  void signsAsTheStandardDoes() {
    const LogFolder folder;
    const auto key = folder.path() / "key.pem";
    const std::string wrapping = bytes_of_hex("302e020100300506032b657004220420");
    write_file(key, pem(wrapping + bytes_of_hex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")));
    const auto second = must(sign_ed25519(key, "\x72"));
    QCOMPARE(second.bytes, bytes_of_hex("92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
                                        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"));
    const auto public_der = bytes_of_hex("302a300506032b6570032100"
                                         "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
    QCOMPARE(second.public_key_pem, "-----BEGIN PUBLIC KEY-----\n" + base64(public_der) + "\n-----END PUBLIC KEY-----\n");
    write_file(key, pem(wrapping + bytes_of_hex("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7")));
    QCOMPARE(must(sign_ed25519(key, "\xaf\x82")).bytes,
             bytes_of_hex("6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
                          "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"));
  }

  void refusesOtherKeys() {
    const LogFolder folder;
    const auto key = folder.path() / "key.pem";
    const auto missing = sign_ed25519(key, "");
    QVERIFY(!missing.ok() && missing.error().code == ErrorCode::io);
    write_file(key, "not a key");
    const auto garbage = sign_ed25519(key, "");
    QVERIFY(!garbage.ok() && garbage.error().code == ErrorCode::malformed);
    // An X25519 key (RFC 8410's other algorithm) is no signing key.
    write_file(key, pem(bytes_of_hex("302e020100300506032b656e04220420") + std::string(32, 'k')));
    const auto other = sign_ed25519(key, "");
    QVERIFY2(!other.ok() && other.error().code == ErrorCode::unsupported, other.ok() ? "" : other.error().message().c_str());
  }

  void encodesBase64() {
    QCOMPARE(base64(""), std::string());
    QCOMPARE(base64("f"), std::string("Zg=="));
    QCOMPARE(base64("fo"), std::string("Zm8="));
    QCOMPARE(base64("foobar"), std::string("Zm9vYmFy"));
    const std::string all = QByteArray(1000, '\xfb').toStdString();
    QCOMPARE(base64(all), QByteArray::fromStdString(all).toBase64().toStdString());
  }
};

QTEST_APPLESS_MAIN(TestSigning)
#include "test_signing.moc"
