#include "decode/framed_message.h"

#include <fmt/format.h>

namespace assay::decode {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t kIdEnd = 5;            ///< a zero, and four bytes, the highest first
constexpr std::size_t kFingerprintEnd = 10;  ///< a mark, and eight bytes, the lowest first

std::uint8_t byte(std::string_view text, std::size_t at) {
  return static_cast<std::uint8_t>(text[at]);
}

}  // namespace

std::optional<FramedMessage> framed_message(std::string_view payload) {
  // A zero and '<' begin a document of XML in UTF-16.
  if (payload.size() >= kIdEnd && payload[0] == '\0' && payload[1] != '<') {
    std::uint32_t id = 0;
    for (std::size_t i = 1; i < kIdEnd; ++i) id = id << 8 | byte(payload, i);
    return FramedMessage{
        .schema_name = fmt::format("id {}", id), .id = id, .body = payload.substr(kIdEnd)};
  }
  if (payload.size() >= kFingerprintEnd && payload.starts_with("\xc3\x01"sv)) {
    std::uint64_t fingerprint = 0;
    for (std::size_t i = kFingerprintEnd; i-- > 2;)
      fingerprint = fingerprint << 8 | byte(payload, i);
    return FramedMessage{.schema_name = fmt::format("fingerprint {:016x}", fingerprint),
                         .id = {},
                         .fingerprint = fingerprint,
                         .body = payload.substr(kFingerprintEnd)};
  }
  return std::nullopt;
}

}  // namespace assay::decode
