// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "roundhouse/result.h"

struct evp_md_ctx_st;

namespace roundhouse {

using Sha256Digest = std::array<std::uint8_t, 32>;

// Streaming SHA-256 (FIPS 180-4, by OpenSSL). One thread at a time. A failure of the library (memory)
// is remembered by update() and told by finish().
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;

  void update(std::span<const std::byte> bytes);
  void update(std::string_view bytes);

  // The digest of everything since construction or the last finish(); starts anew.
  Result<Sha256Digest> finish();

 private:
  struct Free {
    void operator()(evp_md_ctx_st* context) const;
  };
  void start();
  std::unique_ptr<evp_md_ctx_st, Free> context_;
  bool failed_ = false;
};

Result<Sha256Digest> sha256(std::span<const std::byte> bytes);
Result<Sha256Digest> sha256(std::string_view bytes);

// 64 lower-case digits, and back; nothing unless exactly 64 hexadecimal digits of either case.
std::string to_hex(const Sha256Digest& digest);
std::optional<Sha256Digest> sha256_from_hex(std::string_view text);

}  // namespace roundhouse
