// Opening, look-ups of manifests, sources, files and tables. Epochs: epochs.cc; plans: registry.cc.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "control/catalog_rows_internal.h"
#include "control/database_internal.h"
#include "control/manifest_rows_internal.h"
#include "control/push_receipts_internal.h"
#include "control/source_rows_internal.h"

namespace assay::control {

Database::Database(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Database::~Database() = default;
Database::Database(Database&&) noexcept = default;
Database& Database::operator=(Database&&) noexcept = default;

Result<Database> Database::open(const OpenOptions& options) {
  using enum Connection::Access;
  const auto access = options.read_only ? read : options.create ? create : write;
  ASSAY_TRY(auto connection, Connection::open(options.path, access));
  return Database(std::unique_ptr<Impl>(new Impl{std::move(connection)}));
}

Result<std::vector<Manifest>> Database::manifests(const ManifestFilter& filter) {
  Connection& connection = *impl_->connection;
  return connection.guard(
      [&]() -> Result<std::vector<Manifest>> { return read_manifests(connection.sql(), filter); });
}

namespace {

Error not_one(const std::string& prefix, const std::vector<std::string>& found) {
  constexpr std::size_t kShown = 5;
  if (found.empty() || prefix.empty()) {
    return make_error(Code::manifest_unknown, fmt::format("no manifest has the id \"{}\"", prefix),
                      "assay manifest list shows the ids.");
  }
  const std::vector<std::string> shown(found.begin(),
                                       found.begin() + std::min(found.size(), kShown));
  return make_error(
      Code::manifest_unknown,
      fmt::format("{} manifests have ids that begin with \"{}\"", found.size(), prefix),
      "Give more characters of the id.",
      fmt::format("{}{}.", fmt::join(shown, ", "), found.size() > kShown ? " and more" : ""));
}

}  // namespace

Result<Manifest> Database::manifest(const std::string& manifest_id) {
  Connection& connection = *impl_->connection;
  return connection.guard([&]() -> Result<Manifest> {
    if (auto exact = find_manifest(connection.sql(), manifest_id)) return *std::move(exact);
    const std::vector<std::string> ids = manifest_ids_like(connection.sql(), manifest_id);
    if (ids.size() != 1 || manifest_id.empty()) return not_one(manifest_id, ids);
    auto found = find_manifest(connection.sql(), ids.front());
    if (!found) return not_one(manifest_id, {});
    return *std::move(found);
  });
}

Result<std::vector<Manifest>> Database::children(const std::string& manifest_id) {
  Connection& connection = *impl_->connection;
  return connection.guard([&]() -> Result<std::vector<Manifest>> {
    return read_children(connection.sql(), manifest_id);
  });
}

Status Database::queue(std::span<const Manifest> waiting) {
  Connection& connection = *impl_->connection;
  return connection.transaction([&]() -> Status {
    for (const Manifest& manifest : waiting)
      ASSAY_TRY_VOID(insert_received(connection.sql(), manifest));
    return {};
  });
}

Result<std::optional<std::int64_t>> Database::next_offset(const SourceOffset& source) {
  Connection& connection = *impl_->connection;
  return connection.guard([&]() -> Result<std::optional<std::int64_t>> {
    return read_offset(connection.sql(), source);
  });
}

Result<std::vector<SourceOffset>> Database::offsets_ending(const std::string& source_end) {
  Connection& connection = *impl_->connection;
  return connection.guard([&]() -> Result<std::vector<SourceOffset>> {
    return read_offsets_ending(connection.sql(), source_end);
  });
}

Result<std::vector<SourceFile>> Database::source_files(const std::string& tenant_id) {
  Connection& connection = *impl_->connection;
  return connection.guard([&]() -> Result<std::vector<SourceFile>> {
    return read_source_files(connection.sql(), tenant_id);
  });
}

Result<std::optional<PushReceipt>> Database::push_receipt(const std::string& tenant_id,
                                                          const std::string& application,
                                                          const std::string& key) {
  Connection& connection = *impl_->connection;
  return connection.guard([&]() -> Result<std::optional<PushReceipt>> {
    return find_receipt(connection.sql(), tenant_id, application, key);
  });
}

Result<std::optional<std::string>> Database::table_location(const std::string& table) {
  Connection& connection = *impl_->connection;
  return connection.guard([&]() -> Result<std::optional<std::string>> {
    return read_location(connection.sql(), table);
  });
}

Result<std::map<std::string, std::string>> Database::table_locations() {
  Connection& connection = *impl_->connection;
  return connection.guard([&]() -> Result<std::map<std::string, std::string>> {
    return read_locations(connection.sql());
  });
}

Result<std::vector<FileEntry>> Database::files() {
  Connection& connection = *impl_->connection;
  return connection.guard(
      [&]() -> Result<std::vector<FileEntry>> { return read_files(connection.sql()); });
}

}  // namespace assay::control
