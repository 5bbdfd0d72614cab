#pragma once
// Units of measure: from the unit that a payload counts in to the one that the field declares.

#include <optional>
#include <string>
#include <string_view>

#include "model/workspace.h"

namespace assay::model {

/// One of `from` is multiplier * 10^power10 of `to`, exactly.
struct UnitFactor {
  std::int64_t multiplier = 1;
  int power10 = 0;
};

/// Nothing where one of the units is not known, they measure different things, or the factor is no
/// finite decimal (seconds as hours).
std::optional<UnitFactor> factor_between(std::string_view from, std::string_view to);
/// "EUR": three letters in upper case.
bool is_currency(std::string_view unit);

/// Writes `unit` of mappings as what it means: a power of ten, or an expression. REQUIRES: a
/// workspace without problems.
void apply_units(Workspace& workspace);

}  // namespace assay::model
