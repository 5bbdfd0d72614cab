#pragma once
// Reads the typed row encoding back (docs/formats/row-encoding.md): pages of state keep rows in it.

#include <cstdint>
#include <optional>
#include <string_view>

#include "column/batch.h"
#include "column/byte_reader.h"
#include "column/row_encoder.h"
#include "column/schema.h"

namespace assay::column {

/// One value of a row; which member holds it depends on the type class.
struct DecodedValue {
  int id = 0;
  char type_class = 0;
  std::int64_t number = 0;          ///< boolean, integer, date, timestamp
  double real = 0;                  ///< float64
  int scale = 0;                    ///< decimal
  ByteReader::Int128 unscaled = 0;  ///< decimal
  std::string_view text = {};       ///< string, binary
};

/// Values of one encoded row, first to last. Borrows the bytes.
class RowDecoder {
 public:
  explicit RowDecoder(std::string_view bytes) : reader_(bytes) {}
  /// Nothing at the end of the row, or where it is malformed: `ok` tells which.
  std::optional<DecodedValue> next();
  bool ok() const { return reader_.ok(); }

 private:
  ByteReader reader_;
};

/// Appends a decoded value to a column of that type; integers take either width. False where the
/// type class, the scale or the width does not fit, and nothing was appended.
bool append_value(BatchBuilder& builder, int column, const DataType& type,
                  const DecodedValue& value);

}  // namespace assay::column
