#include "decode/avro_container.h"

#include <fmt/format.h>
#include <snappy.h>
#include <zlib.h>
#include <zstd.h>

#include <limits>
#include <memory>
#include <utility>

#include "base/limits.h"

namespace assay::decode {
namespace {

constexpr std::size_t kCheckSumSize = 4;

/// Reads longs and sized bytes; `short_of_bytes` says that more of them are needed.
class Cursor {
 public:
  explicit Cursor(std::string_view bytes) : bytes_(bytes) {}

  std::size_t at() const { return at_; }
  bool short_of_bytes() const { return is_short_; }

  /// Nothing where the bytes end within it, or where it is no 64-bit number.
  std::optional<std::int64_t> number() {
    std::uint64_t bits = 0;
    for (unsigned shift = 0; shift < 70; shift += 7) {
      if (at_ == bytes_.size()) {
        is_short_ = true;
        return std::nullopt;
      }
      const auto byte = static_cast<std::uint8_t>(bytes_[at_++]);
      if (shift == 63 && byte > 1) return std::nullopt;
      bits |= std::uint64_t{byte & 0x7fU} << shift;
      if (byte < 0x80) return static_cast<std::int64_t>(bits >> 1 ^ (~(bits & 1) + 1));
    }
    return std::nullopt;
  }

  std::optional<std::string_view> take(std::size_t count) {
    if (bytes_.size() - at_ < count) {
      is_short_ = true;
      return std::nullopt;
    }
    at_ += count;
    return bytes_.substr(at_ - count, count);
  }

  std::optional<std::string_view> sized(std::size_t size_max) {
    const auto size = number();
    if (!size || *size < 0 || static_cast<std::uint64_t>(*size) > size_max) return std::nullopt;
    return take(static_cast<std::size_t>(*size));
  }

 private:
  std::string_view bytes_;
  std::size_t at_ = 0;
  bool is_short_ = false;
};

/// What we read of the metadata.
struct Metadata {
  std::optional<std::string> schema, codec;
};

/// False where the bytes end or are damaged; the cursor knows which.
bool read_metadata(Cursor& cursor, Metadata& metadata) {
  for (;;) {
    auto count = cursor.number();
    if (!count || *count == std::numeric_limits<std::int64_t>::min()) return false;
    if (*count == 0) return true;
    if (*count < 0) {
      if (!cursor.number()) return false;
      count = -*count;
    }
    for (std::int64_t i = 0; i < *count; ++i) {
      const auto key = cursor.sized(kInputHeaderSizeMax);
      const auto value = key ? cursor.sized(kInputHeaderSizeMax) : std::nullopt;
      if (!value) return false;
      if (*key == "avro.schema") metadata.schema = *value;
      if (*key == "avro.codec") metadata.codec = *value;
    }
  }
}

Result<AvroCodec> codec_named(const std::string& name) {
  if (name == "null") return AvroCodec::null;
  if (name == "deflate") return AvroCodec::deflate;
  if (name == "snappy") return AvroCodec::snappy;
  if (name == "zstandard") return AvroCodec::zstandard;
  return make_error(Code::source_format, fmt::format("an Avro file's codec is \"{}\"", name),
                    "Read are null, deflate, snappy and zstandard.");
}

Error damaged_header(std::string_view what) {
  return make_error(Code::source_format,
                    fmt::format("the header of an Avro file is damaged: {}", what),
                    "Transfer the file again; nothing of it was committed.");
}

Error damaged(std::string_view what) { return make_error(Code::avro_block, std::string(what)); }
Error too_large() {
  return damaged(
      fmt::format("the block has more than {} bytes once decompressed", kAvroBlockSizeMax));
}

Result<std::string_view> inflate_block(std::string_view data, std::string& room) {
  z_stream stream{};
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) return damaged("the block does not inflate");
  const std::unique_ptr<z_stream, int (*)(z_stream*)> end(&stream, inflateEnd);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(data.data()));
  stream.avail_in = static_cast<uInt>(data.size());
  room.clear();
  // What stands behind the stream is of no matter: some writers leave a part of zlib's trailer.
  for (int code = Z_OK; code != Z_STREAM_END;) {
    const std::size_t size = room.size();
    if (size > kAvroBlockSizeMax) return too_large();
    room.resize(size + std::max(std::size_t{4096}, std::min(size, std::size_t{1} << 20)));
    stream.next_out = reinterpret_cast<Bytef*>(room.data() + size);
    stream.avail_out = static_cast<uInt>(room.size() - size);
    code = inflate(&stream, Z_NO_FLUSH);
    room.resize(room.size() - stream.avail_out);
    const bool goes_on = code == Z_OK && room.size() > size;
    if (code != Z_STREAM_END && !goes_on) return damaged("the block does not inflate");
  }
  if (room.size() > kAvroBlockSizeMax) return too_large();
  return std::string_view(room);
}

Result<std::string_view> unsnap_block(std::string_view data, std::string& room) {
  if (data.size() < kCheckSumSize) return damaged("the block has no check sum");
  const std::string_view sum = data.substr(data.size() - kCheckSumSize);
  data.remove_suffix(kCheckSumSize);
  std::size_t size = 0;
  if (!snappy::GetUncompressedLength(data.data(), data.size(), &size))
    return damaged("the block is not in Snappy's format");
  if (size > kAvroBlockSizeMax) return too_large();
  // A byte of Snappy's format makes at most 64: what claims more is refused before it has room.
  if (size > 64 * data.size()) return damaged("the block is not in Snappy's format");
  room.resize(size);
  if (!snappy::RawUncompress(data.data(), data.size(), room.data()))
    return damaged("the block is not in Snappy's format");
  std::uint32_t expected = 0;
  for (const char c : sum) expected = expected << 8 | static_cast<std::uint8_t>(c);
  const auto actual =
      crc32(0, reinterpret_cast<const Bytef*>(room.data()), static_cast<uInt>(room.size()));
  if (actual != expected) return damaged("the check sum of the block does not hold");
  return std::string_view(room);
}

Result<std::string_view> unzstd_block(std::string_view data, std::string& room) {
  const std::unique_ptr<ZSTD_DCtx, std::size_t (*)(ZSTD_DCtx*)> context(ZSTD_createDCtx(),
                                                                        ZSTD_freeDCtx);
  room.clear();
  ZSTD_inBuffer in{data.data(), data.size(), 0};
  for (std::size_t code = 1; code != 0 || in.pos < in.size;) {
    const std::size_t size = room.size();
    if (size > kAvroBlockSizeMax) return too_large();
    room.resize(size + std::max(std::size_t{4096}, std::min(size, std::size_t{1} << 20)));
    ZSTD_outBuffer out{room.data() + size, room.size() - size, 0};
    const std::size_t before = in.pos;
    code = ZSTD_decompressStream(context.get(), &out, &in);
    room.resize(size + out.pos);
    const bool goes_on = ZSTD_isError(code) == 0 && (out.pos > 0 || in.pos > before || code == 0);
    if (!goes_on) return damaged("the block is not in Zstandard's format");
  }
  if (room.size() > kAvroBlockSizeMax) return too_large();
  return std::string_view(room);
}

}  // namespace

Result<std::optional<AvroHeader>> read_avro_header(std::string_view bytes) {
  Cursor cursor(bytes);
  const auto magic = cursor.take(kAvroMagic.size());
  if (magic && *magic != kAvroMagic) return damaged_header("it does not begin as one");
  Metadata metadata;
  const bool is_read = magic && read_metadata(cursor, metadata);
  const auto sync = is_read ? cursor.take(kAvroSyncSize) : std::nullopt;
  if (!sync) {
    if (cursor.short_of_bytes() && bytes.size() <= 2 * kInputHeaderSizeMax)
      return std::optional<AvroHeader>();
    return damaged_header("its metadata are malformed or beyond the limit");
  }
  if (!metadata.schema) return damaged_header("it has no schema");
  ASSAY_TRY(const AvroCodec codec, codec_named(metadata.codec.value_or("null")));
  auto schema = schema::AvroSchema::parse(*metadata.schema);
  if (!schema) {
    return make_error(Code::source_format, "the schema of an Avro file is not valid",
                      "Its writer must be mended; nothing of it was committed.",
                      schema.error().message);
  }
  return std::optional(AvroHeader{.schema_text = *std::move(metadata.schema),
                                  .schema = *std::move(schema),
                                  .codec = codec,
                                  .sync = std::string(*sync),
                                  .size = cursor.at()});
}

Result<std::optional<AvroBlockHead>> read_avro_block_head(std::string_view bytes) {
  Cursor cursor(bytes);
  const auto count = cursor.number();
  const auto size = count ? cursor.number() : std::nullopt;
  if (!size) {
    if (cursor.short_of_bytes()) return std::optional<AvroBlockHead>();
    return damaged("the head of the block is no number");
  }
  if (*count < 0 || *size < 0) return damaged("the block has a negative size");
  if (static_cast<std::uint64_t>(*size) > kAvroBlockSizeMax)
    return damaged(fmt::format("the block has more than {} bytes", kAvroBlockSizeMax));
  return std::optional(AvroBlockHead{
      .count = *count, .size = cursor.at(), .data_size = static_cast<std::size_t>(*size)});
}

Result<std::string_view> decompress_avro_block(AvroCodec codec, std::string_view data,
                                               std::string& room) {
  switch (codec) {
    case AvroCodec::deflate: return inflate_block(data, room);
    case AvroCodec::snappy: return unsnap_block(data, room);
    case AvroCodec::zstandard: return unzstd_block(data, room);
    case AvroCodec::null: break;
  }
  return data;
}

}  // namespace assay::decode
