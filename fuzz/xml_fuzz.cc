// The kernel's reader of XML against verify's: both refuse, or both give the same rendition, and a
// rendition is JSON.

#include <nlohmann/json.hpp>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/limits.h"
#include "decode/xml_rendition.h"
#include "verify/xml_rendition.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace assay;
  const std::string_view payload(reinterpret_cast<const char*>(data), size);
  PayloadLimits limits;
  limits.depth_max = 16;
  std::string rendered;
  const auto status = decode::append_xml(rendered, payload, limits);
  const auto other = verify::xml_rendition(payload, limits);
  const auto* text = std::get_if<std::string>(&other);
  if (status.has_value() != (text != nullptr)) std::abort();
  if (text == nullptr) {
    if (status.error().code != std::get<verify::Fault>(other).code) std::abort();
    return 0;
  }
  if (*text != rendered || !nlohmann::json::accept(rendered)) std::abort();
  return 0;
}
