// Any bytes as a piece of the push log: a frame that is read is one that can be written, and it
// never reaches beyond its bytes.

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "engine/push_frame.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace assay::engine;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto check = [](std::string_view piece) {
    const auto frame = read_frame(piece);
    if (!frame) return;
    std::string again;
    append_frame(again, frame->entry, frame->durable);
    if (frame->size > piece.size() || again != piece.substr(0, frame->size)) std::abort();
  };
  check(bytes);
  // No fuzzer guesses a checksum: the same bytes as what a frame carries, and a frame cut off.
  PushEntry entry;
  entry.tenant = bytes.substr(0, size % 7);
  entry.idempotency_key = bytes.substr(0, size % 11);
  entry.records = {{.headers = bytes.substr(0, size / 2), .payload = bytes}};
  std::string frame;
  append_frame(frame, entry, size);
  check(frame);
  check(std::string_view(frame).substr(0, frame.size() - 1 - size % 16));
  if (size > 8) frame[data[0] % frame.size()] = static_cast<char>(data[1]);
  check(frame);
  static_cast<void>(is_vouched_for(bytes, 0));
  const auto header = read_segment_header(bytes);
  if (header && segment_header(*header) != bytes.substr(0, kSegmentHeaderSize)) std::abort();
  return 0;
}
