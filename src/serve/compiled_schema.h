#pragma once
// A schema of the registry with all that it refers to, read and checked.

#include <string>
#include <variant>
#include <vector>

#include "control/subject_store.h"
#include "schema/avro_schema.h"
#include "schema/compatibility.h"
#include "schema/json_schema.h"
#include "serve/schema_registry.h"

namespace assay::serve {

class CompiledSchema {
 public:
  /// Errors: schema_invalid, also where a reference leads nowhere.
  static Result<CompiledSchema> compile(control::SubjectStore& store,
                                        const control::RegistryScope& scope,
                                        const SchemaDraft& draft);

  /// Why this one as the reader does not take what the writer writes.
  std::vector<schema::Incompatibility> cannot_read(const CompiledSchema& writer,
                                                   schema::ContentPolicy policy) const;

 private:
  using Content = std::variant<schema::AvroSchema, schema::JsonSchema>;
  explicit CompiledSchema(Content content) : content_(std::move(content)) {}
  Content content_;
};

/// What makes two schemas the same: the type, the text without blanks, the references. SHA-256,
/// hex.
std::string identity_of(const SchemaDraft& draft);
/// The text without blanks and with sorted keys; numbers and texts stay as they are. json_* where
/// it is no JSON.
Result<std::string> normalized(std::string_view text);

}  // namespace assay::serve
