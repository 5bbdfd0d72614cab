#include "control/subject_store.h"

#include <fmt/format.h>

#include <array>

#include "control/connection_internal.h"
#include "control/digest_internal.h"

namespace assay::control {
namespace {

constexpr auto kTables = std::to_array<const char*>(
    {"CREATE TABLE IF NOT EXISTS registry_schema ("
     " tenant_id TEXT NOT NULL,"
     " context TEXT NOT NULL,"
     " schema_id BIGINT NOT NULL,"
     " schema_type TEXT NOT NULL,"
     " schema_text TEXT NOT NULL,"
     " schema_references TEXT NOT NULL,"
     " identity TEXT NOT NULL,"
     " registered BIGINT NOT NULL,"
     " PRIMARY KEY (tenant_id, context, schema_id),"
     " UNIQUE (tenant_id, context, identity))",
     "CREATE TABLE IF NOT EXISTS registry_version ("
     " tenant_id TEXT NOT NULL,"
     " context TEXT NOT NULL,"
     " subject TEXT NOT NULL,"
     " version BIGINT NOT NULL,"
     " schema_id BIGINT NOT NULL,"
     " owner TEXT NOT NULL,"
     " reason TEXT NOT NULL,"
     " registered BIGINT NOT NULL,"
     " state TEXT NOT NULL CHECK (state IN ('active', 'deleted', 'purged')),"
     " changed BIGINT NOT NULL,"
     " PRIMARY KEY (tenant_id, context, subject, version))",
     "CREATE TABLE IF NOT EXISTS registry_setting ("
     " tenant_id TEXT NOT NULL,"
     " context TEXT NOT NULL,"
     " subject TEXT NOT NULL,"
     " compatibility TEXT,"
     " policy TEXT,"
     " mode TEXT,"
     " PRIMARY KEY (tenant_id, context, subject))",
     "CREATE TABLE IF NOT EXISTS api_key ("
     " key_id TEXT NOT NULL PRIMARY KEY,"
     " tenant_id TEXT NOT NULL,"
     " sha256 TEXT NOT NULL,"
     " name TEXT NOT NULL,"
     " role TEXT NOT NULL,"
     " created BIGINT NOT NULL,"
     " expires BIGINT,"
     " revoked BIGINT)"});

constexpr std::array<std::string_view, 3> kStates = {"active", "deleted", "purged"};
std::string name_of(VersionState state) {
  return std::string(kStates[static_cast<std::size_t>(state)]);
}
VersionState state_of(const std::string& name) {
  return name == "active"    ? VersionState::active
         : name == "deleted" ? VersionState::deleted
                             : VersionState::purged;
}

std::string text(std::int64_t number) { return std::to_string(number); }
std::optional<std::string> text(const std::optional<Micros>& instant) {
  return instant ? std::optional(std::to_string(*instant)) : std::nullopt;
}

std::optional<std::string> text_of(const soci::row& row, const char* name) {
  if (row.get_indicator(name) == soci::i_null) return std::nullopt;
  return row.get<std::string>(name);
}
std::optional<Micros> instant_of(const soci::row& row, const char* name) {
  if (row.get_indicator(name) == soci::i_null) return std::nullopt;
  return row.get<long long>(name);
}

SubjectVersion version_of(const soci::row& row) {
  return {.context = row.get<std::string>("context"),
          .subject = row.get<std::string>("subject"),
          .version = row.get<long long>("version"),
          .schema_id = row.get<long long>("schema_id"),
          .owner = row.get<std::string>("owner"),
          .reason = row.get<std::string>("reason"),
          .registered = row.get<long long>("registered"),
          .state = state_of(row.get<std::string>("state")),
          .changed = row.get<long long>("changed")};
}

StoredSchema schema_of(const soci::row& row) {
  return {.id = row.get<long long>("schema_id"),
          .type = row.get<std::string>("schema_type"),
          .text = row.get<std::string>("schema_text"),
          .references = row.get<std::string>("schema_references"),
          .identity = row.get<std::string>("identity"),
          .registered = row.get<long long>("registered")};
}

StoredKey key_of(const soci::row& row) {
  return {.key_id = row.get<std::string>("key_id"),
          .tenant = row.get<std::string>("tenant_id"),
          .sha256 = row.get<std::string>("sha256"),
          .name = row.get<std::string>("name"),
          .role = row.get<std::string>("role"),
          .created = row.get<long long>("created"),
          .expires = instant_of(row, "expires"),
          .revoked = instant_of(row, "revoked")};
}

/// No manifest brings these rows: they come from people and their programs.
constexpr const char* kNoManifest = "";

void put_version_digest(soci::session& sql, const RegistryScope& scope,
                        const SubjectVersion& version) {
  put_digest(
      sql, "registry_version",
      fmt::format("{}\n{}\n{}\n{}", scope.tenant, scope.context, version.subject, version.version),
      {scope.tenant, scope.context, version.subject, text(version.version), text(version.schema_id),
       version.owner, version.reason, text(version.registered), name_of(version.state),
       text(version.changed)},
      kNoManifest);
}

void put_key_digest(soci::session& sql, const StoredKey& key) {
  put_digest(sql, "api_key", key.key_id,
             {key.key_id, key.tenant, key.sha256, key.name, key.role, text(key.created),
              text(key.expires), text(key.revoked)},
             kNoManifest);
}

}  // namespace

struct SubjectStore::Impl {
  std::unique_ptr<Connection> connection;
};

SubjectStore::SubjectStore(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
SubjectStore::~SubjectStore() = default;
SubjectStore::SubjectStore(SubjectStore&&) noexcept = default;
SubjectStore& SubjectStore::operator=(SubjectStore&&) noexcept = default;

Result<SubjectStore> SubjectStore::open(const std::string& path) {
  ASSAY_TRY(auto connection, Connection::open(path, Connection::Access::create));
  ASSAY_TRY_VOID(connection->guard([&]() -> Status {
    for (const char* statement : kTables) connection->sql() << std::string(statement);
    return {};
  }));
  return SubjectStore(std::unique_ptr<Impl>(new Impl{std::move(connection)}));
}

Status SubjectStore::write(const std::function<Status()>& body) {
  return impl_->connection->transaction(body);
}

Result<std::vector<std::string>> SubjectStore::contexts(const std::string& tenant) {
  Connection& connection = *impl_->connection;
  return connection.guard([&]() -> Result<std::vector<std::string>> {
    const soci::rowset<std::string> rows =
        (connection.sql().prepare
             << "SELECT '.' UNION SELECT context FROM registry_version WHERE tenant_id = :tenant"
                " UNION SELECT context FROM registry_setting WHERE tenant_id = :tenant2"
                " ORDER BY 1",
         soci::use(tenant, "tenant"), soci::use(tenant, "tenant2"));
    return std::vector<std::string>(rows.begin(), rows.end());
  });
}

Result<std::vector<std::string>> SubjectStore::tenants() {
  Connection& connection = *impl_->connection;
  return connection.guard([&]() -> Result<std::vector<std::string>> {
    const soci::rowset<std::string> rows =
        (connection.sql().prepare << "SELECT DISTINCT tenant_id FROM registry_version ORDER BY 1");
    return std::vector<std::string>(rows.begin(), rows.end());
  });
}

Result<std::vector<SubjectVersion>> SubjectStore::versions(
    const RegistryScope& scope, const std::optional<std::string>& subject) {
  Connection& connection = *impl_->connection;
  return connection.guard([&]() -> Result<std::vector<SubjectVersion>> {
    const std::string named = subject.value_or("");
    const long long any = subject ? 0 : 1;
    const soci::rowset<soci::row> rows =
        (connection.sql().prepare
             << "SELECT * FROM registry_version WHERE tenant_id = :tenant AND context = :context"
                " AND (:any = 1 OR subject = :subject) ORDER BY subject, version",
         soci::use(scope.tenant, "tenant"), soci::use(scope.context, "context"),
         soci::use(any, "any"), soci::use(named, "subject"));
    std::vector<SubjectVersion> versions;
    for (const soci::row& row : rows) versions.push_back(version_of(row));
    return versions;
  });
}

Result<std::vector<SubjectVersion>> SubjectStore::versions_of_schema(const RegistryScope& scope,
                                                                     std::int64_t schema_id) {
  Connection& connection = *impl_->connection;
  return connection.guard([&]() -> Result<std::vector<SubjectVersion>> {
    const long long id = schema_id;
    const soci::rowset<soci::row> rows =
        (connection.sql().prepare
             << "SELECT * FROM registry_version WHERE tenant_id = :tenant AND context = :context"
                " AND schema_id = :id ORDER BY subject, version",
         soci::use(scope.tenant, "tenant"), soci::use(scope.context, "context"),
         soci::use(id, "id"));
    std::vector<SubjectVersion> versions;
    for (const soci::row& row : rows) versions.push_back(version_of(row));
    return versions;
  });
}

Result<std::optional<StoredSchema>> SubjectStore::schema(const RegistryScope& scope,
                                                         std::int64_t id) {
  Connection& connection = *impl_->connection;
  return connection.guard(
      [&]() -> Result<std::optional<StoredSchema>> {
        const long long number = id;
        const soci::rowset<soci::row> rows =
            (connection.sql().prepare
                 << "SELECT * FROM registry_schema WHERE tenant_id = :tenant AND context = :context"
                    " AND schema_id = :id",
             soci::use(scope.tenant, "tenant"), soci::use(scope.context, "context"),
             soci::use(number, "id"));
        return first_of(rows, schema_of);
      });
}

Result<std::optional<StoredSchema>> SubjectStore::find_schema(const RegistryScope& scope,
                                                              const std::string& identity) {
  Connection& connection = *impl_->connection;
  return connection.guard(
      [&]() -> Result<std::optional<StoredSchema>> {
        const soci::rowset<soci::row> rows =
            (connection.sql().prepare
                 << "SELECT * FROM registry_schema WHERE tenant_id = :tenant AND context = :context"
                    " AND identity = :identity",
             soci::use(scope.tenant, "tenant"), soci::use(scope.context, "context"),
             soci::use(identity, "identity"));
        return first_of(rows, schema_of);
      });
}

Result<RegistrySetting> SubjectStore::setting(const RegistryScope& scope,
                                              const std::string& subject) {
  Connection& connection = *impl_->connection;
  return connection.guard([&]() -> Result<RegistrySetting> {
    const soci::rowset<soci::row> rows =
        (connection.sql().prepare
             << "SELECT * FROM registry_setting WHERE tenant_id = :tenant AND context = :context"
                " AND subject = :subject",
         soci::use(scope.tenant, "tenant"), soci::use(scope.context, "context"),
         soci::use(subject, "subject"));
    auto found = first_of(rows, [](const soci::row& row) {
      return RegistrySetting{text_of(row, "compatibility"), text_of(row, "policy"),
                             text_of(row, "mode")};
    });
    return std::move(found).value_or(RegistrySetting{});
  });
}

Result<std::vector<AppliedWorkspace>> SubjectStore::applied_workspaces() {
  Connection& connection = *impl_->connection;
  return connection.guard([&]() -> Result<std::vector<AppliedWorkspace>> {
    const soci::rowset<soci::row> rows =
        (connection.sql().prepare
         << "SELECT version, applied, workspace_json FROM workspace ORDER BY version");
    std::vector<AppliedWorkspace> applied;
    for (const soci::row& row : rows) {
      applied.push_back({row.get<long long>(0), row.get<long long>(1), row.get<std::string>(2)});
    }
    return applied;
  });
}

Result<std::int64_t> SubjectStore::insert_schema(const RegistryScope& scope,
                                                 const StoredSchema& schema) {
  Connection& connection = *impl_->connection;
  return connection.guard([&]() -> Result<std::int64_t> {
    soci::session& sql = connection.sql();
    long long id = 0;
    sql << "SELECT coalesce(max(schema_id), 0) + 1 FROM registry_schema"
           " WHERE tenant_id = :tenant AND context = :context",
        soci::use(scope.tenant, "tenant"), soci::use(scope.context, "context"), soci::into(id);
    if (schema.id != 0) id = schema.id;
    const long long registered = schema.registered;
    execute(sql,
            "INSERT INTO registry_schema VALUES (:tenant, :context, :id, :type, :text, :refs,"
            " :identity, :registered)",
            soci::use(scope.tenant, "tenant"), soci::use(scope.context, "context"),
            soci::use(id, "id"), soci::use(schema.type, "type"), soci::use(schema.text, "text"),
            soci::use(schema.references, "refs"), soci::use(schema.identity, "identity"),
            soci::use(registered, "registered"));
    put_digest(sql, "registry_schema", fmt::format("{}\n{}\n{}", scope.tenant, scope.context, id),
               {scope.tenant, scope.context, text(id), schema.type, schema.text, schema.references,
                schema.identity, text(schema.registered)},
               kNoManifest);
    return id;
  });
}

Status SubjectStore::insert_version(const RegistryScope& scope, const SubjectVersion& version) {
  Connection& connection = *impl_->connection;
  return connection.guard([&]() -> Status {
    const long long number = version.version, schema_id = version.schema_id,
                    registered = version.registered, changed = version.changed;
    const std::string state = name_of(version.state);
    execute(connection.sql(),
            "INSERT INTO registry_version VALUES (:tenant, :context, :subject, :version, :id,"
            " :owner, :reason, :registered, :state, :changed)",
            soci::use(scope.tenant, "tenant"), soci::use(scope.context, "context"),
            soci::use(version.subject, "subject"), soci::use(number, "version"),
            soci::use(schema_id, "id"), soci::use(version.owner, "owner"),
            soci::use(version.reason, "reason"), soci::use(registered, "registered"),
            soci::use(state, "state"), soci::use(changed, "changed"));
    put_version_digest(connection.sql(), scope, version);
    return {};
  });
}

Status SubjectStore::set_state(const RegistryScope& scope, const SubjectVersion& version,
                               VersionState state, Micros now) {
  Connection& connection = *impl_->connection;
  return connection.guard([&]() -> Status {
    SubjectVersion moved = version;
    moved.state = state;
    moved.changed = now;
    const long long number = version.version, changed = now;
    const std::string name = name_of(state);
    execute(connection.sql(),
            "UPDATE registry_version SET state = :state, changed = :changed WHERE tenant_id = "
            ":tenant AND context = :context AND subject = :subject AND version = :version",
            soci::use(name, "state"), soci::use(changed, "changed"),
            soci::use(scope.tenant, "tenant"), soci::use(scope.context, "context"),
            soci::use(version.subject, "subject"), soci::use(number, "version"));
    put_version_digest(connection.sql(), scope, moved);
    return {};
  });
}

Status SubjectStore::put_setting(const RegistryScope& scope, const std::string& subject,
                                 const RegistrySetting& setting) {
  Connection& connection = *impl_->connection;
  return connection.guard([&]() -> Status {
    // One SOCI indicator a value that may be NULL.
    const auto indicator = [](const std::optional<std::string>& value) {
      return value ? soci::i_ok : soci::i_null;
    };
    soci::indicator has_compatibility = indicator(setting.compatibility);
    soci::indicator has_policy = indicator(setting.policy);
    soci::indicator has_mode = indicator(setting.mode);
    const std::string compatibility = setting.compatibility.value_or("");
    const std::string policy = setting.policy.value_or("");
    const std::string mode = setting.mode.value_or("");
    execute(connection.sql(),
            "INSERT INTO registry_setting VALUES (:tenant, :context, :subject, :compatibility,"
            " :policy, :mode) ON CONFLICT (tenant_id, context, subject) DO UPDATE SET"
            " compatibility = excluded.compatibility, policy = excluded.policy,"
            " mode = excluded.mode",
            soci::use(scope.tenant, "tenant"), soci::use(scope.context, "context"),
            soci::use(subject, "subject"),
            soci::use(compatibility, has_compatibility, "compatibility"),
            soci::use(policy, has_policy, "policy"), soci::use(mode, has_mode, "mode"));
    put_digest(
        connection.sql(), "registry_setting",
        fmt::format("{}\n{}\n{}", scope.tenant, scope.context, subject),
        {scope.tenant, scope.context, subject, setting.compatibility, setting.policy, setting.mode},
        kNoManifest);
    return {};
  });
}

Result<std::optional<StoredKey>> SubjectStore::key(const std::string& key_id) {
  Connection& connection = *impl_->connection;
  return connection.guard([&]() -> Result<std::optional<StoredKey>> {
    const soci::rowset<soci::row> rows =
        (connection.sql().prepare << "SELECT * FROM api_key WHERE key_id = :id",
         soci::use(key_id, "id"));
    return first_of(rows, key_of);
  });
}

Result<std::vector<StoredKey>> SubjectStore::keys() {
  Connection& connection = *impl_->connection;
  return connection.guard([&]() -> Result<std::vector<StoredKey>> {
    const soci::rowset<soci::row> rows =
        (connection.sql().prepare << "SELECT * FROM api_key ORDER BY tenant_id, created, key_id");
    std::vector<StoredKey> keys;
    for (const soci::row& row : rows) keys.push_back(key_of(row));
    return keys;
  });
}

Status SubjectStore::insert_key(const StoredKey& key) {
  Connection& connection = *impl_->connection;
  return connection.transaction([&]() -> Status {
    const long long created = key.created, expires = key.expires.value_or(0);
    soci::indicator has_expires = key.expires ? soci::i_ok : soci::i_null;
    execute(connection.sql(),
            "INSERT INTO api_key (key_id, tenant_id, sha256, name, role, created, expires)"
            " VALUES (:id, :tenant, :sha256, :name, :role, :created, :expires)",
            soci::use(key.key_id, "id"), soci::use(key.tenant, "tenant"),
            soci::use(key.sha256, "sha256"), soci::use(key.name, "name"),
            soci::use(key.role, "role"), soci::use(created, "created"),
            soci::use(expires, has_expires, "expires"));
    put_key_digest(connection.sql(), key);
    return {};
  });
}

Status SubjectStore::revoke_key(const std::string& key_id, Micros now) {
  Connection& connection = *impl_->connection;
  return connection.transaction([&]() -> Status {
    const soci::rowset<soci::row> rows =
        (connection.sql().prepare << "SELECT * FROM api_key WHERE key_id = :id",
         soci::use(key_id, "id"));
    auto found = first_of(rows, key_of);
    if (!found) {
      return make_error(Code::key_unknown, fmt::format("no API key has the id \"{}\"", key_id),
                        "assay key list shows the ids.");
    }
    if (found->revoked) return {};
    found->revoked = now;
    const long long revoked = now;
    execute(connection.sql(), "UPDATE api_key SET revoked = :revoked WHERE key_id = :id",
            soci::use(revoked, "revoked"), soci::use(key_id, "id"));
    put_key_digest(connection.sql(), *found);
    return {};
  });
}

}  // namespace assay::control
