#include "cli/open_session.h"

#include <utility>

#include "engine/memory.h"
#include "io/process.h"

namespace assay::cli {

Result<engine::Seams> session_seams() {
  engine::Seams seams{.files = io::local_file_system(),
                      .clock = io::system_clock(),
                      .milestones = io::no_milestones(),
                      .progress = {}};
  if (const auto spec = io::environment_variable("ASSAY_KILL_AT")) {
    ASSAY_TRY(seams.milestones, io::killing_milestones(*spec));
  }
  return seams;
}

Result<engine::Session> open_session(const Globals& globals, Progress& progress) {
  engine::keep_large_buffers_apart();
  ASSAY_TRY(engine::Seams seams, session_seams());
  seams.progress = [&progress](std::string_view text) { progress.update(text); };
  ASSAY_TRY(const std::string folder, io::absolute_path(globals.directory));
  return engine::Session::open(folder, std::move(seams));
}

}  // namespace assay::cli
