#pragma once
// Avro object container files (specification 1.12), part by part as their bytes come in: the
// header, the heads of blocks, their data.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "schema/avro_schema.h"

namespace assay::decode {

enum class AvroCodec : std::uint8_t { null, deflate, snappy, zstandard };

inline constexpr std::string_view kAvroMagic = "Obj\x01";
inline constexpr std::size_t kAvroSyncSize = 16;

struct AvroHeader {
  std::string schema_text;  ///< as it came
  schema::AvroSchema schema;
  AvroCodec codec = AvroCodec::null;
  std::string sync;      ///< what stands behind each block
  std::size_t size = 0;  ///< bytes of the header
};

/// The header at the start of `bytes`; nothing where they end within it. Code::source_format where
/// it is damaged, its schema or its codec is none that we read, or it is beyond the limits.
Result<std::optional<AvroHeader>> read_avro_header(std::string_view bytes);

struct AvroBlockHead {
  std::int64_t count = 0;     ///< values, as the block says
  std::size_t size = 0;       ///< bytes of this head
  std::size_t data_size = 0;  ///< bytes behind it, compressed
  std::size_t block_size() const { return size + data_size + kAvroSyncSize; }
};

/// The head of the block at the start of `bytes`; nothing where they end within it.
/// Code::avro_block.
Result<std::optional<AvroBlockHead>> read_avro_block_head(std::string_view bytes);

/// A block's data, decompressed: `data` itself or `room`. Code::avro_block where the codec refuses
/// them, a check sum does not hold, or they are more than the limit.
Result<std::string_view> decompress_avro_block(AvroCodec codec, std::string_view data,
                                               std::string& room);

}  // namespace assay::decode
