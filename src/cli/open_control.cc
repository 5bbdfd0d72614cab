#include "cli/open_control.h"

#include "io/process.h"

namespace assay::cli {

Result<engine::Paths> data_paths(const Globals& globals) {
  ASSAY_TRY(const std::string folder, io::absolute_path(globals.directory));
  ASSAY_TRY(const std::string root, model::find_root(folder));
  return engine::Paths(root);
}

Result<control::Database> open_control(const Globals& globals, ControlAccess access) {
  ASSAY_TRY(const engine::Paths paths, data_paths(globals));
  ASSAY_TRY(const bool applied, io::local_file_system()->exists(paths.control_db));
  if (!applied) {
    return make_error(Code::plan_not_applied, "the workspace was not applied yet",
                      "Run: assay apply");
  }
  return control::Database::open(
      {.path = paths.control_db, .read_only = access == ControlAccess::read});
}

}  // namespace assay::cli
