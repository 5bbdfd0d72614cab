// The exit of refused records: bytes, reason, pointer, and what a later look at the shape needs.

#include <algorithm>
#include <set>

#include "base/hash.h"
#include "base/limits.h"
#include "refine/kernel.h"

namespace assay::refine {
namespace {

constexpr std::size_t kPathsMax = 4096;
constexpr std::size_t kPathSetSizeMax = std::size_t{256} << 10;

const char* kind_name(Kind kind) {
  switch (kind) {
    case Kind::object:
    case Kind::empty_object: return "object";
    case Kind::array:
    case Kind::empty_array: return "array";
    case Kind::string: return "string";
    case Kind::number: return "number";
    case Kind::yes:
    case Kind::no: return "boolean";
    case Kind::null: return "null";
  }
  return "";
}

path::JsonPath path_of(const Document& document, std::uint32_t node) {
  path::JsonPath path;
  if ((document.nodes[node].flags & Node::kKnown) != 0) {
    for (std::uint32_t place = document.nodes[node].place; place != Shapes::kRootPlace;
         place = document.shapes->place(place).parent) {
      path::Step step;
      const Place& at = document.shapes->place(place);
      if (at.anchor == place)
        step.kind = path::Step::Kind::wildcard;
      else
        step.name = at.name;
      path.steps.insert(path.steps.begin(), std::move(step));
    }
    return path;
  }
  for (std::uint32_t i = node; i != document.nodes[i].parent; i = document.nodes[i].parent) {
    path::Step step;
    if ((document.nodes[i].flags & Node::kElement) != 0)
      step.kind = path::Step::Kind::wildcard;
    else
      step.name = document.key(document.nodes[i]);
    path.steps.insert(path.steps.begin(), std::move(step));
  }
  return path;
}

/// Fills one row of the quarantine table.
class QuarantineRow {
 public:
  QuarantineRow(Kernel& kernel, Block& block, Rows& rows)
      : schema_(kernel.schema(kernel.program.plan->quarantine_table)), block_(block), rows_(rows) {}

  void text(std::string_view column, std::string_view value) {
    char* const room = block_.room.reserve(value.size());
    std::copy(value.begin(), value.end(), room);
    set(column, Cell::of_bytes(block_.room.keep(value.size())));
  }
  void number(std::string_view column, std::int64_t value) { set(column, Cell::of_int(value)); }

 private:
  void set(std::string_view name, const Cell& cell) {
    const int column = schema_.index_of(name);
    rows_.cells(column)[rows_.size] = cell;
    rows_.present(column)[rows_.size] = Rows::kValue;
  }

  const column::TableSchema& schema_;
  Block& block_;
  Rows& rows_;
};

void fill(QuarantineRow& row, const Record& record, const Coordinates& from) {
  row.text("source", from.source);
  row.text("source_id", from.source_id);
  row.number("source_generation", from.source_generation);
  row.number("partition", from.partition);
  row.number("offset", from.offset);
  row.number("code", static_cast<std::int64_t>(record.fault.code));
  row.text("reason", record.fault.reason);
  row.text("pointer", record.fault.pointer);
  if (record.version != nullptr) row.text("schema_version", record.version->name);
  row.text("payload", record.bytes.substr(0, kQuarantineInlineBytes));
  row.number("payload_length", static_cast<std::int64_t>(record.bytes.size()));
  const Sha256 digest = sha256(record.bytes);
  row.text("payload_sha256", {reinterpret_cast<const char*>(digest.data()), digest.size()});
  if (!record.shape_is_unknown) return;
  row.text("paths", record.paths);
  const Hash128 hash = xxh3_128(record.paths);
  const std::uint64_t halves[2] = {__builtin_bswap64(hash.high), __builtin_bswap64(hash.low)};
  row.text("fingerprint", {reinterpret_cast<const char*>(halves), sizeof halves});
}

}  // namespace

std::string path_set(const Document& document, std::uint32_t begin, std::uint32_t end) {
  std::set<std::string> lines;
  std::size_t size = 0;
  bool whole = true;
  for (std::uint32_t i = begin; i < end && whole; ++i) {
    if (!is_leaf(document.nodes[i].kind)) continue;
    std::string line =
        path::to_string(path_of(document, i)) + ' ' + kind_name(document.nodes[i].kind);
    size += line.size() + 1;
    if (!lines.insert(std::move(line)).second) continue;
    whole = lines.size() < kPathsMax && size < kPathSetSizeMax;
  }
  std::string text;
  for (const std::string& line : lines) text += line + '\n';
  if (!whole) text += "...\n";
  return text;
}

void quarantine(Kernel& kernel, Block& block) {
  const int table = kernel.program.plan->quarantine_table;
  const TableProgram& program = kernel.table(table);
  const auto refused = std::count_if(block.records.begin(), block.records.end(),
                                     [](const Record& record) { return record.refused(); });
  if (refused == 0) return;
  Rows& rows = kernel.rows_of(table);
  rows.begin(program.columns, static_cast<std::size_t>(refused));
  QuarantineRow row(kernel, block, rows);
  Accounting& counts = kernel.result->accounting;
  TableWriter& writer = kernel.writer(table);
  writer.reserve(static_cast<std::size_t>(refused));
  for (const ColumnProgram& column : program.values)
    rows.fill_null(column.column, 0, static_cast<std::uint32_t>(refused));
  for (const Record& record : block.records) {
    if (!record.refused()) continue;
    fill(row, record, kernel.slab->coordinates[record.index]);
    ++rows.size;
    rows.records.push_back(static_cast<std::uint32_t>(&record - block.records.data()));
    ++counts.quarantined;
    ++counts.quarantined_by_code[static_cast<int>(record.fault.code)];
  }
  writer.append(program.values, rows, rows.size);
  writer.append_texts(program.system.pointer, rows.cells(program.system.pointer), rows.size);
  writer.add_rows(block.records.data(), rows.records);
}

}  // namespace assay::refine
