#pragma once
// Errors and rows of the registry as Confluent's API writes them.

#include <string>

#include "base/result.h"
#include "serve/http.h"
#include "serve/schema_registry.h"

namespace assay::serve {

inline constexpr const char* kRegistryContentType = "application/vnd.schemaregistry.v1+json";

/// {"error_code": 40401, "message": ...} with its HTTP status. Faults of ours are not told, only
/// kept for the log.
HttpResponse error_answer(const Error& error);
HttpResponse error_answer(int status, int error_code, const std::string& message);
/// The number that Confluent's clients know the error by.
int confluent_code(const Error& error);

/// The members of a version: subject, version, id, schemaType, schema, references.
std::string version_json(const RegisteredSchema& registered);

}  // namespace assay::serve
