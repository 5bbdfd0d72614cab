#pragma once
// The statements that give a locked session its schemas and views.

#include <string>
#include <vector>

#include "ask/locked_sql.h"

namespace assay::ask {

/// Schemas, one view a table, current views of masters, macros: in the order of running.
std::vector<std::string> session_statements(const Visible& visible);

/// "TIMESTAMPTZ '2011-12-09T12:50:00Z'".
std::string instant_literal(Micros instant);

}  // namespace assay::ask
