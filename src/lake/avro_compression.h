#pragma once
// The compression of Avro blocks.

#include <string>
#include <string_view>

#include "base/result.h"

namespace assay::lake::avro {

/// Raw deflate, without a header (RFC 1951).
std::string deflate_raw(std::string_view bytes);
/// Errors: lake_format where the bytes are damaged or give more than `size_max` bytes.
Result<std::string> inflate_raw(std::string_view bytes, std::size_t size_max);
Result<std::string> decompress_zstandard(std::string_view bytes, std::size_t size_max);

}  // namespace assay::lake::avro
