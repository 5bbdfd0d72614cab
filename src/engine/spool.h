#pragma once
// Inputs that can be read only once - stdin, pipes - as files that survive a crash.

#include <string>
#include <vector>

#include "base/result.h"
#include "engine/session.h"

namespace assay::engine {

/// Ingestion reads an input twice, and repeats it after a crash. Copies "-" (stdin) and every pipe
/// among `inputs` to the spool folder, synced, and gives the inputs with those files in their
/// place. Errors: source_unreadable (also for a device), and those of the file system.
Result<std::vector<std::string>> spool_streams(Session& session, std::vector<std::string> inputs);

enum class Spooled { by_dead_processes, all };
/// Removes spooled inputs. REQUIRES: no intent stands that names them.
Status clear_spool(Session& session, Spooled which);

}  // namespace assay::engine
