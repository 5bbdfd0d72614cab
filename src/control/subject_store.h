#pragma once
// The schema registry's rows and the API keys, in the control database: what was registered, never
// what it means (serve/schema_registry.h knows that).
//
// Rows of schemas and versions are immutable: a schema is never written again, and of a version
// only its state moves, from active to deleted to purged. Every row has its digest.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace assay::control {

/// A registry of its own: ids, subjects and settings of two scopes have nothing to do with each
/// other.
struct RegistryScope {
  std::string tenant;
  std::string context = ".";  ///< "." or "." and a name
};

struct StoredSchema {
  std::int64_t id = 0;
  std::string type;        ///< "AVRO", "JSON"
  std::string text;        ///< as it came
  std::string references;  ///< JSON: [{"name", "subject", "version"}]
  std::string identity;    ///< SHA-256, hex, of what makes two schemas the same
  Micros registered = 0;
};

enum class VersionState { active, deleted, purged };

struct SubjectVersion {
  std::string context = ".";
  std::string subject;
  std::int64_t version = 0;
  std::int64_t schema_id = 0;
  std::string owner;   ///< who registered it: the key's name, or a person
  std::string reason;  ///< why; may be empty
  Micros registered = 0;
  VersionState state = VersionState::active;
  Micros changed = 0;  ///< when the state moved last
};

/// What a subject, or with an empty subject the whole context, has of its own.
struct RegistrySetting {
  std::optional<std::string> compatibility, policy, mode;
  bool empty() const { return !compatibility && !policy && !mode; }
};

/// An API key as it is kept: nobody can make the key from it.
struct StoredKey {
  std::string key_id;  ///< the public part of the key, for look-up and logs
  std::string tenant;
  std::string sha256;  ///< hex, of the secret part
  std::string name;    ///< whose it is
  std::string role;    ///< "reader" or "writer"
  Micros created = 0;
  std::optional<Micros> expires, revoked;
};

/// What one `assay apply` put in force.
struct AppliedWorkspace {
  std::int64_t version = 0;
  Micros applied = 0;
  std::string json;
};

/// One connection. One thread at a time.
class SubjectStore {
 public:
  /// Makes the database where it is missing. Errors as control::Database::open.
  static Result<SubjectStore> open(const std::string& path);
  ~SubjectStore();
  SubjectStore(SubjectStore&&) noexcept;
  SubjectStore& operator=(SubjectStore&&) noexcept;

  /// Runs the body in one writing transaction; its error rolls everything back. What it looks up,
  /// nobody else changes until it ends.
  Status write(const std::function<Status()>& body);

  // Look-ups.
  Result<std::vector<std::string>> contexts(const std::string& tenant);
  Result<std::vector<std::string>> tenants();  ///< those that have any version
  /// In the order of subject and version; of one subject where it is named. Purged ones too.
  Result<std::vector<SubjectVersion>> versions(const RegistryScope& scope,
                                               const std::optional<std::string>& subject);
  Result<std::vector<SubjectVersion>> versions_of_schema(const RegistryScope& scope,
                                                         std::int64_t schema_id);
  Result<std::optional<StoredSchema>> schema(const RegistryScope& scope, std::int64_t id);
  Result<std::optional<StoredSchema>> find_schema(const RegistryScope& scope,
                                                  const std::string& identity);
  /// Of one subject, or with an empty one of the context.
  Result<RegistrySetting> setting(const RegistryScope& scope, const std::string& subject);

  /// In the order of their versions.
  Result<std::vector<AppliedWorkspace>> applied_workspaces();

  // Changes. REQUIRES: within `write`.
  Result<std::int64_t> insert_schema(const RegistryScope& scope, const StoredSchema& schema);
  Status insert_version(const RegistryScope& scope, const SubjectVersion& version);
  Status set_state(const RegistryScope& scope, const SubjectVersion& version, VersionState state,
                   Micros now);
  Status put_setting(const RegistryScope& scope, const std::string& subject,
                     const RegistrySetting& setting);

  // API keys.
  Result<std::optional<StoredKey>> key(const std::string& key_id);
  Result<std::vector<StoredKey>> keys();
  Status insert_key(const StoredKey& key);
  /// Error: key_unknown. A key that was revoked before stays as it is.
  Status revoke_key(const std::string& key_id, Micros now);

 private:
  struct Impl;
  explicit SubjectStore(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace assay::control
