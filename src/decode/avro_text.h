#pragma once
// How the rendition of an Avro value writes what JSON has no type for (docs/formats/renditions.md).

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "schema/avro_schema.h"

namespace assay::decode {

/// The shortest digits that read back as the same value, laid out as ECMAScript does; a text where
/// the value is no number.
void append_real(std::string& out, double value);
void append_real(std::string& out, float value);
/// RFC 4648, with padding.
void append_base64(std::string& out, std::string_view bytes);
/// A number of a type whose annotation makes it a day, a time or an instant: a text where that has
/// a day within the years 1 to 9999, else the number.
void append_temporal(std::string& out, schema::AvroLogical logical, std::int64_t value);
/// Big-endian two's complement, with exactly `scale` digits behind the point. Code::avro_value
/// where there are no bytes, or more than anybody's number needs.
Status append_decimal(std::string& out, std::string_view unscaled, int scale);
/// A scale of its own for each value: the unscaled number and a power of ten.
Status append_big_decimal(std::string& out, std::string_view unscaled, std::int64_t scale);
/// 16 bytes.
void append_uuid(std::string& out, std::string_view bytes);
/// 12 bytes: months, days and milliseconds.
void append_duration(std::string& out, std::string_view bytes);

}  // namespace assay::decode
