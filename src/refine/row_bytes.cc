#include "refine/row_bytes.h"

namespace assay::refine {
namespace {

char type_class(column::Type type) {
  switch (type) {
    case column::Type::boolean: return 1;
    case column::Type::int32:
    case column::Type::int64: return 2;
    case column::Type::float64: return 3;
    case column::Type::decimal: return 4;
    case column::Type::date: return 5;
    case column::Type::timestamp: return 6;
    case column::Type::string: return 7;
    case column::Type::binary: return 8;
  }
  return 0;
}

}  // namespace

ValueHeader value_header(int field_id, const column::DataType& type) {
  ValueHeader header;
  auto id = static_cast<std::uint32_t>(field_id);
  for (; id >= 0x80; id >>= 7) header.bytes[header.size++] = static_cast<char>((id & 0x7f) | 0x80);
  header.bytes[header.size++] = static_cast<char>(id);
  header.bytes[header.size++] = type_class(type.type);
  if (type.type == column::Type::decimal)
    header.bytes[header.size++] = static_cast<char>(type.scale);
  return header;
}

void RowBytes::grow(std::size_t more) {
  const std::size_t used = begin_ == nullptr ? 0 : static_cast<std::size_t>(at_ - begin_.get());
  const std::size_t wanted = std::max((used + more) * 2, std::size_t{1024});
  auto grown = std::make_unique_for_overwrite<char[]>(wanted);
  if (used > 0) std::memcpy(grown.get(), begin_.get(), used);
  begin_ = std::move(grown);
  at_ = begin_.get() + used;
  end_ = begin_.get() + wanted;
}

}  // namespace assay::refine
