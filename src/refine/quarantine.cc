// The exit of refused records: bytes, reason, pointer, and what a later look at the shape needs.

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
  for (std::uint32_t i = node; i != 0; i = document.nodes[i].parent) {
    path::Step step;
    if ((document.nodes[i].flags & Node::kElement) != 0)
      step.kind = path::Step::Kind::wildcard;
    else
      step.name = document.key(document.nodes[i]);
    path.steps.insert(path.steps.begin(), std::move(step));
  }
  return path;
}

}  // namespace

std::string path_set(const Document& document) {
  std::set<std::string> lines;
  std::size_t size = 0;
  bool whole = true;
  for (std::uint32_t i = 0; i < document.node_count && whole; ++i) {
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

void quarantine(Kernel& kernel, Record& record) {
  const int index = kernel.program.plan->quarantine_table;
  const auto& schema = kernel.program.plan->tables[static_cast<std::size_t>(index)];
  TableWriter& writer = kernel.writer(index);
  const Coordinates& from = kernel.slab->coordinates[record.index];
  const auto column = [&](std::string_view name) { return schema.index_of(name); };
  std::string room;
  const auto text = [&](std::string_view name, std::string_view value) {
    room.assign(value);
    writer.text(column(name), with_slack(room));
  };
  writer.start_row();
  text("source", from.source);
  text("source_id", from.source_id);
  writer.int64(column("source_generation"), from.source_generation);
  writer.int32(column("partition"), from.partition);
  writer.int64(column("offset"), from.offset);
  writer.int32(column("code"), static_cast<std::int32_t>(record.fault.code));
  text("reason", record.fault.reason);
  text("pointer", record.fault.pointer);
  if (record.version != nullptr)
    text("schema_version", record.version->name);
  else
    writer.null(column("schema_version"));
  text("payload", record.bytes.substr(0, kQuarantineInlineBytes));
  writer.int64(column("payload_length"), static_cast<std::int64_t>(record.bytes.size()));
  const Sha256 digest = sha256(record.bytes);
  text("payload_sha256", {reinterpret_cast<const char*>(digest.data()), digest.size()});
  if (record.shape_is_unknown) {
    const std::string paths = path_set(record.document);
    text("paths", paths);
    writer.hash(column("fingerprint"), xxh3_128(paths));
  } else {
    writer.null(column("paths"));
    writer.null(column("fingerprint"));
  }
  writer.finish_row(record.index);
  Accounting& counts = kernel.result->accounting;
  ++counts.quarantined;
  ++counts.quarantined_by_code[static_cast<int>(record.fault.code)];
}

}  // namespace assay::refine
