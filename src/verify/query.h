#pragma once
// verify's own evaluation of the queries that a mapping may end in (RFC 9535, the part that
// docs/paths.md names): node lists, built anew for each segment.

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "verify/payload.h"

namespace assay::verify {

struct FoundNode {
  const Node* node = nullptr;
  std::string pointer;
};

/// Code::plan_invalid where a text is no query.
Status check_query(std::string_view text);

/// The first leaf that a query finds from a node; `text` begins at its first segment. Nothing where
/// it finds none. Code::plan_invalid where the text is no such query.
Result<std::optional<FoundNode>> first_leaf(std::string_view text, const Node& root,
                                            const FoundNode& from);

}  // namespace assay::verify
