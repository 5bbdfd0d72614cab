#pragma once
// The schema registry of one tenant's context: what may be registered, what it is compatible with,
// what may be deleted. HTTP and the command line stand on this.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "control/subject_store.h"
#include "schema/compatibility.h"

namespace assay::serve {

struct SchemaReference {
  std::string name;     ///< what the schema calls it: a full name (Avro), an address (JSON)
  std::string subject;  ///< may be qualified, ":.context:subject"
  std::int64_t version = 0;
  auto operator<=>(const SchemaReference&) const = default;
};

/// A schema that somebody brings.
struct SchemaDraft {
  std::string type = "AVRO";
  std::string text;
  std::vector<SchemaReference> references;
  bool normalize = false;                   ///< keys of objects sorted, blanks gone
  std::optional<std::int64_t> id, version;  ///< only in mode IMPORT
};

/// One version of a subject with its schema.
struct RegisteredSchema {
  control::SubjectVersion version;
  control::StoredSchema schema;
  std::vector<SchemaReference> references;
};

struct CompatibilityVerdict {
  bool compatible = true;
  std::vector<std::string> messages;
};

enum class RegistryMode { readwrite, readonly, import };
std::string_view to_string(RegistryMode mode);  ///< "READWRITE"
Result<RegistryMode> parse_mode(std::string_view text);

struct CompatibilityConfig {
  schema::Compatibility level = schema::Compatibility::backward;
  schema::ContentPolicy policy = schema::ContentPolicy::strict;
};

/// Which versions a look-up sees.
enum class Visible { active, with_deleted, deleted_only };

/// A context's name and a subject out of ":.context:subject"; the default context for a plain one.
struct QualifiedSubject {
  std::string context;
  std::string subject;
};
Result<QualifiedSubject> parse_subject(std::string_view text, std::string_view default_context);
/// ":.context:subject", or the subject alone in the default context.
std::string qualified(const QualifiedSubject& subject);

/// Borrows the store. Made for one request; one thread.
class SchemaRegistry {
 public:
  struct Actor {
    std::string owner;   ///< who does it
    std::string reason;  ///< why; may be empty
    Micros now = 0;
  };
  SchemaRegistry(control::SubjectStore& store, control::RegistryScope scope, Actor actor)
      : store_(store), scope_(std::move(scope)), actor_(std::move(actor)) {}

  // Errors are those of the table that docs/registry.md shows with Confluent's numbers.

  /// The version that has this schema; a new one where none has. schema_incompatible,
  /// schema_invalid, registry_refused.
  Result<RegisteredSchema> put(const std::string& subject, const SchemaDraft& draft);
  /// The version of the subject that has this schema; subject_unknown, schema_unknown.
  Result<RegisteredSchema> look_up(const std::string& subject, const SchemaDraft& draft,
                                   Visible visible);
  /// "latest", or a number from 1 up. schema_version_invalid, subject_unknown,
  /// schema_version_unknown.
  Result<RegisteredSchema> version(const std::string& subject, std::string_view spec,
                                   Visible visible);
  Result<std::vector<std::string>> subjects(std::string_view prefix, Visible visible);
  Result<std::vector<std::int64_t>> versions(const std::string& subject, Visible visible);
  Result<std::vector<RegisteredSchema>> all(std::string_view prefix, Visible visible);
  /// schema_unknown, also where every version that had it is purged.
  Result<RegisteredSchema> schema(std::int64_t id);
  Result<std::vector<control::SubjectVersion>> versions_of_schema(std::int64_t id, Visible visible);
  /// Ids of the schemas that refer to a version.
  Result<std::vector<std::int64_t>> referenced_by(const std::string& subject,
                                                  std::string_view spec);

  /// Against one version, or with no spec against those that the subject's level asks for.
  Result<CompatibilityVerdict> check(const std::string& subject,
                                     std::optional<std::string_view> spec,
                                     const SchemaDraft& draft);

  /// What was deleted. A version is deleted first, and purged after.
  struct Deletion {
    bool permanent = false;
  };
  Result<std::int64_t> remove_version(const std::string& subject, std::string_view spec,
                                      Deletion deletion);
  Result<std::vector<std::int64_t>> remove_subject(const std::string& subject, Deletion deletion);

  // Settings: of one subject, or of the context with an empty one.
  Result<CompatibilityConfig> config(const std::string& subject);  ///< what is in force
  Result<std::optional<CompatibilityConfig>> own_config(const std::string& subject);
  Status set_config(const std::string& subject, std::optional<CompatibilityConfig> config);
  Result<RegistryMode> mode(const std::string& subject);
  Result<std::optional<RegistryMode>> own_mode(const std::string& subject);
  Status set_mode(const std::string& subject, std::optional<RegistryMode> mode);

 private:
  Result<std::vector<control::SubjectVersion>> known_versions(const std::string& subject);
  Result<RegisteredSchema> with_schema(control::SubjectVersion version);
  Result<std::optional<RegisteredSchema>> insert(
      const std::string& subject, const SchemaDraft& draft, const std::string& identity,
      const std::vector<control::SubjectVersion>& before);
  Status refuse_mode(const std::string& subject, const SchemaDraft* draft);
  Status refuse_referenced(const std::string& subject, std::int64_t version);
  Result<CompatibilityVerdict> compare(const std::vector<control::SubjectVersion>& versions,
                                       const SchemaDraft& draft, const CompatibilityConfig& config);

  control::SubjectStore& store_;
  control::RegistryScope scope_;
  Actor actor_;
};

/// JSON of references as it is stored and sent: [{"name", "subject", "version"}].
std::string references_json(const std::vector<SchemaReference>& references);
/// Errors: request_invalid.
Result<std::vector<SchemaReference>> parse_references(std::string_view json);

}  // namespace assay::serve
