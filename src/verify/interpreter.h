#pragma once
// The second interpreter of a plan: one record's payload to everything that silver should hold of
// it. It takes the plan rule by rule and walks the payload anew for each, with no trie, no columns
// and no memory of the record before.

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "verify/cell.h"
#include "verify/payload.h"
#include "verify/plan_document.h"

namespace assay::verify {

/// A row of an event's table, of a master's content table, or of silver.residue.
struct DerivedRow {
  int table = 0;            ///< index into the plan's tables
  std::string pointer;      ///< of the row's item
  std::vector<Cell> cells;  ///< by column; what is not content or not known here is null
  Hash128 hash;             ///< of the content columns
};

/// Where a column of a row came from, for `assay why`.
struct LeafOrigin {
  std::string pointer;
  const PlanField* field = nullptr;
};

/// Borrows plan and payload.
struct Derivation {
  std::optional<Fault> fault;            ///< set = the record belongs in quarantine
  const PlanVersion* version = nullptr;  ///< nullptr = none matched
  std::vector<DerivedRow> rows;          ///< of event entities, in plan order; the root's first
  std::vector<DerivedRow> contents;      ///< one an embedded copy that has a key
  std::optional<DerivedRow> residue;
  std::string_view residue_text;  ///< one of `texts`
  std::int64_t leaves = 0, mapped = 0, master = 0, residue_leaves = 0;
  std::vector<std::string> masters_seen;  ///< entity of each copy that counts
  Hash128 identity;                       ///< equal for two records of equal key and content
  std::deque<std::string> texts;          ///< what the cells show
};

/// `headers` are those of bronze.record, empty where it has none.
Derivation derive(const PlanDocument& plan, std::string_view application, std::string_view payload,
                  std::string_view headers = {});

/// Where the leaf of a rule stands in a payload, for the row of that pointer; empty where there is
/// none.
std::string origin_pointer(const PlanEntity& entity, const PlanField& field, const Node& root,
                           std::string_view row_pointer);

}  // namespace assay::verify
