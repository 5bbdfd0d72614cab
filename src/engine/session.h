#pragma once
// One process at work on one workspace: its folders, its lock and lease, and the parts that it
// opened.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "control/control.h"
#include "engine/state_store.h"
#include "io/clock.h"
#include "io/file_system.h"
#include "io/folder_lock.h"
#include "io/milestones.h"
#include "model/workspace.h"
#include "parquet/parquet.h"

namespace assay::engine {

/// The data folder's places (design section 13), absolute.
struct Paths {
  explicit Paths(std::string workspace_root);
  std::string table_folder(std::string_view table) const;  ///< lake/<namespace>/<name>
  std::string relative(std::string_view path) const;       ///< to the data folder
  /// Where the holder of a lease spools an input.
  std::string spooled(std::int64_t generation, std::string_view name) const;

  std::string root, data, control_db, lake, state, spool, push, quarantine, tmp, lock;
};

/// Everything outside of the process; tests bring their own.
struct Seams {
  std::unique_ptr<io::FileSystem> files;
  std::unique_ptr<io::Clock> clock;
  std::unique_ptr<io::Milestones> milestones;
  std::function<void(std::string_view)>
      progress;  ///< one short line of what is going on; may be empty
};

/// Holds the folder's lock and the lease from `open` to destruction. One thread.
class Session {
 public:
  /// Errors: no_workspace, plan_not_applied, lease_held, control_database, control_schema.
  static Result<Session> open(const std::string& folder, Seams seams);
  ~Session();
  Session(Session&&) noexcept;
  Session& operator=(Session&&) = delete;

  const Paths& paths() const { return paths_; }
  const model::Workspace& workspace() const { return workspace_; }
  /// What was in force when the session was opened, or at the last `refresh`.
  const control::InForce& in_force() const { return in_force_; }
  /// Takes over what `assay apply` has put in force since; true where that is something new.
  Result<bool> refresh();
  /// Works by an earlier version of the workspace and these plans: to repeat an epoch as intended.
  Status go_back(std::int64_t version, std::map<std::string, std::string> plan_of_tenant);
  const control::Lease& lease() const { return lease_; }
  control::Database& control() { return *control_; }
  parquet::Database& parquet() { return *parquet_; }
  io::FileSystem& files() { return *seams_.files; }
  io::Milestones& milestones() { return *seams_.milestones; }
  Micros now() { return seams_.clock->now(); }
  void progress(std::string_view line) const;
  /// Opens the state store at the first call.
  Result<StateStore*> state();

 private:
  Session(Paths paths, Seams seams, io::FolderLock lock);

  Paths paths_;
  Seams seams_;
  io::FolderLock lock_;
  std::unique_ptr<control::Database> control_;
  std::unique_ptr<parquet::Database> parquet_;
  std::unique_ptr<StateStore> state_;
  control::Lease lease_;
  Status put_in_force(control::InForce in_force);

  control::InForce in_force_;
  model::Workspace workspace_;  // as applied, not as it stands in the files
};

/// The name that this engine's commits carry.
inline constexpr std::string_view kWriter = "embedded";

}  // namespace assay::engine
