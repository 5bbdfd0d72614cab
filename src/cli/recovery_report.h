#pragma once
// What `ingest` and `run` say about an epoch that an earlier process had left unfinished.

#include <string>

#include "cli/command.h"
#include "engine/recovery.h"

namespace assay::cli {

std::string recovery_json(const engine::Recovery& recovery);

/// As text (unless --json), and with the exit code of the error where an epoch was given up.
void report_recovery(Globals& globals, const engine::Recovery& recovery);

}  // namespace assay::cli
