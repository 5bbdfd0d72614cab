// A schema, a line break, and a value of it: the kernel's reader of Avro values against verify's.
// Both refuse, or both give the same rendition, and a rendition is JSON; what is a value ends where
// it is measured to end. Then the same bytes as a container file: parts or errors, never a crash.

#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "base/limits.h"
#include "decode/avro_container.h"
#include "decode/avro_value.h"
#include "schema/avro_schema.h"
#include "verify/avro_rendition.h"

namespace {

using namespace assay;

void compare_values(std::string_view text, std::string_view value) {
  const auto schema = schema::AvroSchema::parse(text);
  if (!schema) return;
  PayloadLimits limits;
  limits.depth_max = 16;
  std::string rendered;
  const auto status = decode::append_avro(rendered, value, *schema, value.size(), limits);
  const auto other = verify::AvroWriterSchema::read(text);
  if (other == nullptr) std::abort();
  const auto again = other->rendition(value, value.size(), limits);
  const auto* same = std::get_if<std::string>(&again);
  if (status.has_value() != (same != nullptr)) std::abort();
  if (same == nullptr) {
    if (status.error().code != std::get<verify::Fault>(again).code) std::abort();
    return;
  }
  if (*same != rendered || !nlohmann::json::accept(rendered)) std::abort();
  const auto size = decode::AvroMeasure(*schema, value).next();
  if (size && *size != value.size()) std::abort();
}

void read_container(std::string_view bytes) {
  const auto header = decode::read_avro_header(bytes);
  if (!header || !*header) return;
  bytes.remove_prefix((*header)->size);
  for (std::string room; !bytes.empty();) {
    const auto head = decode::read_avro_block_head(bytes);
    if (!head || !*head || (*head)->block_size() > bytes.size()) return;
    const auto data = decode::decompress_avro_block(
        (*header)->codec, bytes.substr((*head)->size, (*head)->data_size), room);
    if (data) {
      decode::AvroMeasure measure((*header)->schema, *data);
      for (int i = 0; i < 1000 && measure.next(); ++i) continue;
    }
    bytes.remove_prefix((*head)->block_size());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto line = input.find('\n');
  if (line != std::string_view::npos) compare_values(input.substr(0, line), input.substr(line + 1));
  read_container(input);
  return 0;
}
