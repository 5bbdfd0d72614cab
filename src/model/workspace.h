#pragma once
// The workspace as people write it, read and checked. Immutable after load.

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "column/schema.h"
#include "plan/plan.h"

namespace assay::model {

/// Where something stands in a file; line and column from 1.
struct Location {
  std::string file;  ///< relative to the workspace's root
  int line = 0;
  int column = 0;
};

struct Field {
  std::string name;
  column::DataType type;
  bool required = false;
  std::string renamed_from;  ///< the name that it had; the column stays the same one
  /// The type that it had, where that cannot be read as today's: new rows go to a column of their
  /// own under the same name, and readers see both.
  std::optional<column::DataType> retyped_from;
  std::string unit;                      ///< "EUR", "km" ...
  std::string sensitivity = "internal";  ///< public, internal, personal, secret
  std::string business_name;
  std::string description;
  std::vector<std::string> synonyms;
  Location location;
};

/// A reference of an event to a master, by role ("customer", "origin").
struct Role {
  std::string name;
  std::string entity;
  std::string business_name;
  Location location;
};

struct Entity {
  enum class Kind { master, event };
  std::string name;
  Kind kind = Kind::event;
  std::string business_name, description, owner;
  std::vector<std::string> synonyms;
  std::vector<std::string> key;  ///< own key fields; empty for a child: (parent key, item_index)
  std::string parent;            ///< of an array item; empty otherwise
  std::string event_time;  ///< field name, or "ingest"; of an event. A child takes its parent's.
  std::string order_by = "event_time";  ///< of a master: "event_time" of the embedding event, or a
                                        ///< timestamp field of its own
  int source_priority = 0;
  /// `dedupe: key` is key_content with an order: all versions of a key are kept, one is current.
  plan::Dedupe dedupe = plan::Dedupe::coordinates;
  std::vector<std::string> version_order;  ///< of `dedupe: key`; the greatest is current
  std::string deletion_field;              ///< a text field; empty: nothing is ever deleted
  std::vector<std::string> deletion_values;
  std::vector<Field> fields;
  std::vector<Role> roles;  ///< of an event; "masters" in YAML
  Location location;

  const Field* field(std::string_view field_name) const;
  const Role* role(std::string_view role_name) const;
};

/// A tenant's own fields of an event entity, beside the canonical ones. They have a table of their
/// own (model/extension_names.h), with the key of the entity.
struct Extension {
  std::string tenant;
  std::string entity;  ///< "extends" in YAML
  std::vector<Field> fields;
  Location location;

  const Field* field(std::string_view field_name) const;
};

/// A rule that routes input to a tenant's application. Globs know * (within a folder), ** and
/// {tenant}, {application}, which capture one folder or file-name part.
struct Route {
  std::string pattern;             ///< of paths; of a Kafka source of a topic's name
  std::string tenant;              ///< empty: captured, or said by a header
  std::string application;         ///< empty: captured, or said by a header
  std::string tenant_header;       ///< of a Kafka record; empty: none
  std::string application_header;  ///< of a Kafka record; empty: none
  Location location;
};
/// How a Kafka cluster is reached. Secrets stand in the environment or in files, never here.
struct KafkaAccess {
  std::vector<std::string> brokers;  ///< host:port
  std::string protocol;              ///< plaintext (also if empty), ssl, sasl_plaintext, sasl_ssl
  std::string mechanism;             ///< PLAIN, SCRAM-SHA-256, SCRAM-SHA-512
  std::string username;
  std::string password_env, password_file;
  std::string ca_file;  ///< empty: the machine's own authorities
  std::string certificate_file, key_file;
  std::string key_password_env, key_password_file;
  std::string group;       ///< that offsets are mirrored to; empty: assay-<source>
  std::string on_expired;  ///< stop (also if empty), skip: records that were dropped untaken
};
struct Source {
  std::string name;
  std::string kind;       ///< "file", "kafka"
  std::string format;     ///< "csv"; empty: content decides
  std::string delimiter;  ///< of CSV, one character; empty: the header line shows it
  KafkaAccess kafka;
  std::vector<Route> routes;
  Location location;
};

/// Where the value of a field comes from and how it is normalised, as in plan::FieldRule: a path, a
/// constant or an expression.
struct FieldMapping {
  std::string field;      ///< of an input: its name
  std::string path_text;  ///< as written; empty where it is no path, which was reported
  path::JsonPath path;
  std::optional<std::string> constant;
  std::optional<std::string> expression;
  std::vector<FieldMapping> inputs;            ///< what the expression names beside mapped fields
  std::optional<column::DataType> input_type;  ///< of an input
  std::optional<std::string> fallback;  ///< "default" in YAML: where there is null or nothing
  bool required = false;                ///< of this version, beside what the field itself says
  std::string unit;                     ///< that the payload counts in, before `apply_units`
  bool keeps_variant = false;  ///< on_error: variant, before `keep_variants` made a field of it
  plan::Normalisation normalisation;
  Location location;
};
struct RoleMapping {
  std::string role;
  std::vector<FieldMapping> fields;
  Location location;
};
struct EntityMapping {
  std::string entity;
  path::JsonPath rows;
  bool rows_are_bad = false;  ///< reported already
  std::vector<FieldMapping> fields;
  std::vector<FieldMapping> extension;  ///< of the tenant's own fields
  std::vector<RoleMapping> roles;
  Location location;
};
struct SchemaVersion {
  std::string tenant, application, version;
  std::vector<plan::MatchCondition> match;
  std::optional<path::JsonPath> envelope_version;
  std::vector<EntityMapping> mappings;
  Location location;
};

struct Metric {
  enum class Kind { simple, ratio };
  std::string name, business_name, description, unit;
  std::vector<std::string> synonyms;
  Kind kind = Kind::simple;
  std::string entity;                  ///< simple: the mart that it reads
  std::string agg;                     ///< sum, count, avg, min, max, count_distinct
  std::string expr;                    ///< SQL over the mart's columns; "" for count
  std::string filter;                  ///< SQL, optional
  std::string numerator, denominator;  ///< ratio: names of simple metrics
  Location location;
};
struct Segment {
  std::string name, business_name, description, entity,
      filter;  ///< filter: SQL over the entity's mart
  std::vector<std::string> synonyms;
  std::string judged = "event";  ///< "event" or "now"
  Location location;
};

struct FeatureMeasure {
  std::string name;
  std::string source;                ///< event entity
  std::vector<std::string> factors;  ///< fields multiplied; empty = count of rows
};
struct Feature {
  std::string name, description, unit;
  std::string numerator;                      ///< measure
  std::string denominator;                    ///< measure, or empty
  std::optional<std::int64_t> window_micros;  ///< nullopt = lifetime
};
struct FeatureView {
  std::string name, description, owner;
  std::string entity;  ///< a master; its key is the entity key
  std::string role;    ///< the role by which sources refer to it
  std::vector<FeatureMeasure> measures;
  std::vector<Feature> features;
  Location location;
};

struct Workspace {
  std::string root;  ///< absolute folder of assay.yaml
  std::string name, description;
  PayloadLimits limits;
  std::vector<Entity> entities;
  std::vector<Extension> extensions;  ///< by tenant
  std::vector<Source> sources;
  std::vector<SchemaVersion> versions;  ///< by tenant, application, newest (last by name) first
  std::vector<Metric> metrics;
  std::vector<Segment> segments;
  std::vector<FeatureView> feature_views;

  const Entity* entity(std::string_view name) const;
  /// The tenant's extension of an entity; nullptr where it has none.
  const Extension* extension(std::string_view tenant, std::string_view entity) const;
  std::vector<std::string> tenants() const;  ///< sorted
};

struct Problem {
  Location location;
  Code code = Code::yaml_bad_value;
  std::string message;   ///< what is wrong
  std::string expected;  ///< what was expected there
  std::string to_text()
      const;  ///< "entities/a.yaml:3:5: error A1103 yaml_missing_key: ... (expected ...)"
};

struct LoadResult {
  Workspace workspace;
  std::vector<Problem> problems;  ///< empty = valid; sorted by file and line
};

/// Looks for assay.yaml from `folder` upwards, as git finds its own. Code::no_workspace.
Result<std::string> find_root(const std::string& folder);
/// Reads and checks all files. Fails only where the root itself cannot be read.
Result<LoadResult> load(const std::string& root);
/// load, with problems turned into one Error (workspace_invalid) whose detail lists them all.
Result<Workspace> load_valid(const std::string& root);
/// The checked workspace as one JSON document, and back (for what was applied, and for ask at run
/// time).
std::string to_json(const Workspace& workspace);
Result<Workspace> from_json(std::string_view json);

}  // namespace assay::model
