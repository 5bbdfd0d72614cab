#pragma once
// Which statements a user may run. The decision is made on DuckDB's own syntax tree, never on the
// text.

#include <string>
#include <string_view>

#include "base/result.h"

namespace assay::ask {

/// Checks the tree that DuckDB's json_serialize_sql gave for a text: one SELECT, table functions
/// from an allow-list (and those of schema `feature`, which we made), no function that reads or
/// changes settings or writes, and no table whose name is a path. Errors: sql_invalid, sql_denied.
Status check_statement_tree(std::string_view tree_json);

/// sql_denied for a statement that is not a SELECT; `text` is the statement, for its first word.
Error not_a_select(std::string_view text);

}  // namespace assay::ask
