#pragma once
// The commands that take records out of quarantine.

#include "cli/command.h"

namespace assay::cli {

/// reprocess, discard, fix: below `assay quarantine`.
void add_quarantine_release(CLI::App& quarantine, Globals& globals);

}  // namespace assay::cli
