// SPDX-License-Identifier: Apache-2.0
#include "engine/audit/signing.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <memory>

namespace roundhouse::audit {
namespace {

template <auto function>
struct Free {
  template <class T>
  void operator()(T* object) const {
    function(object);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using Context = std::unique_ptr<EVP_MD_CTX, Free<EVP_MD_CTX_free>>;
using Bio = std::unique_ptr<BIO, Free<BIO_free>>;

Error failure(ErrorCode code, const std::filesystem::path& key, std::string expected, std::string received = {}) {
  if (received.empty()) {
    char text[256] = "nothing told";
    if (const auto error = ERR_get_error(); error != 0) ERR_error_string_n(error, text, sizeof text);
    received = text;
  }
  ERR_clear_error();
  return Error{code, "sign the export", key.string(), std::move(expected), std::move(received)};
}

// An encrypted key is refused instead of asking on the terminal.
int no_password(char*, int, int, void*) { return -1; }

}  // namespace

std::string base64(std::string_view bytes) {
  std::string out((bytes.size() + 2) / 3 * 4 + 1, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                   reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  out.resize(static_cast<std::size_t>(size));
  return out;
}

Result<Signature> sign_ed25519(const std::filesystem::path& private_key, std::string_view message) {
  ERR_clear_error();
  const Bio file(BIO_new_file(private_key.c_str(), "rb"));
  if (!file) return failure(ErrorCode::io, private_key, "a key file that can be read");
  const Key key(PEM_read_bio_PrivateKey(file.get(), nullptr, no_password, nullptr));
  if (!key) return failure(ErrorCode::malformed, private_key, "an unencrypted Ed25519 private key in PEM");
  if (EVP_PKEY_get_id(key.get()) != EVP_PKEY_ED25519) {
    const char* kind = EVP_PKEY_get0_type_name(key.get());
    return failure(ErrorCode::unsupported, private_key, "an Ed25519 key", kind != nullptr ? kind : "another");
  }
  Signature out;
  out.bytes.resize(64);
  std::size_t size = out.bytes.size();
  const Context context(EVP_MD_CTX_new());
  const Bio pem(BIO_new(BIO_s_mem()));
  if (!context || !pem || EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key.get()) != 1 ||
      EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(out.bytes.data()), &size,
                     reinterpret_cast<const unsigned char*>(message.data()), message.size()) != 1 ||
      size != out.bytes.size() || PEM_write_bio_PUBKEY(pem.get(), key.get()) != 1)
    return failure(ErrorCode::internal, private_key, "a signature");
  char* data = nullptr;
  const long length = BIO_get_mem_data(pem.get(), &data);
  out.public_key_pem.assign(data, static_cast<std::size_t>(length));
  return out;
}

}  // namespace roundhouse::audit
