#include "decode/rendition.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "decode/debezium.h"
#include "decode/xml_rendition.h"

namespace assay::decode {
namespace {

enum class Format : std::uint8_t { json, xml };

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

/// What the first bytes of a payload say.
Format format_of(std::string_view payload) {
  using namespace std::string_view_literals;
  for (const std::string_view mark : {"<"sv, "\0<"sv, "\xfe\xff\0<"sv, "\xff\xfe<\0"sv}) {
    if (payload.starts_with(mark)) return Format::xml;
  }
  if (payload.starts_with("\xef\xbb\xbf")) payload.remove_prefix(3);
  while (!payload.empty() && is_blank(payload[0])) payload.remove_prefix(1);
  return payload.starts_with('<') ? Format::xml : Format::json;
}

}  // namespace

struct Renderer::Memory {
  PayloadLimits limits;
};

Renderer::Renderer(const PayloadLimits& limits) : memory_(std::make_unique<Memory>()) {
  memory_->limits = limits;
}
Renderer::~Renderer() = default;
Renderer::Renderer(Renderer&&) noexcept = default;
Renderer& Renderer::operator=(Renderer&&) noexcept = default;

Status Renderer::append(std::string& out, std::string_view payload, std::string_view headers) {
  static_cast<void>(headers);
  if (is_plain_json(payload)) {
    out += payload;
    return {};
  }
  switch (format_of(payload)) {
    case Format::xml: return append_xml(out, payload, memory_->limits);
    case Format::json: break;
  }
  ASSAY_TRY(const auto event, debezium_event(payload, memory_->limits));
  out += event.value_or(payload);
  return {};
}

}  // namespace assay::decode
