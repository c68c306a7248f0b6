// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QList>
#include <QString>

#include <map>
#include <string>
#include <string_view>

namespace roundhouse::widgets {

// Finds where parsed literals stand in the Markdown source. cmark tells a block's lines reliably but not an inline's
// column (0.29 counts from the stripped line), so the literals of a block, which come in the order of the source, are
// searched one after another, seeing through backslash escapes and entities.
class SourceAligner {
 public:
  struct Piece {
    QString text;
    int begin = -1;
    int end = -1;
    bool verbatim = false;
  };

  explicit SourceAligner(std::string_view source) : source_(source) {}

  // Restricts the search to [begin, end) and never goes back behind what was found already.
  void enterBlock(int begin, int end);
  // The pieces together are the literal. When it is not found they have no source.
  QList<Piece> place(std::string_view literal);
  // After a link's or image's text: goes behind "](target)" or "][label]".
  void skipLinkTarget();
  int cursor() const { return cursor_; }

 private:
  // Tries to read the literal at `at`; returns the end in the source or -1. With pieces, notes them.
  int match(std::string_view literal, int at, QList<Piece>* pieces);
  // What an entity at `at` stands for, and its length; empty for none.
  const std::string& entityAt(int at, int* length);

  std::string_view source_;
  int cursor_ = 0;
  int end_ = 0;
  std::map<std::string, std::string, std::less<>> entities_;
};

}  // namespace roundhouse::widgets
