#pragma once
// assay manifest pause | resume | commands.

#include "cli/command.h"

namespace assay::cli {

void add_manifest_flow(CLI::App& group, Globals& globals);

}  // namespace assay::cli
