// Any bytes as an Avro file, as each of Iceberg's own files, and as the footer of a Parquet file:
// rows or an error, never a crash.

#include <cstdint>
#include <string_view>

#include "lake/avro.h"
#include "lake/manifest_internal.h"
#include "lake/metadata_internal.h"
#include "parquet/footer.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace assay;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const lake::Spec spec{
      .id = 0,
      .fields = {{.source_id = 1, .field_id = 1000, .name = "tenant_id", .transform = "identity"},
                 {.source_id = 16, .field_id = 1001, .name = "at_day", .transform = "day"}}};
  (void)lake::avro::read(bytes, [](const lake::avro::Value&) -> Status { return {}; });
  (void)lake::read_manifest(bytes, spec);
  (void)lake::read_manifest_list(bytes);
  if (const auto metadata = lake::parse_metadata(bytes)) (void)lake::table_schema(*metadata);
  (void)parquet::parse_footer(bytes);
  return 0;
}
