// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QtTest>

#include "engine/text/byte_alphabet.h"
#include "roundhouse/tokenizer.h"

// A complete byte-level vocabulary of 256 bytes, a few merges and a few special tokens.
inline roundhouse::TokenizerSpec tinySpec() {
  using roundhouse::TokenType;
  roundhouse::TokenizerSpec spec;
  spec.model = "gpt2";
  spec.pre = "gpt-2";
  const auto& alphabet = roundhouse::text::ByteAlphabet::instance();
  const auto add = [&spec](std::string text, TokenType type) {
    spec.tokens.push_back(std::move(text));
    spec.types.push_back(type);
  };
  for (unsigned byte = 0; byte < 256; ++byte) add(std::string(alphabet.letter(static_cast<std::uint8_t>(byte))), TokenType::normal);
  for (const char* merge : {"h e", "l l", "he ll", "hell o", "Ġ w", "a a", "aa aa"}) {
    spec.merges.emplace_back(merge);
    std::string merged = merge;
    merged.erase(merged.find(' '), 1);
    add(merged, TokenType::normal);
  }
  add("<s>", TokenType::control);
  add("</s>", TokenType::control);
  add("<|im_end|>", TokenType::control);
  add("<think>", TokenType::user_defined);
  add("<think>more", TokenType::user_defined);
  spec.bos = static_cast<roundhouse::TokenId>(spec.tokens.size() - 5);
  spec.eos = *spec.bos + 1;
  return spec;
}

inline std::shared_ptr<const roundhouse::Tokenizer> tinyTokenizer(roundhouse::TokenizerSpec spec = tinySpec()) {
  auto result = roundhouse::Tokenizer::create(std::move(spec));
  if (!result.ok()) qFatal("%s", result.error().message().c_str());
  return *result;
}
