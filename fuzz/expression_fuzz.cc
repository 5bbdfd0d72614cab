// Expressions: any text is a mistake or a tree, and what the kernel computes by it, verify's own
// evaluation computes too. The first line of the input is the expression, the others are payloads.

#include <array>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "base/limits.h"
#include "expression/expression.h"
#include "plan/plan.h"
#include "plan/standard_tables.h"
#include "refine/refine.h"
#include "verify/interpreter.h"

namespace {

using assay::column::DataType;
using assay::column::Type;

constexpr int kComputed = 8;  ///< the column that the expression fills
constexpr std::array kTargets = {DataType{Type::int64, 0, 0},   DataType{Type::decimal, 20, 4},
                                 DataType{Type::float64, 0, 0}, DataType{Type::boolean, 0, 0},
                                 DataType{Type::date, 0, 0},    DataType{Type::timestamp, 0, 0},
                                 DataType{Type::string, 0, 0}};

assay::plan::Plan plan_for(const DataType& target) {
  using namespace assay;
  plan::Plan plan;
  plan.tenant = "fuzz";
  const auto field = [](int id, std::string name, DataType type) {
    return column::Field{id, std::move(name), type, false, column::Role::content, ""};
  };
  plan.tables = {{"silver.event",
                  {field(16, "k", {Type::string}), field(17, "a", {Type::int64}),
                   field(18, "d", {Type::decimal, 18, 2}), field(19, "r", {Type::float64}),
                   field(20, "s", {Type::string}), field(21, "b", {Type::boolean}),
                   field(22, "y", {Type::date}), field(23, "t", {Type::timestamp}),
                   field(24, "computed", target),
                   column::Field{column::field_id::kRowHash,
                                 "row_hash",
                                 {Type::binary},
                                 false,
                                 column::Role::provenance,
                                 ""}},
                  {}},
                 plan::silver_residue(),
                 plan::bronze_quarantine()};
  plan.residue_table = 1;
  plan.quarantine_table = 2;
  plan::EntityRule root{.entity = "event", .table = 0, .rows = {}, .root = true};
  for (int i = 0; i < kComputed; ++i) {
    plan::FieldRule rule;
    rule.column = i;
    rule.path =
        *path::parse_json_path("$." + plan.tables[0].fields[static_cast<std::size_t>(i)].name);
    root.fields.push_back(rule);
  }
  plan::VersionPlan version{.application = "fuzz", .version = "1"};
  version.entities = {root};
  plan.versions = {version};
  return plan;
}

/// The plan whose last column the text computes; nothing where it is a mistake for every type.
std::shared_ptr<const assay::plan::Plan> plan_of(const std::string& text) {
  using namespace assay;
  for (const DataType& target : kTargets) {
    plan::Plan plan = plan_for(target);
    std::vector<expression::Name> names;
    for (int i = 0; i < kComputed; ++i) {
      const column::Field& field = plan.tables[0].fields[static_cast<std::size_t>(i)];
      names.push_back({field.name, field.type, i});
    }
    auto compiled = expression::compile(text, names, target);
    if (!compiled) continue;
    plan::FieldRule rule;
    rule.column = kComputed;
    rule.source = plan::FieldRule::Source::expression;
    rule.expression = std::move(*compiled);
    plan.versions[0].entities[0].fields.push_back(std::move(rule));
    return std::make_shared<const plan::Plan>(std::move(plan));
  }
  return nullptr;
}

struct Verdict {
  int code = 0;
  std::string row_hash;
  bool operator==(const Verdict&) const = default;
};

Verdict by_kernel(const std::shared_ptr<const assay::plan::Plan>& plan, std::string payload) {
  using namespace assay;
  auto refiner = refine::Refiner::open(plan);
  if (!refiner) std::abort();
  payload += '\n';
  const std::vector<std::uint32_t> offsets = {0, static_cast<std::uint32_t>(payload.size())};
  const std::vector<refine::Coordinates> coordinates(1);
  const std::size_t whole = payload.size();
  payload.append(kPayloadPadding, '\0');
  const refine::Slab slab{
      std::string_view(payload).substr(0, whole), offsets, coordinates, "fuzz", "m", 0};
  const auto result = refiner->refine(slab);
  if (!result) std::abort();
  Verdict verdict;
  for (const refine::TableBatch& table : result->batches) {
    if (table.table == plan->quarantine_table)
      verdict.code =
          column::ColumnView(table.batch, plan::bronze_quarantine().index_of("code")).int32(0);
    if (table.table == 0)
      verdict.row_hash =
          column::ColumnView(table.batch, plan->tables[0].index_of("row_hash")).bytes(0);
  }
  return verdict;
}

Verdict by_verify(const assay::verify::PlanDocument& plan, const std::string& payload) {
  const auto derived = assay::verify::derive(plan, "fuzz", payload);
  if (derived.fault) return {static_cast<int>(derived.fault->code), {}};
  const auto bytes = derived.rows.front().hash.to_bytes();
  return {0, std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size())};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string input(reinterpret_cast<const char*>(data), size);
  const std::size_t line = input.find('\n');
  const auto plan = plan_of(input.substr(0, line));
  if (plan == nullptr || line == std::string::npos) return 0;
  const auto document = assay::verify::parse_plan(assay::plan::to_json(*plan));
  if (!document) std::abort();
  for (std::size_t begin = line + 1; begin < input.size();) {
    const std::size_t end = std::min(input.find('\n', begin), input.size());
    const std::string payload = input.substr(begin, end - begin);
    begin = end + 1;
    const Verdict kernel = by_kernel(plan, payload);
    const bool is_syntax = kernel.code >= 2001 && kernel.code <= 2099;
    if (!is_syntax && kernel != by_verify(*document, payload)) std::abort();
  }
  return 0;
}
