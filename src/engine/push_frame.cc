#include "engine/push_frame.h"

#include <algorithm>
#include <cstring>

namespace assay::engine {
namespace {

constexpr std::string_view kFrameMagic = "APF1";
constexpr std::string_view kSegmentMagic = "ASSAYPL1";
constexpr std::size_t kChecksumSize = 16;
constexpr std::size_t kFramePrefix = 4 + 4 + kChecksumSize;  // magic, length, checksum

/// Numbers are little-endian.
template <typename Number>
void put(std::string& out, Number number) {
  auto rest = static_cast<std::uint64_t>(number);
  for (std::size_t i = 0; i < sizeof(Number); ++i, rest >>= 8) out += static_cast<char>(rest & 255);
}

template <typename Length>
void put_text(std::string& out, std::string_view text) {
  put(out, static_cast<Length>(text.size()));
  out += text;
}

std::string checksum_of(std::string_view bytes) {
  const auto hash = xxh3_128(bytes).to_bytes();
  return {hash.begin(), hash.end()};
}

/// Takes numbers and texts off a view; once it has asked for too much it gives nothing more.
class Parts {
 public:
  explicit Parts(std::string_view bytes) : rest_(bytes) {}

  template <typename Number>
  Number number() {
    const std::string_view bytes = take(sizeof(Number));
    std::uint64_t value = 0;
    for (std::size_t i = bytes.size(); i > 0; --i)
      value = value << 8 | static_cast<unsigned char>(bytes[i - 1]);
    return static_cast<Number>(value);
  }
  template <typename Length>
  std::string_view text() {
    return take(number<Length>());
  }
  std::string_view take(std::size_t count) {
    if (count > rest_.size()) {
      good_ = false;
      count = 0;
    }
    const std::string_view taken = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return taken;
  }
  std::size_t left() const { return rest_.size(); }
  bool good() const { return good_; }

 private:
  std::string_view rest_;
  bool good_ = true;
};

std::optional<PushFrame> read_body(std::string_view body) {
  Parts parts(body);
  PushFrame frame;
  PushEntry& entry = frame.entry;
  frame.durable = parts.number<std::uint64_t>();
  entry.number = parts.number<std::int64_t>();
  entry.first = parts.number<std::int64_t>();
  entry.received = parts.number<std::int64_t>();
  entry.tenant = parts.text<std::uint16_t>();
  entry.application = parts.text<std::uint16_t>();
  entry.idempotency_key = parts.text<std::uint16_t>();
  const std::string_view sha256 = parts.take(entry.sha256.size());
  std::copy(sha256.begin(), sha256.end(), entry.sha256.begin());
  const auto count = parts.number<std::uint32_t>();
  entry.records.reserve(std::min<std::size_t>(count, parts.left() / 8));
  for (std::uint32_t i = 0; i < count && parts.good(); ++i) {
    PushedRecord record;
    record.headers = parts.text<std::uint32_t>();
    record.payload = parts.text<std::uint32_t>();
    entry.records.push_back(record);
  }
  if (!parts.good() || parts.left() != 0) return std::nullopt;
  return frame;
}

}  // namespace

void append_frame(std::string& out, const PushEntry& entry, std::uint64_t durable) {
  const std::size_t begin = out.size();
  out += kFrameMagic;
  out.append(4 + kChecksumSize, '\0');
  put(out, durable);
  put(out, entry.number);
  put(out, entry.first);
  put(out, entry.received);
  put_text<std::uint16_t>(out, entry.tenant);
  put_text<std::uint16_t>(out, entry.application);
  put_text<std::uint16_t>(out, entry.idempotency_key);
  out.append(entry.sha256.begin(), entry.sha256.end());
  put(out, static_cast<std::uint32_t>(entry.records.size()));
  for (const PushedRecord& record : entry.records) {
    put_text<std::uint32_t>(out, record.headers);
    put_text<std::uint32_t>(out, record.payload);
  }
  const std::string_view body = std::string_view(out).substr(begin + kFramePrefix);
  std::string prefix;
  put(prefix, static_cast<std::uint32_t>(body.size()));
  prefix += checksum_of(body);
  std::copy(prefix.begin(), prefix.end(),
            out.begin() + static_cast<std::ptrdiff_t>(begin + kFrameMagic.size()));
}

std::optional<PushFrame> read_frame(std::string_view bytes) {
  if (!bytes.starts_with(kFrameMagic)) return std::nullopt;
  Parts parts(bytes.substr(kFrameMagic.size()));
  const auto length = parts.number<std::uint32_t>();
  const std::string_view checksum = parts.take(kChecksumSize);
  const std::string_view body = parts.take(length);
  if (!parts.good() || checksum != checksum_of(body)) return std::nullopt;
  auto frame = read_body(body);
  if (frame) frame->size = kFramePrefix + length;
  return frame;
}

bool is_vouched_for(std::string_view segment, std::size_t at) {
  for (std::size_t i = segment.find(kFrameMagic, at); i != std::string_view::npos;
       i = segment.find(kFrameMagic, i + 1)) {
    const auto frame = read_frame(segment.substr(i));
    if (frame && frame->durable > at) return true;
  }
  return false;
}

std::string segment_header(const SegmentHeader& header) {
  std::string out(kSegmentMagic);
  put(out, header.ordinal);
  put(out, header.first_number);
  put(out, header.previous_end);
  return out + checksum_of(out);
}

std::optional<SegmentHeader> read_segment_header(std::string_view bytes) {
  if (bytes.size() < kSegmentHeaderSize || !bytes.starts_with(kSegmentMagic)) return std::nullopt;
  const std::size_t end = kSegmentHeaderSize - kChecksumSize;
  if (bytes.substr(end, kChecksumSize) != checksum_of(bytes.substr(0, end))) return std::nullopt;
  Parts parts(bytes.substr(kSegmentMagic.size()));
  SegmentHeader header;
  header.ordinal = parts.number<std::int64_t>();
  header.first_number = parts.number<std::int64_t>();
  header.previous_end = parts.number<std::uint64_t>();
  return header;
}

}  // namespace assay::engine
