#pragma once
// The names that a workspace may give to things.

#include <string_view>

#include "model/document.h"

namespace assay::model {

/// Names that become columns and tables: [a-z][a-z0-9_]*, at most 100 characters.
bool is_name(std::string_view text);
/// Labels of tenants, applications, versions and sources: letters, digits, ".", "-" and "_",
/// starting with a letter or a digit, at most 100 characters.
bool is_label(std::string_view text);

/// Reports a name that does not follow the grammar; `what` is "a field", "an entity" ...
bool check_name(const Node& name, std::string_view what, ProblemList& problems);
bool check_label(const Location& location, std::string_view label, std::string_view what,
                 ProblemList& problems);

/// Column names that tables have on their own, whatever the entities are.
bool is_reserved_column(std::string_view name);

}  // namespace assay::model
