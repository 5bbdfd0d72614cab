#pragma once
// Which rows of a fact table a question is about, as SQL conditions over its alias `f`.

#include <string>
#include <vector>

#include "ask/interpretation.h"
#include "ask/vocabulary.h"
#include "base/result.h"

namespace assay::ask {

/// Conditions that hold together, period apart: segments, filters, and what an explicit as-of may
/// see.
Result<std::vector<std::string>> row_conditions(const FactTable& facts,
                                                const Interpretation& interpretation,
                                                const Vocabulary& vocabulary);
std::vector<std::string> period_conditions(const FactTable& facts,
                                           const Interpretation& interpretation);

/// "WHERE a\n  AND b"; empty without conditions.
std::string where_clause(const std::vector<std::string>& conditions, std::string_view indent);

}  // namespace assay::ask
