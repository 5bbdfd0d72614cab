#pragma once
// Which restrictions of a question hold together, and which are alternatives.

#include <vector>

#include "ask/interpretation.h"

namespace assay::ask {

/// A segment or a filter of an interpretation; the other one is null.
struct Restriction {
  const SegmentChoice* segment = nullptr;
  const FilterChoice* filter = nullptr;
};

/// A row has one value a column, so that restrictions to values of the same column are alternatives
/// ("premium and plus customers"): those of one inner list. The lists hold together. A segment is
/// such a restriction where its filter is `column = value` or `column IN (values)`; what is negated
/// stands alone. Pointers are into `meaning`.
std::vector<std::vector<Restriction>> alternatives(const Interpretation& meaning);

}  // namespace assay::ask
