// The column that lists the fields that a payload says are null.

#include <algorithm>

#include "refine/kernel.h"

namespace assay::refine {

void set_null_fields(const TableProgram& table, const column::TableSchema& schema, Rows& rows,
                     TextRoom& room) {
  const int target = table.system.null_fields;
  if (target < 0) return;
  rows.fill_null(target, 0, rows.size);
  auto& nulls = rows.explicit_nulls;
  if (nulls.empty()) return;
  const auto id_of = [&](int column) {
    return static_cast<std::uint32_t>(schema.fields[static_cast<std::size_t>(column)].id);
  };
  std::sort(nulls.begin(), nulls.end(), [&](const auto& a, const auto& b) {
    return a.first != b.first ? a.first < b.first : id_of(a.second) < id_of(b.second);
  });
  constexpr std::size_t kVarintMax = 5;
  for (std::size_t i = 0; i < nulls.size();) {
    const std::uint32_t row = nulls[i].first;
    char* const begin = room.reserve(table.columns * kVarintMax);
    char* at = begin;
    for (; i < nulls.size() && nulls[i].first == row; ++i) {
      std::uint32_t id = id_of(nulls[i].second);
      for (; id >= 0x80; id >>= 7) *at++ = static_cast<char>((id & 0x7f) | 0x80);
      *at++ = static_cast<char>(id);
    }
    rows.cells(target)[row] = Cell::of_bytes(room.keep(static_cast<std::size_t>(at - begin)));
    rows.present(target)[row] = Rows::kValue;
  }
}

}  // namespace assay::refine
