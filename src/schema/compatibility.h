#pragma once
// Whether one version of a schema can follow others: levels, and what stands in the way.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "schema/avro_schema.h"
#include "schema/json_schema.h"

namespace assay::schema {

/// As Confluent's registry has them. Backward: the new version reads what the old one wrote;
/// forward: the old one reads what the new one writes; full: both. Transitive: not only against the
/// last version, but against all.
enum class Compatibility : std::uint8_t {
  none,
  backward,
  backward_transitive,
  forward,
  forward_transitive,
  full,
  full_transitive,
};
std::string_view to_string(Compatibility level);  ///< "BACKWARD_TRANSITIVE"
/// Error: compatibility_invalid.
Result<Compatibility> parse_compatibility(std::string_view text);
bool reads_old(Compatibility level);       ///< the new version must read what old ones wrote
bool is_read_by_old(Compatibility level);  ///< the old ones must read what the new one writes
bool is_transitive(Compatibility level);

/// One reason why a reader does not take what a writer may write.
struct Incompatibility {
  std::string kind;     ///< "MISSING_UNION_BRANCH": for programs
  std::string pointer;  ///< JSON Pointer within the reader's schema
  std::string message;
};

/// What a reader's schema cannot read of data that were written with the writer's (specification,
/// "Schema Resolution"). Nothing where it reads them all.
std::vector<Incompatibility> avro_incompatibilities(const AvroSchema& reader,
                                                    const AvroSchema& writer);

/// How names that no schema spells out are judged (docs/formats/json-schema.md has the table).
enum class ContentPolicy : std::uint8_t {
  strict,   ///< old data may hold any name that an open model allows
  lenient,  ///< data hold the names that their schema spells out
};

/// What the reader's schema may refuse of what the writer's accepts; nothing where it accepts all.
/// Errs on the side of refusing: two patterns are the same or they are not.
std::vector<Incompatibility> json_incompatibilities(const JsonSchema& reader,
                                                    const JsonSchema& writer, ContentPolicy policy);

}  // namespace assay::schema
