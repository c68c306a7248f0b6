// SPDX-License-Identifier: Apache-2.0
#include <QtTest>

#include <set>

#include "engine/text/byte_alphabet.h"

using roundhouse::text::ByteAlphabet;

class TestByteAlphabet : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void everyByteHasItsOwnLetterAndComesBack() {
    const ByteAlphabet& alphabet = ByteAlphabet::instance();
    std::set<std::string> letters;
    for (unsigned byte = 0; byte < 256; ++byte) {
      const std::string letter(alphabet.letter(static_cast<std::uint8_t>(byte)));
      letters.insert(letter);
      std::string back;
      QVERIFY(alphabet.append_bytes(back, letter));
      QCOMPARE(back, std::string(1, static_cast<char>(byte)));
    }
    QCOMPARE(letters.size(), std::size_t{256});
    // Landmarks of GPT-2's vocabulary.
    QCOMPARE(alphabet.letter(' '), std::string_view("Ġ"));
    QCOMPARE(alphabet.letter('\n'), std::string_view("Ċ"));
    QCOMPARE(alphabet.letter('a'), std::string_view("a"));
    QCOMPARE(alphabet.letter(0xAD), std::string_view("\xC5\x83"));  // U+0143, the last
  }

  void refusesForeignLettersWhole() {
    std::string out = "kept";
    QVERIFY(!ByteAlphabet::instance().append_bytes(out, "a中"));
    QVERIFY(!ByteAlphabet::instance().append_bytes(out, "a b"));
    QVERIFY(!ByteAlphabet::instance().append_bytes(out, "a\xFF"));
    QCOMPARE(out, std::string("kept"));
  }
};

QTEST_APPLESS_MAIN(TestByteAlphabet)
#include "test_byte_alphabet.moc"
