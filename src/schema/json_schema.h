#pragma once
// JSON Schema: draft 7 whole, and of 2019-09 and 2020-12 what docs/formats/json-schema.md names.
// Nothing is ever fetched: what a schema refers to is given, or the schema is refused.

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace assay::schema {

/// A document that "$ref" may name by its address.
struct SchemaDocument {
  std::string_view uri;
  std::string_view text;
};

struct JsonSchemaLimits {
  std::size_t size_max = std::size_t{4} << 20;  ///< bytes of one document
  std::size_t depth_max = 256;                  ///< nesting of a document, and of what is checked
  std::size_t rules_max = 100'000;              ///< schemas within a schema, references included
  std::size_t steps_max = 20'000'000;           ///< of one check: rules tried, bytes matched
  std::size_t violations_max = 50;              ///< told of one check
  std::size_t instance_size_max = std::size_t{16} << 20;  ///< bytes of what is checked
};

/// One place that a schema refuses.
struct Violation {
  std::string instance;  ///< JSON Pointer of the place
  std::string schema;    ///< address and JSON Pointer of the keyword that refuses it
  std::string message;   ///< "5 is less than the minimum 10"
};

/// A compiled schema. Immutable and cheap to copy; any number of threads may use it at once.
class JsonSchema {
 public:
  struct Options {
    std::string_view uri = "";                       ///< address of the text, for its references
    std::span<const SchemaDocument> documents = {};  ///< what it may refer to
    JsonSchemaLimits limits = {};
  };
  /// Error: schema_invalid, with the JSON Pointer.
  static Result<JsonSchema> compile(std::string_view text, const Options& options);
  static Result<JsonSchema> compile(std::string_view text) { return compile(text, Options()); }

  /// What the schema refuses of a JSON text; nothing where it is valid. Errors: json_* where the
  /// text is no JSON, path_limit where the check takes more steps than it may.
  Result<std::vector<Violation>> check(std::string_view json) const;

  /// JSON Pointers of keywords that are read over: what RE2 does not know ("(?=", "\1"), and
  /// keywords of newer drafts that this version does not know.
  const std::vector<std::string>& unchecked() const;

  /// What stands behind it; complete in json_rules.h, for this module.
  struct Content;
  const Content& content() const { return *content_; }

 private:
  explicit JsonSchema(std::shared_ptr<const Content> content);
  std::shared_ptr<const Content> content_;
};

}  // namespace assay::schema
