// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "roundhouse/result.h"

namespace roundhouse::audit {

std::string base64(std::string_view bytes);

struct Signature {
  std::string public_key_pem;
  std::string bytes;  // 64
};

// Signs with an unencrypted Ed25519 private key (PKCS #8 PEM file; RFC 8032).
Result<Signature> sign_ed25519(const std::filesystem::path& private_key, std::string_view message);

}  // namespace roundhouse::audit
