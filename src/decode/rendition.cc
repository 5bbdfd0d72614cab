#include "decode/rendition.h"

#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>
#include <optional>

#include "decode/avro_value.h"
#include "decode/csv_row.h"
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

/// What headers say, read once.
struct Reading {
  std::string format;
  std::string damage;
  std::optional<schema::AvroSchema> schema;
  std::optional<Result<CsvHeader>> csv;
};

std::string text_member(const nlohmann::json& object, std::string_view name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

Reading read_headers(std::string_view text) {
  Reading reading;
  const auto headers = nlohmann::json::parse(text, nullptr, false);
  if (!headers.is_object()) return reading;
  reading.format = text_member(headers, header::kFormat);
  reading.damage = text_member(headers, header::kDamage);
  if (reading.format == "csv") {
    const std::string delimiter = text_member(headers, header::kCsvDelimiter);
    reading.csv = CsvHeader::read(text_member(headers, header::kCsvHeader),
                                  delimiter.empty() ? ',' : delimiter.front());
  }
  if (!headers.contains(header::kSchema)) return reading;
  if (auto schema = schema::AvroSchema::parse(text_member(headers, header::kSchema)))
    reading.schema = *std::move(schema);
  return reading;
}

}  // namespace

struct Renderer::Memory {
  static constexpr std::size_t kReadingsMax = 64;
  static constexpr std::size_t kTextMax = std::size_t{8} << 20;  ///< bytes of the headers kept

  PayloadLimits limits;
  std::map<std::string, Reading, std::less<>> readings;  ///< by the headers' text
  std::size_t text_size = 0;
  std::string_view last_text;  ///< into readings
  const Reading* last = nullptr;

  const Reading& reading_of(std::string_view headers) {
    if (last != nullptr && headers == last_text) return *last;
    auto found = readings.find(headers);
    if (found == readings.end()) {
      if (readings.size() == kReadingsMax || text_size > kTextMax) {
        readings.clear();
        text_size = 0;
      }
      text_size += headers.size();
      found = readings.emplace(headers, read_headers(headers)).first;
    }
    last_text = found->first;
    last = &found->second;
    return *last;
  }
};

Renderer::Renderer(const PayloadLimits& limits) : memory_(std::make_unique<Memory>()) {
  memory_->limits = limits;
}
Renderer::~Renderer() = default;
Renderer::Renderer(Renderer&&) noexcept = default;
Renderer& Renderer::operator=(Renderer&&) noexcept = default;

Status Renderer::append(std::string& out, std::string_view payload, std::string_view headers) {
  const PayloadLimits& limits = memory_->limits;
  if (!headers.empty()) {
    const Reading& reading = memory_->reading_of(headers);
    if (reading.format == "damaged") return make_error(Code::avro_block, reading.damage);
    if (reading.csv) {
      if (*reading.csv) return (*reading.csv)->append(out, payload, limits);
      return unexpected(Error(reading.csv->error()));
    }
    if (reading.format == "avro") {
      if (reading.schema) return append_avro(out, payload, *reading.schema, payload.size(), limits);
      return make_error(Code::schema_missing, "the headers have no valid schema");
    }
  }
  if (is_plain_json(payload)) {
    out += payload;
    return {};
  }
  switch (format_of(payload)) {
    case Format::xml: return append_xml(out, payload, limits);
    case Format::json: break;
  }
  ASSAY_TRY(const auto event, debezium_event(payload, limits));
  out += event.value_or(payload);
  return {};
}

}  // namespace assay::decode
