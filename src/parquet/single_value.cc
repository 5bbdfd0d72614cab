#include "parquet/single_value.h"

#include <algorithm>
#include <bit>

namespace assay::parquet {

namespace {

std::string little_endian(std::uint64_t bits, int size) {
  std::string bytes;
  for (int i = 0; i < size; ++i) bytes.push_back(static_cast<char>(bits >> (8 * i)));
  return bytes;
}

}  // namespace

std::string single_value(std::int32_t value) {
  return little_endian(static_cast<std::uint32_t>(value), 4);
}

std::string single_value(std::int64_t value) {
  return little_endian(static_cast<std::uint64_t>(value), 8);
}

std::string single_value(double value) {
  return little_endian(std::bit_cast<std::uint64_t>(value), 8);
}

std::string single_value(bool value) { return std::string(1, value ? '\1' : '\0'); }

std::string decimal_single_value(Int128 unscaled) {
  std::string bytes;
  Int128 rest = unscaled;
  for (;;) {
    const auto byte = static_cast<signed char>(static_cast<unsigned char>(rest));
    bytes.push_back(static_cast<char>(byte));
    rest >>= 8;  // arithmetic in C++20
    // The last byte carries the sign: stop when what is left only repeats it.
    if ((rest == 0 && byte >= 0) || (rest == -1 && byte < 0)) break;
  }
  std::reverse(bytes.begin(), bytes.end());
  return bytes;
}

}  // namespace assay::parquet
