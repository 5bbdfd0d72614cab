#include "engine/session.h"

#include <fmt/format.h>

#include <utility>

#include "io/process.h"

namespace assay::engine {
namespace {

constexpr std::uint64_t kDuckMemoryBytes = std::uint64_t{1} << 30;

}  // namespace

Paths::Paths(std::string workspace_root)
    : root(std::move(workspace_root)),
      data(root + "/.assay"),
      control_db(data + "/control.db"),
      lake(data + "/lake"),
      state(data + "/state"),
      spool(data + "/spool"),
      push(data + "/push"),
      quarantine(data + "/quarantine"),
      tmp(data + "/tmp"),
      lock(data + "/lock") {}

std::string Paths::table_folder(std::string_view table) const {
  const std::size_t dot = table.find('.');
  return fmt::format("{}/{}/{}", lake, table.substr(0, dot), table.substr(dot + 1));
}

std::string Paths::relative(std::string_view path) const {
  return std::string(path.starts_with(data + "/") ? path.substr(data.size() + 1) : path);
}

std::string Paths::spooled(std::int64_t generation, std::string_view name) const {
  return fmt::format("{}/{}-{}", spool, generation, name);
}

Session::Session(Paths paths, Seams seams, io::FolderLock lock)
    : paths_(std::move(paths)), seams_(std::move(seams)), lock_(std::move(lock)) {}
Session::Session(Session&&) noexcept = default;

Session::~Session() {
  // A lease that cannot be given back is taken over by the next holder's generation.
  if (control_ != nullptr && lease_.generation != 0)
    static_cast<void>(control_->release_lease(lease_));
}

Result<Session> Session::open(const std::string& folder, Seams seams) {
  ASSAY_TRY(const std::string root, model::find_root(folder));
  Paths paths(root);
  ASSAY_TRY(const bool applied, seams.files->exists(paths.control_db));
  if (!applied) {
    return make_error(Code::plan_not_applied, "the workspace was not applied yet",
                      "Run: assay apply");
  }
  ASSAY_TRY(auto lock, io::FolderLock::take(paths.lock));
  Session session(std::move(paths), std::move(seams), std::move(lock));
  ASSAY_TRY(auto control, control::Database::open({.path = session.paths_.control_db}));
  session.control_ = std::make_unique<control::Database>(std::move(control));
  ASSAY_TRY(const bool applied_once, session.refresh());
  if (!applied_once) {
    return make_error(Code::plan_not_applied, "the workspace was not applied yet",
                      "Run: assay apply");
  }
  ASSAY_TRY_VOID(session.files().remove_tree(session.paths_.tmp));
  ASSAY_TRY_VOID(session.files().make_folders(session.paths_.tmp));
  ASSAY_TRY(auto parquet, parquet::Database::open({.temp_directory = session.paths_.tmp + "/duckdb",
                                                   .memory_limit_bytes = kDuckMemoryBytes}));
  session.parquet_ = std::make_unique<parquet::Database>(std::move(parquet));
  const std::string holder = fmt::format("{}/{}", io::host_name(), io::process_id());
  ASSAY_TRY(session.lease_, session.control_->take_lease(holder, session.now()));
  return session;
}

Result<bool> Session::refresh() {
  ASSAY_TRY(auto found, control_->in_force());
  if (!found || found->version == in_force_.version) return false;
  ASSAY_TRY_VOID(put_in_force(*std::move(found)));
  return true;
}

Status Session::go_back(std::int64_t version, std::map<std::string, std::string> plan_of_tenant) {
  ASSAY_TRY(std::string document, control_->workspace(version));
  return put_in_force({version, std::move(document), std::move(plan_of_tenant)});
}

Status Session::put_in_force(control::InForce in_force) {
  ASSAY_TRY(workspace_, model::from_json(in_force.workspace_json));
  workspace_.root = paths_.root;
  in_force.workspace_json.clear();
  in_force_ = std::move(in_force);
  return {};
}

void Session::progress(std::string_view line) const {
  if (seams_.progress) seams_.progress(line);
}

Result<StateStore*> Session::state() {
  if (state_ == nullptr) {
    ASSAY_TRY(auto store, StateStore::open(paths_.state));
    state_ = std::make_unique<StateStore>(std::move(store));
  }
  return state_.get();
}

}  // namespace assay::engine
