#include "serve/schema_registry.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <nlohmann/json.hpp>
#include <set>

#include "serve/compiled_schema.h"

namespace assay::serve {
namespace {

using control::SubjectVersion;
using control::VersionState;

constexpr std::size_t kSubjectSizeMax = 512;
constexpr std::size_t kContextSizeMax = 128;
constexpr int kAttempts = 5;
constexpr std::array<std::string_view, 3> kModes = {"READWRITE", "READONLY", "IMPORT"};

bool is_visible(VersionState state, Visible visible) {
  switch (visible) {
    case Visible::active: return state == VersionState::active;
    case Visible::with_deleted: return state != VersionState::purged;
    case Visible::deleted_only: return state == VersionState::deleted;
  }
  return false;
}

Error unknown_subject(const std::string& subject) {
  return make_error(Code::subject_unknown, fmt::format("Subject '{}' not found.", subject),
                    "assay registry list shows the subjects.");
}
Error unknown_version(std::string_view spec) {
  return make_error(Code::schema_version_unknown, fmt::format("Version {} not found.", spec));
}

/// Nothing for "latest".
Result<std::optional<std::int64_t>> parse_version(std::string_view spec) {
  if (spec == "latest" || spec == "-1") return std::optional<std::int64_t>();
  std::int64_t number = 0;
  const auto [end, failure] = std::from_chars(spec.data(), spec.data() + spec.size(), number);
  constexpr std::int64_t kVersionMax = 2'147'483'647;
  if (failure == std::errc() && end == spec.data() + spec.size() && number >= 1 &&
      number <= kVersionMax) {
    return std::optional(number);
  }
  return make_error(Code::schema_version_invalid,
                    fmt::format("The specified version '{}' is not a valid version id. Allowed "
                                "values are between [1, 2^31-1] and the string \"latest\"",
                                spec));
}

/// The version that a spec means among these; nothing where there is none.
const SubjectVersion* pick(const std::vector<SubjectVersion>& versions,
                           const std::optional<std::int64_t>& number, Visible visible) {
  const SubjectVersion* found = nullptr;
  for (const SubjectVersion& version : versions) {
    if (is_visible(version.state, visible) && (!number || version.version == *number)) {
      found = &version;
    }
  }
  return found;
}

bool any_visible(const std::vector<SubjectVersion>& versions, Visible visible) {
  return std::any_of(versions.begin(), versions.end(), [&](const SubjectVersion& version) {
    return is_visible(version.state, visible);
  });
}

bool is_context(std::string_view name) {
  return name.starts_with('.') && name.size() <= kContextSizeMax &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '.' || c == '-' || c == '_';
         });
}

std::string message_of(const schema::Incompatibility& reason, std::string_view direction,
                       std::int64_t version) {
  return fmt::format("{}: {} at '{}': {} (against version {})", reason.kind, direction,
                     reason.pointer, reason.message, version);
}

}  // namespace

std::string_view to_string(RegistryMode mode) { return kModes[static_cast<std::size_t>(mode)]; }

Result<RegistryMode> parse_mode(std::string_view text) {
  const auto* const found = std::find(kModes.begin(), kModes.end(), text);
  if (found != kModes.end()) return static_cast<RegistryMode>(found - kModes.begin());
  return make_error(Code::registry_mode_invalid,
                    "Invalid mode. Valid values are READWRITE, READONLY and IMPORT.");
}

Result<QualifiedSubject> parse_subject(std::string_view text, std::string_view default_context) {
  QualifiedSubject parsed{std::string(default_context), std::string(text)};
  if (text.starts_with(":.")) {
    const auto end = text.find(':', 1);
    if (end == std::string_view::npos) {
      return make_error(Code::subject_invalid, "The context of a subject must end with ':'.");
    }
    parsed = {std::string(text.substr(1, end - 1)), std::string(text.substr(end + 1))};
  }
  const bool has_control = std::any_of(parsed.subject.begin(), parsed.subject.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
  });
  if (has_control || parsed.subject.size() > kSubjectSizeMax || !is_context(parsed.context)) {
    return make_error(Code::subject_invalid, "The specified subject is not a valid subject.");
  }
  return parsed;
}

std::string qualified(const QualifiedSubject& subject) {
  if (subject.context == ".") return subject.subject;
  return fmt::format(":{}:{}", subject.context, subject.subject);
}

std::string references_json(const std::vector<SchemaReference>& references) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const SchemaReference& reference : references) {
    list.push_back(
        {{"name", reference.name}, {"subject", reference.subject}, {"version", reference.version}});
  }
  return list.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

Result<std::vector<SchemaReference>> parse_references(std::string_view json) {
  const auto list = nlohmann::json::parse(json, nullptr, false);
  const auto wrong = [] {
    return make_error(Code::request_invalid,
                      "references must be an array of objects with name, subject and version");
  };
  if (!list.is_array()) return wrong();
  std::vector<SchemaReference> references;
  for (const auto& item : list) {
    if (!item.is_object() || !item.contains("name") || !item["name"].is_string() ||
        !item.contains("subject") || !item["subject"].is_string() || !item.contains("version") ||
        !item["version"].is_number_integer()) {
      return wrong();
    }
    references.push_back({item["name"], item["subject"], item["version"]});
  }
  return references;
}

// Look-ups.

Result<std::vector<SubjectVersion>> SchemaRegistry::known_versions(const std::string& subject) {
  return store_.versions(scope_, subject);
}

Result<RegisteredSchema> SchemaRegistry::with_schema(SubjectVersion version) {
  ASSAY_TRY(auto stored, store_.schema(scope_, version.schema_id));
  if (!stored) {
    return make_error(Code::internal, fmt::format("schema {} is not stored", version.schema_id));
  }
  ASSAY_TRY(auto references, parse_references(stored->references));
  return RegisteredSchema{std::move(version), *std::move(stored), std::move(references)};
}

Result<RegisteredSchema> SchemaRegistry::version(const std::string& subject, std::string_view spec,
                                                 Visible visible) {
  ASSAY_TRY(const auto number, parse_version(spec));
  ASSAY_TRY(const auto versions, known_versions(subject));
  if (!any_visible(versions, visible)) return unknown_subject(subject);
  const SubjectVersion* found = pick(versions, number, visible);
  if (found == nullptr) return unknown_version(spec);
  return with_schema(*found);
}

Result<RegisteredSchema> SchemaRegistry::look_up(const std::string& subject,
                                                 const SchemaDraft& draft, Visible visible) {
  ASSAY_TRY(const auto versions, known_versions(subject));
  if (!any_visible(versions, visible)) return unknown_subject(subject);
  SchemaDraft looked_for = draft;
  if (draft.normalize) {
    auto text = normalized(draft.text);
    if (!text) return make_error(Code::schema_invalid, text.error().message);
    looked_for.text = *std::move(text);
  }
  ASSAY_TRY(const auto stored, store_.find_schema(scope_, identity_of(looked_for)));
  const SubjectVersion* found = nullptr;
  for (const SubjectVersion& version : versions) {
    if (stored && version.schema_id == stored->id && is_visible(version.state, visible)) {
      found = &version;
    }
  }
  if (found != nullptr) return with_schema(*found);
  // Whoever looks for what is no schema is told that, not that it is unknown.
  if (const auto compiled = CompiledSchema::compile(store_, scope_, draft); !compiled) {
    return compiled.error();
  }
  return make_error(Code::schema_unknown, "Schema not found");
}

Result<std::vector<std::string>> SchemaRegistry::subjects(std::string_view prefix,
                                                          Visible visible) {
  ASSAY_TRY(const auto versions, store_.versions(scope_, std::nullopt));
  std::set<std::string> names;
  for (const SubjectVersion& version : versions) {
    if (version.subject.starts_with(prefix) && is_visible(version.state, visible)) {
      names.insert(version.subject);
    }
  }
  return std::vector<std::string>(names.begin(), names.end());
}

Result<std::vector<std::int64_t>> SchemaRegistry::versions(const std::string& subject,
                                                           Visible visible) {
  ASSAY_TRY(const auto versions, known_versions(subject));
  if (!any_visible(versions, visible)) return unknown_subject(subject);
  std::vector<std::int64_t> numbers;
  for (const SubjectVersion& version : versions) {
    if (is_visible(version.state, visible)) numbers.push_back(version.version);
  }
  return numbers;
}

Result<std::vector<RegisteredSchema>> SchemaRegistry::all(std::string_view prefix,
                                                          Visible visible) {
  ASSAY_TRY(const auto versions, store_.versions(scope_, std::nullopt));
  std::vector<RegisteredSchema> list;
  for (const SubjectVersion& version : versions) {
    if (!version.subject.starts_with(prefix) || !is_visible(version.state, visible)) continue;
    ASSAY_TRY(auto registered, with_schema(version));
    list.push_back(std::move(registered));
  }
  return list;
}

Result<RegisteredSchema> SchemaRegistry::schema(std::int64_t id) {
  ASSAY_TRY(const auto versions, store_.versions_of_schema(scope_, id));
  for (const SubjectVersion& version : versions) {
    if (version.state != VersionState::purged) return with_schema(version);
  }
  return make_error(Code::schema_unknown, fmt::format("Schema {} not found", id));
}

Result<std::vector<SubjectVersion>> SchemaRegistry::versions_of_schema(std::int64_t id,
                                                                       Visible visible) {
  ASSAY_TRY(auto versions, store_.versions_of_schema(scope_, id));
  std::erase_if(versions,
                [&](const SubjectVersion& version) { return !is_visible(version.state, visible); });
  if (versions.empty()) {
    return make_error(Code::schema_unknown, fmt::format("Schema {} not found", id));
  }
  return versions;
}

Result<std::vector<std::int64_t>> SchemaRegistry::referenced_by(const std::string& subject,
                                                                std::string_view spec) {
  ASSAY_TRY(const RegisteredSchema target, version(subject, spec, Visible::with_deleted));
  ASSAY_TRY(const auto contexts, store_.contexts(scope_.tenant));
  std::set<std::int64_t> ids;
  for (const std::string& context : contexts) {
    SchemaRegistry other(store_, {scope_.tenant, context}, actor_);
    ASSAY_TRY(const auto registered, other.all("", Visible::active));
    for (const RegisteredSchema& one : registered) {
      for (const SchemaReference& reference : one.references) {
        const auto named = parse_subject(reference.subject, context);
        if (named && named->context == scope_.context && named->subject == subject &&
            reference.version == target.version.version) {
          ids.insert(one.schema.id);
        }
      }
    }
  }
  return std::vector<std::int64_t>(ids.begin(), ids.end());
}

// Compatibility.

Result<CompatibilityVerdict> SchemaRegistry::compare(const std::vector<SubjectVersion>& versions,
                                                     const SchemaDraft& draft,
                                                     const CompatibilityConfig& config) {
  ASSAY_TRY(const CompiledSchema fresh, CompiledSchema::compile(store_, scope_, draft));
  CompatibilityVerdict verdict;
  for (const SubjectVersion& version : versions) {
    ASSAY_TRY(const RegisteredSchema stored, with_schema(version));
    ASSAY_TRY(const CompiledSchema old, CompiledSchema::compile(store_, scope_,
                                                                {.type = stored.schema.type,
                                                                 .text = stored.schema.text,
                                                                 .references = stored.references}));
    if (schema::reads_old(config.level)) {
      for (const auto& reason : fresh.cannot_read(old, config.policy)) {
        verdict.messages.push_back(
            message_of(reason, "the new schema cannot read old data", version.version));
      }
    }
    if (schema::is_read_by_old(config.level)) {
      for (const auto& reason : old.cannot_read(fresh, config.policy)) {
        verdict.messages.push_back(
            message_of(reason, "the old schema cannot read new data", version.version));
      }
    }
  }
  verdict.compatible = verdict.messages.empty();
  return verdict;
}

namespace {

/// Those that a level compares with: the last one, or all.
std::vector<SubjectVersion> compared(std::vector<SubjectVersion> versions,
                                     schema::Compatibility level) {
  std::erase_if(versions, [](const SubjectVersion& version) {
    return version.state != VersionState::active;
  });
  if (level == schema::Compatibility::none) return {};
  if (!schema::is_transitive(level) && versions.size() > 1) {
    versions.erase(versions.begin(), versions.end() - 1);
  }
  return versions;
}

}  // namespace

Result<CompatibilityVerdict> SchemaRegistry::check(const std::string& subject,
                                                   std::optional<std::string_view> spec,
                                                   const SchemaDraft& draft) {
  ASSAY_TRY(const CompatibilityConfig in_force, config(subject));
  ASSAY_TRY(auto versions, known_versions(subject));
  if (!spec) return compare(compared(std::move(versions), in_force.level), draft, in_force);
  ASSAY_TRY(const auto number, parse_version(*spec));
  const SubjectVersion* found = pick(versions, number, Visible::active);
  if (found == nullptr) {
    if (!number) return compare({}, draft, in_force);
    return any_visible(versions, Visible::active) ? unknown_version(*spec)
                                                  : unknown_subject(subject);
  }
  return compare({*found}, draft, in_force);
}

// Changes.

Status SchemaRegistry::refuse_mode(const std::string& subject, const SchemaDraft* draft) {
  ASSAY_TRY(const RegistryMode now, mode(subject));
  if (now == RegistryMode::readonly) {
    return make_error(Code::registry_refused,
                      fmt::format("Subject {} is in read-only mode", subject));
  }
  if (draft != nullptr && (draft->id || draft->version) && now != RegistryMode::import) {
    return make_error(Code::registry_refused,
                      fmt::format("Subject {} is not in import mode", subject));
  }
  return {};
}

Result<RegisteredSchema> SchemaRegistry::put(const std::string& subject,
                                             const SchemaDraft& original) {
  SchemaDraft draft = original;
  if (draft.normalize) {
    auto text = normalized(draft.text);
    if (!text) return make_error(Code::schema_invalid, text.error().message);
    draft.text = *std::move(text);
  }
  const std::string identity = identity_of(draft);
  // The comparison takes its time outside of the transaction; where others were faster, it is done
  // again with what they left.
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    ASSAY_TRY_VOID(refuse_mode(subject, &draft));
    ASSAY_TRY(const auto versions, known_versions(subject));
    ASSAY_TRY(const auto stored, store_.find_schema(scope_, identity));
    for (const SubjectVersion& version : versions) {
      if (stored && version.schema_id == stored->id && version.state == VersionState::active) {
        return with_schema(version);
      }
    }
    ASSAY_TRY(CompatibilityConfig in_force, config(subject));
    ASSAY_TRY(const RegistryMode now, mode(subject));
    if (now == RegistryMode::import) in_force.level = schema::Compatibility::none;
    ASSAY_TRY(const auto verdict, compare(compared(versions, in_force.level), draft, in_force));
    if (!verdict.compatible) {
      std::string detail;
      for (const std::string& message : verdict.messages) {
        detail += (detail.empty() ? "" : "; ") + message;
      }
      return make_error(
          Code::schema_incompatible,
          fmt::format("Schema being registered is incompatible with an earlier schema for subject "
                      "\"{}\", details: [{}] (compatibility: {})",
                      subject, detail, to_string(in_force.level)),
          "Make the change compatible, or set another level for the subject.");
    }
    ASSAY_TRY(auto inserted, insert(subject, draft, identity, versions));
    if (inserted) return *std::move(inserted);
  }
  return make_error(Code::control_database, "others registered versions of the subject at once",
                    "Try again.");
}

/// Nothing where others changed the subject since `before` was read.
Result<std::optional<RegisteredSchema>> SchemaRegistry::insert(
    const std::string& subject, const SchemaDraft& draft, const std::string& identity,
    const std::vector<SubjectVersion>& before) {
  std::optional<SubjectVersion> made;
  ASSAY_TRY_VOID(store_.write([&]() -> Status {
    made.reset();
    ASSAY_TRY(const auto versions, known_versions(subject));
    const auto same = [](const SubjectVersion& left, const SubjectVersion& right) {
      return left.version == right.version && left.state == right.state;
    };
    if (!std::equal(versions.begin(), versions.end(), before.begin(), before.end(), same)) {
      return {};
    }
    ASSAY_TRY(const auto stored, store_.find_schema(scope_, identity));
    std::int64_t id = stored ? stored->id : 0;
    if (draft.id && stored && stored->id != *draft.id) {
      return make_error(Code::registry_refused,
                        fmt::format("the schema has the id {} already", stored->id));
    }
    if (!stored) {
      if (draft.id) {
        ASSAY_TRY(const auto taken, store_.schema(scope_, *draft.id));
        if (taken) {
          return make_error(
              Code::registry_refused,
              fmt::format("Overwrite new schema with id {} is not permitted.", *draft.id));
        }
      }
      ASSAY_TRY(id, store_.insert_schema(scope_, {.id = draft.id.value_or(0),
                                                  .type = draft.type,
                                                  .text = draft.text,
                                                  .references = references_json(draft.references),
                                                  .identity = identity,
                                                  .registered = actor_.now}));
    }
    const std::int64_t next = versions.empty() ? 1 : versions.back().version + 1;
    if (draft.version && *draft.version < next) {
      return make_error(Code::registry_refused, "the version was given before");
    }
    made = SubjectVersion{.context = scope_.context,
                          .subject = subject,
                          .version = draft.version.value_or(next),
                          .schema_id = id,
                          .owner = actor_.owner,
                          .reason = actor_.reason,
                          .registered = actor_.now,
                          .changed = actor_.now};
    return store_.insert_version(scope_, *made);
  }));
  if (!made) return std::optional<RegisteredSchema>();
  ASSAY_TRY(auto registered, with_schema(*made));
  return std::optional(std::move(registered));
}

Status SchemaRegistry::refuse_referenced(const std::string& subject, std::int64_t version) {
  ASSAY_TRY(const auto ids, referenced_by(subject, std::to_string(version)));
  if (ids.empty()) return {};
  return make_error(
      Code::schema_referenced,
      fmt::format("One or more references exist to the schema {{magic=1,keytype=SCHEMA,"
                  "subject={},version={}}}.",
                  subject, version));
}

Result<std::int64_t> SchemaRegistry::remove_version(const std::string& subject,
                                                    std::string_view spec, Deletion deletion) {
  ASSAY_TRY(const auto number, parse_version(spec));
  ASSAY_TRY_VOID(refuse_mode(subject, nullptr));
  std::int64_t removed = 0;
  ASSAY_TRY_VOID(store_.write([&]() -> Status {
    ASSAY_TRY(const auto versions, known_versions(subject));
    if (!any_visible(versions, Visible::with_deleted)) return unknown_subject(subject);
    const SubjectVersion* found =
        pick(versions, number, number ? Visible::with_deleted : Visible::active);
    if (found == nullptr) return unknown_version(spec);
    if (!deletion.permanent && found->state == VersionState::deleted) {
      return make_error(Code::schema_version_deleted,
                        fmt::format("Subject '{}' Version {} was soft deleted. Set permanent=true "
                                    "to delete permanently",
                                    subject, found->version));
    }
    if (deletion.permanent && found->state == VersionState::active) {
      return make_error(Code::schema_version_not_deleted,
                        fmt::format("Subject '{}' Version {} was not deleted first before being "
                                    "permanently deleted",
                                    subject, found->version));
    }
    ASSAY_TRY_VOID(refuse_referenced(subject, found->version));
    removed = found->version;
    return store_.set_state(scope_, *found,
                            deletion.permanent ? VersionState::purged : VersionState::deleted,
                            actor_.now);
  }));
  return removed;
}

Result<std::vector<std::int64_t>> SchemaRegistry::remove_subject(const std::string& subject,
                                                                 Deletion deletion) {
  ASSAY_TRY_VOID(refuse_mode(subject, nullptr));
  std::vector<std::int64_t> removed;
  ASSAY_TRY_VOID(store_.write([&]() -> Status {
    removed.clear();
    ASSAY_TRY(const auto versions, known_versions(subject));
    if (!any_visible(versions, Visible::with_deleted)) return unknown_subject(subject);
    const bool has_active = any_visible(versions, Visible::active);
    if (!deletion.permanent && !has_active) {
      return make_error(Code::subject_deleted,
                        fmt::format("Subject '{}' was soft deleted. Set permanent=true to delete "
                                    "permanently",
                                    subject));
    }
    if (deletion.permanent && has_active) {
      return make_error(Code::subject_not_deleted,
                        fmt::format("Subject '{}' was not deleted first before being permanently "
                                    "deleted",
                                    subject));
    }
    for (const SubjectVersion& version : versions) {
      const auto wanted = deletion.permanent ? VersionState::deleted : VersionState::active;
      if (version.state != wanted) continue;
      ASSAY_TRY_VOID(refuse_referenced(subject, version.version));
      ASSAY_TRY_VOID(store_.set_state(
          scope_, version, deletion.permanent ? VersionState::purged : VersionState::deleted,
          actor_.now));
      removed.push_back(version.version);
    }
    return {};
  }));
  return removed;
}

}  // namespace assay::serve
