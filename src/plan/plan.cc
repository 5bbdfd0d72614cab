#include "plan/plan.h"

#include <fmt/format.h>

#include "base/hash.h"
#include "plan/check.h"
#include "plan/reader_internal.h"
#include "plan/writer_internal.h"

namespace assay::plan {
namespace {

using nlohmann::json;

/// The tree of a document; nlohmann reports mistakes by exceptions only.
Result<json> parse(std::string_view text) {
  try {
    return json::parse(text);
  } catch (const json::parse_error& error) {
    return make_error(Code::plan_invalid,
                      fmt::format("the plan is not JSON: mistake at byte {}", error.byte), {},
                      error.what());
  } catch (const json::out_of_range& error) {
    return make_error(Code::plan_invalid, "the plan has a number that no double holds", {},
                      error.what());
  }
}

/// Refuses documents of another format before their members are looked at.
Status check_format(const json& tree) {
  if (!tree.is_object()) return Reader::mistake("", "expected an object");
  const auto found = tree.find("format_version");
  if (found == tree.end()) return Reader::mistake("", "expected the key \"format_version\"");
  if (*found == kFormatVersion) return {};
  return Reader::mistake(
      "/format_version",
      fmt::format("expected {}, the version that this build reads", kFormatVersion));
}

json table_name(const Plan& plan, int table) {
  return table < 0 ? json() : json(plan.tables.at(static_cast<std::size_t>(table)).name);
}

}  // namespace

int Plan::table_index(std::string_view name) const {
  for (std::size_t i = 0; i < tables.size(); ++i) {
    if (tables[i].name == name) return static_cast<int>(i);
  }
  return -1;
}

std::string to_json(const Plan& plan) { return written(plan).dump(); }

Result<Plan> from_json(std::string_view text) {
  ASSAY_TRY(const json tree, parse(text));
  ASSAY_TRY_VOID(check_format(tree));
  Plan plan;
  if (auto error = Reader::read(tree, "", plan)) return std::move(*error);
  ASSAY_TRY_VOID(check(plan));
  return plan;
}

std::string plan_id(const Plan& plan) { return xxh3_128(to_json(plan)).to_hex(); }

std::string operator_id(const Plan& plan, const OperatorRule& rule) {
  const json document = {
      {"contents", table_name(plan, rule.contents)},
      {"entity", rule.entity},
      {"keep_equal_neighbours", rule.keep_equal_neighbours},
      {"kind", EnumTexts<OperatorRule::Kind>::kTexts.at(static_cast<std::size_t>(rule.kind))},
      {"layer", rule.layer},
      {"output", table_name(plan, rule.output)},
  };
  return xxh3_128(document.dump()).to_hex();
}

}  // namespace assay::plan
