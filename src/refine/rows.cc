// Rows as cells -> row encoding and columns.

#include "refine/kernel.h"

namespace assay::refine {
namespace {

void append_value(const ColumnProgram& column, const Cell& cell, TableWriter& writer) {
  switch (column.type) {
    case column::Type::boolean: return writer.boolean(column.column, cell.low != 0);
    case column::Type::int32:
    case column::Type::date:
      return writer.int32(column.column, static_cast<std::int32_t>(cell.integer()));
    case column::Type::int64:
    case column::Type::timestamp: return writer.int64(column.column, cell.integer());
    case column::Type::float64: return writer.float64(column.column, cell.real());
    case column::Type::decimal: return writer.decimal(column.column, cell);
    case column::Type::string:
    case column::Type::binary: return writer.text(column.column, cell.bytes());
  }
}

}  // namespace

void encode_value(const ColumnProgram& column, const Cell& cell, RowBytes& out) {
  switch (column.type) {
    case column::Type::boolean: return out.boolean(column.header, cell.low != 0);
    case column::Type::int32:
    case column::Type::int64:
    case column::Type::date:
    case column::Type::timestamp: return out.integer(column.header, cell.integer());
    case column::Type::float64: return out.float64(column.header, cell.real());
    case column::Type::decimal: return out.decimal(column.header, cell.decimal());
    case column::Type::string:
    case column::Type::binary: return out.text(column.header, cell.bytes());
  }
}

void encode_row(const TableProgram& table, const Cell* cells, const std::uint64_t* nulls,
                RowBytes& out) {
  out.clear();
  for (const ColumnProgram& column : table.values) {
    if (!column.hashed || test_bit(nulls, column.column)) continue;
    out.reserve();
    encode_value(column, cells[column.column], out);
  }
}

void append_row(const TableProgram& table, const Cell* cells, const std::uint64_t* nulls,
                TableWriter& writer) {
  for (const ColumnProgram& column : table.values) {
    if (test_bit(nulls, column.column))
      writer.null(column.column);
    else
      append_value(column, cells[column.column], writer);
  }
}

void set_null_fields(const TableProgram& table, const column::TableSchema& schema, Record& record,
                     std::size_t cells, std::size_t masks) {
  const int target = table.system.null_fields;
  const std::uint64_t* listed = record.explicit_nulls.data() + masks;
  std::uint64_t any = 0;
  for (std::size_t i = 0; i < table.null_words; ++i) any |= listed[i];
  if (target < 0 || any == 0) return;
  constexpr std::size_t kVarintMax = 5;
  char* const begin = record.room.reserve(table.columns * kVarintMax);
  char* at = begin;
  for (const ColumnProgram& column : table.values) {
    if (!test_bit(listed, column.column)) continue;
    auto id = static_cast<std::uint32_t>(schema.fields[static_cast<std::size_t>(column.column)].id);
    for (; id >= 0x80; id >>= 7) *at++ = static_cast<char>((id & 0x7f) | 0x80);
    *at++ = static_cast<char>(id);
  }
  record.cells[cells + static_cast<std::size_t>(target)] =
      Cell::of_bytes(record.room.keep(static_cast<std::size_t>(at - begin)));
  clear_bit(record.nulls_at(masks), target);
}

}  // namespace assay::refine
