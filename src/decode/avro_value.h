#pragma once
// Values of Avro in its binary encoding: their renditions (docs/formats/renditions.md), and where
// they end. The schema is the writer's. No recursion.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/limits.h"
#include "base/result.h"
#include "schema/avro_schema.h"

namespace assay::decode {

/// Appends the rendition of the one value that `payload` is, whole. Code::avro_value says the byte;
/// json_too_deep, json_too_large. After an error `out` may be longer by some part of it.
/// `payload_size` is that of the record's payload, which may have something before the value.
Status append_avro(std::string& out, std::string_view value, const schema::AvroSchema& schema,
                   std::size_t payload_size, const PayloadLimits& limits);

/// Finds the ends of values that stand one behind the other, as in a block of a container file.
/// Borrows all. What it looks at is bounded by the number of bytes, however many values of no bytes
/// they claim to hold.
class AvroMeasure {
 public:
  AvroMeasure(const schema::AvroSchema& schema, std::string_view bytes);

  /// Size of the next value. Code::avro_value.
  Result<std::size_t> next();
  /// Bytes that no value has taken yet.
  std::string_view rest() const { return bytes_.substr(at_); }

 private:
  const schema::AvroSchema& schema_;
  std::string_view bytes_;
  std::size_t at_ = 0;
  std::size_t values_left_;
};

}  // namespace assay::decode
