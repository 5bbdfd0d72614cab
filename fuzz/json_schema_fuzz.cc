// The first line as a JSON Schema, the rest as a document: both may be anything, and the check
// ends.

#include <cstdint>
#include <string_view>

#include "schema/compatibility.h"
#include "schema/json_schema.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace assay::schema;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto line = text.find('\n');
  const JsonSchemaLimits limits{.size_max = 64 << 10, .rules_max = 1000, .steps_max = 20'000};
  const auto schema = JsonSchema::compile(text.substr(0, line), {.limits = limits});
  if (!schema) return 0;
  if (line != std::string_view::npos) (void)schema->check(text.substr(line + 1));
  (void)json_incompatibilities(*schema, *schema, ContentPolicy::strict);
  return 0;
}
