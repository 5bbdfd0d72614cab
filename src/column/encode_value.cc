#include "column/encode_value.h"

namespace assay::column {

void encode_value(RowEncoder& encoder, int id, const DataType& type, const ColumnView& view,
                  std::int64_t row) {
  switch (type.type) {
    case Type::boolean: return encoder.boolean(id, view.boolean(row));
    case Type::int32: return encoder.integer(id, view.int32(row));
    case Type::int64: return encoder.integer(id, view.int64(row));
    case Type::float64: return encoder.float64(id, view.float64(row));
    case Type::decimal: return encoder.decimal(id, type.scale, view.decimal(row));
    case Type::date: return encoder.date(id, view.int32(row));
    case Type::timestamp: return encoder.timestamp(id, view.int64(row));
    case Type::string: return encoder.string(id, view.bytes(row));
    case Type::binary: return encoder.binary(id, view.bytes(row));
  }
}

}  // namespace assay::column
