#include "base/hash.h"

#include <openssl/evp.h>
#include <xxhash.h>

#include <cstring>

#include "base/assert.h"

namespace assay {
namespace {

constexpr char kHexDigits[] = "0123456789abcdef";
// Fixed namespace of Assay's name-based UUIDs; it must never change.
constexpr std::array<std::uint8_t, 16> kNamespace = {
    0x6f, 0x1b, 0x2a, 0x5e, 0x0c, 0x47, 0x4d, 0x7b, 0x9a, 0x53, 0x8e, 0x21, 0xd4, 0x66, 0x90, 0x3f};

void put_u64_be(std::uint8_t* out, std::uint64_t value) {
  for (int i = 0; i < 8; ++i) out[i] = static_cast<std::uint8_t>(value >> (56 - 8 * i));
}

std::uint64_t get_u64_be(const std::uint8_t* in) {
  std::uint64_t value = 0;
  for (int i = 0; i < 8; ++i) value = (value << 8) | in[i];
  return value;
}

}  // namespace

std::array<std::uint8_t, 16> Hash128::to_bytes() const {
  std::array<std::uint8_t, 16> bytes{};
  put_u64_be(bytes.data(), high);
  put_u64_be(bytes.data() + 8, low);
  return bytes;
}

std::string Hash128::to_hex() const {
  const auto bytes = to_bytes();
  return assay::to_hex(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}

Hash128 Hash128::from_bytes(std::string_view bytes) {
  ASSAY_ASSERT(bytes.size() == 16);
  const auto* data = reinterpret_cast<const std::uint8_t*>(bytes.data());
  return {get_u64_be(data), get_u64_be(data + 8)};
}

Hash128 xxh3_128(std::string_view bytes) {
  const XXH128_hash_t hash = XXH3_128bits(bytes.data(), bytes.size());
  return {hash.high64, hash.low64};
}

Checksum Checksum::from_hex(std::string_view hex) {
  if (hex.size() != 32) return {};
  std::array<std::uint8_t, 16> bytes{};
  for (std::size_t i = 0; i < 32; ++i) {
    const char* digit = std::strchr(kHexDigits, hex[i]);
    if (hex[i] == '\0' || digit == nullptr) return {};
    bytes[i / 2] = static_cast<std::uint8_t>(bytes[i / 2] << 4 | (digit - kHexDigits));
  }
  return {get_u64_be(bytes.data()), get_u64_be(bytes.data() + 8)};
}

std::string to_hex(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    const auto byte = static_cast<std::uint8_t>(c);
    text += kHexDigits[byte >> 4];
    text += kHexDigits[byte & 15];
  }
  return text;
}

struct Sha256Hasher::Impl {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  Impl() { EVP_DigestInit_ex(context, EVP_sha256(), nullptr); }
  ~Impl() { EVP_MD_CTX_free(context); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
};

Sha256Hasher::Sha256Hasher() : impl_(std::make_unique<Impl>()) {}
Sha256Hasher::~Sha256Hasher() = default;
Sha256Hasher::Sha256Hasher(Sha256Hasher&&) noexcept = default;
Sha256Hasher& Sha256Hasher::operator=(Sha256Hasher&&) noexcept = default;

void Sha256Hasher::update(std::string_view bytes) {
  EVP_DigestUpdate(impl_->context, bytes.data(), bytes.size());
}

Sha256 Sha256Hasher::finish() {
  Sha256 digest{};
  unsigned size = 0;
  EVP_DigestFinal_ex(impl_->context, digest.data(), &size);
  return digest;
}

Sha256 Sha256Hasher::digest_so_far() const {
  Impl copy;
  EVP_MD_CTX_copy_ex(copy.context, impl_->context);
  Sha256 digest{};
  unsigned size = 0;
  EVP_DigestFinal_ex(copy.context, digest.data(), &size);
  return digest;
}

Sha256 sha256(std::string_view bytes) {
  Sha256Hasher hasher;
  hasher.update(bytes);
  return hasher.finish();
}

std::string uuid_v5(std::string_view name) {
  std::array<std::uint8_t, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  EVP_DigestInit_ex(context, EVP_sha1(), nullptr);
  EVP_DigestUpdate(context, kNamespace.data(), kNamespace.size());
  EVP_DigestUpdate(context, name.data(), name.size());
  EVP_DigestFinal_ex(context, digest.data(), &size);
  EVP_MD_CTX_free(context);
  digest[6] = static_cast<std::uint8_t>((digest[6] & 0x0f) | 0x50);
  digest[8] = static_cast<std::uint8_t>((digest[8] & 0x3f) | 0x80);
  const std::string hex =
      to_hex(std::string_view(reinterpret_cast<const char*>(digest.data()), 16));
  return hex.substr(0, 8) + "-" + hex.substr(8, 4) + "-" + hex.substr(12, 4) + "-" +
         hex.substr(16, 4) + "-" + hex.substr(20);
}

IdentityHasher& IdentityHasher::text(std::string_view part) {
  number(static_cast<std::int64_t>(part.size()));
  bytes_.append(part);
  return *this;
}

IdentityHasher& IdentityHasher::number(std::int64_t part) {
  for (int i = 0; i < 8; ++i)
    bytes_ += static_cast<char>(static_cast<std::uint64_t>(part) >> (8 * i));
  return *this;
}

}  // namespace assay
