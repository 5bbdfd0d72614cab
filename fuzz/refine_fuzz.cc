// The kernel against simdjson's DOM on the records' renditions: both accept, or both refuse; and
// nothing crashes. Lines of the input are the records of one slab: none can disturb another.

#include <simdjson.h>

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "base/limits.h"
#include "decode/rendition.h"
#include "plan/plan.h"
#include "plan/standard_tables.h"
#include "refine/refine.h"

namespace {

using assay::Code;

/// A plan whose root has a key, a child and a master, so that all stages run.
std::shared_ptr<const assay::plan::Plan> fuzz_plan() {
  using namespace assay;
  auto plan = std::make_shared<plan::Plan>();
  plan->tenant = "fuzz";
  const auto field = [](int id, std::string name, column::Type type) {
    return column::Field{id, std::move(name), {type}, false, column::Role::content, ""};
  };
  plan->tables = {{"silver.event",
                   {field(16, "a", column::Type::string), field(17, "b", column::Type::int64)},
                   {}},
                  {"silver.item",
                   {field(16, "a", column::Type::string), field(17, "n", column::Type::int64),
                    field(18, "f", column::Type::float64), field(19, "m_k", column::Type::string)},
                   {}},
                  {"silver.m_content",
                   {field(16, "k", column::Type::string), field(17, "v", column::Type::timestamp)},
                   {}},
                  plan::silver_residue(),
                  plan::bronze_quarantine()};
  plan->residue_table = 3;
  plan->quarantine_table = 4;
  const auto rule = [](int column, const char* path, bool key = false) {
    plan::FieldRule made;
    made.column = column;
    made.path = *path::parse_json_path(path);
    made.is_key = key;
    return made;
  };
  plan::EntityRule root{.entity = "event", .table = 0, .rows = {}, .root = true};
  root.fields = {rule(0, "$.a"), rule(1, "$.b")};
  plan::EntityRule item{.entity = "item", .table = 1, .rows = *path::parse_json_path("$.c[*]")};
  item.fields = {rule(0, "$.a"), rule(1, "$.c[0].n"), rule(2, "$.c[*].f")};
  plan::MasterRule master{.role = "m", .entity = "m", .content_table = 2};
  master.fields = {rule(0, "$.c[*].m.k", true), rule(1, "$.c[*].m.v")};
  master.reference_keys = {3};
  item.masters = {master};
  plan::VersionPlan version{.application = "fuzz", .version = "1"};
  version.entities = {root, item};
  plan->versions = {version};
  return plan;
}

bool is_grammar(int code) {
  const auto named = static_cast<Code>(code);
  return named == Code::json_syntax || named == Code::json_utf8 || named == Code::json_too_deep;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace assay;
  static auto plan = fuzz_plan();
  static auto refiner = std::make_unique<refine::Refiner>(std::move(*refine::Refiner::open(plan)));
  std::string bytes(reinterpret_cast<const char*>(data), size);
  bytes += '\n';
  std::vector<std::uint32_t> offsets = {0};
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (bytes[i] == '\n') offsets.push_back(static_cast<std::uint32_t>(i + 1));
  }
  const std::vector<refine::Coordinates> coordinates(offsets.size() - 1);
  const std::size_t whole = bytes.size();
  bytes.append(kPayloadPadding, '\0');
  const refine::Slab slab{
      std::string_view(bytes).substr(0, whole), offsets, coordinates, "fuzz", "m", 0};
  const auto result = refiner->refine(slab);
  if (!result) std::abort();
  std::vector<int> codes(coordinates.size(), 0);
  for (const refine::TableBatch& table : result->batches) {
    if (table.table != plan->quarantine_table) continue;
    const column::ColumnView code(table.batch, plan::bronze_quarantine().index_of("code"));
    for (std::int64_t row = 0; row < table.batch.rows(); ++row) {
      codes[table.record_of_row[static_cast<std::size_t>(row)]] = code.int32(row);
    }
  }
  decode::Renderer renderer(plan->limits);
  simdjson::dom::parser parser;
  for (std::size_t i = 0; i + 1 < offsets.size(); ++i) {
    const std::string payload = bytes.substr(offsets[i], offsets[i + 1] - 1 - offsets[i]);
    std::string text;
    if (!renderer.append(text, payload, {})) {
      if (codes[i] == 0) std::abort();
      continue;
    }
    simdjson::dom::element element;
    const auto error = parser.parse(text).get(element);
    // Numbers beyond 64 bits and doubles are JSON to the kernel; depths differ by design.
    if (error == simdjson::NUMBER_ERROR || error == simdjson::DEPTH_ERROR) continue;
    const bool too_deep = codes[i] == static_cast<int>(Code::json_too_deep);
    if (!too_deep && is_grammar(codes[i]) != (error != simdjson::SUCCESS)) std::abort();
  }
  return 0;
}
