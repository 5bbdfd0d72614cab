// Any text as an Avro schema: a schema or an error. What is one has a canonical form that is one
// too and stays as it is, and reads what it wrote itself.

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "schema/avro_schema.h"
#include "schema/compatibility.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace assay::schema;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const AvroLimits limits{.size_max = 64 << 10, .types_max = 1000};
  const auto schema = AvroSchema::parse(text, {}, limits);
  if (!schema) return 0;
  const std::string canonical = schema->canonical_form();
  const auto again = AvroSchema::parse(canonical);
  if (!again || again->canonical_form() != canonical) std::abort();
  if (!avro_incompatibilities(*schema, *schema).empty()) std::abort();
  return 0;
}
