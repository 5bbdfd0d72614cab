#pragma once
// Iceberg's single-value serialisation: the bytes of a bound (specification, appendix D).

#include <cstdint>
#include <string>

namespace assay::parquet {

__extension__ typedef __int128 Int128;

/// Little-endian: int and date (4 bytes), long and timestamp (8 bytes), double (8 bytes).
std::string single_value(std::int32_t value);
std::string single_value(std::int64_t value);
std::string single_value(double value);
std::string single_value(bool value);
/// The unscaled value, big-endian two's complement, fewest bytes (at least one).
std::string decimal_single_value(Int128 unscaled);

}  // namespace assay::parquet
