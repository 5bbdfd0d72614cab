#pragma once
// The hashing primitive that the write path and verify share, and nothing else is shared.

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace assay {

/// A 128-bit hash (XXH3-128, seed 0). As bytes: 16, big-endian, high half first (xxHash's canonical
/// form).
struct Hash128 {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  auto operator<=>(const Hash128&) const = default;

  std::array<std::uint8_t, 16> to_bytes() const;
  std::string to_hex() const;
  /// REQUIRES: bytes.size() == 16.
  static Hash128 from_bytes(std::string_view bytes);
};

Hash128 xxh3_128(std::string_view bytes);

/// Sum of hashes modulo 2^128: independent of order, and it can be added and taken away.
struct Checksum {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  bool operator==(const Checksum&) const = default;

  void add(const Hash128& hash) {
    const std::uint64_t sum = low + hash.low;
    high += hash.high + (sum < low ? 1 : 0);
    low = sum;
  }
  void add(const Checksum& other) { add(Hash128{other.high, other.low}); }
  std::string to_hex() const { return Hash128{high, low}.to_hex(); }
  /// Accepts what to_hex() gives; anything else gives zero.
  static Checksum from_hex(std::string_view hex);
};

using Sha256 = std::array<std::uint8_t, 32>;

Sha256 sha256(std::string_view bytes);
std::string to_hex(std::string_view bytes);
inline std::string to_hex(const Sha256& digest) {
  return to_hex(std::string_view(reinterpret_cast<const char*>(digest.data()), digest.size()));
}

/// Incremental SHA-256. One thread; `finish` may be called once.
class Sha256Hasher {
 public:
  Sha256Hasher();
  ~Sha256Hasher();
  Sha256Hasher(Sha256Hasher&&) noexcept;
  Sha256Hasher& operator=(Sha256Hasher&&) noexcept;
  void update(std::string_view bytes);
  Sha256 finish();
  /// The digest of what was given so far; more may follow.
  Sha256 digest_so_far() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// UUID version 5 (RFC 9562 section 5.5: SHA-1) of a name in Assay's own namespace, lower case with
/// dashes.
std::string uuid_v5(std::string_view name);

/// Hash for record ids and other computed identities: every part is length-prefixed (u64,
/// little-endian), so that ("a", "bc") and ("ab", "c") differ.
class IdentityHasher {
 public:
  IdentityHasher& text(std::string_view part);
  IdentityHasher& number(std::int64_t part);
  Hash128 finish() const { return xxh3_128(bytes_); }

 private:
  std::string bytes_;
};

}  // namespace assay
