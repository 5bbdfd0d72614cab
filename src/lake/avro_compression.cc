#include "lake/avro_compression.h"

#include <zlib.h>
#include <zstd.h>

#include <array>
#include <memory>

#include "base/assert.h"

namespace assay::lake::avro {

namespace {

constexpr int kRawWindowBits = -15;  ///< negative: no zlib header
constexpr std::size_t kStepBytes = 64 << 10;

Error damaged() {
  return make_error(Code::lake_format, "a compressed block of an Avro file is damaged");
}
Error too_large() {
  return make_error(Code::lake_format, "a compressed block of an Avro file is too large");
}

Bytef* input_of(std::string_view bytes) {
  return reinterpret_cast<Bytef*>(
      const_cast<char*>(bytes.data()));  // zlib's interface lacks the const
}

}  // namespace

std::string deflate_raw(std::string_view bytes) {
  z_stream stream{};
  ASSAY_ASSERT(deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kRawWindowBits, 8,
                            Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out(deflateBound(&stream, bytes.size()), '\0');
  stream.next_in = input_of(bytes);
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int state = deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  ASSAY_ASSERT(state == Z_STREAM_END);
  return out;
}

Result<std::string> inflate_raw(std::string_view bytes, std::size_t size_max) {
  z_stream stream{};
  ASSAY_ASSERT(inflateInit2(&stream, kRawWindowBits) == Z_OK);
  const std::unique_ptr<z_stream, int (*)(z_stream*)> owner(&stream, inflateEnd);
  stream.next_in = input_of(bytes);
  stream.avail_in = static_cast<uInt>(bytes.size());
  std::string out;
  int state = Z_OK;
  while (state != Z_STREAM_END) {
    const std::size_t used = out.size();
    if (used > size_max) return too_large();
    out.resize(used + kStepBytes);
    stream.next_out = reinterpret_cast<Bytef*>(out.data() + used);
    stream.avail_out = static_cast<uInt>(kStepBytes);
    state = inflate(&stream, Z_NO_FLUSH);
    out.resize(used + kStepBytes - stream.avail_out);
    if (state != Z_OK && state != Z_STREAM_END) return damaged();
    if (state == Z_OK && stream.avail_in == 0 && stream.avail_out != 0)
      return damaged();  // ends early
  }
  if (out.size() > size_max) return too_large();
  return out;
}

Result<std::string> decompress_zstandard(std::string_view bytes, std::size_t size_max) {
  const std::unique_ptr<ZSTD_DStream, std::size_t (*)(ZSTD_DStream*)> stream(ZSTD_createDStream(),
                                                                             ZSTD_freeDStream);
  std::string out;
  ZSTD_inBuffer input{bytes.data(), bytes.size(), 0};
  std::size_t hint = 1;
  while (hint != 0) {
    const std::size_t used = out.size();
    if (used > size_max) return too_large();
    out.resize(used + kStepBytes);
    ZSTD_outBuffer output{out.data() + used, kStepBytes, 0};
    hint = ZSTD_decompressStream(stream.get(), &output, &input);
    if (ZSTD_isError(hint) != 0) return damaged();
    out.resize(used + output.pos);
    if (hint != 0 && input.pos == input.size && output.pos < kStepBytes)
      return damaged();  // ends early
  }
  if (out.size() > size_max) return too_large();
  return out;
}

}  // namespace assay::lake::avro
