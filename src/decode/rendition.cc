#include "decode/rendition.h"

#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "decode/avro_value.h"
#include "decode/csv_row.h"
#include "decode/debezium.h"
#include "decode/framed_message.h"
#include "decode/xml_rendition.h"

namespace assay::decode {
namespace {

constexpr std::string_view kOwnMember = "\"assay.";  ///< how a member that we know begins

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

/// By the first bytes of a payload.
bool is_xml(std::string_view payload) {
  using namespace std::string_view_literals;
  for (const std::string_view mark : {"<"sv, "\0<"sv, "\xfe\xff\0<"sv, "\xff\xfe<\0"sv}) {
    if (payload.starts_with(mark)) return true;
  }
  if (payload.starts_with("\xef\xbb\xbf")) payload.remove_prefix(3);
  while (!payload.empty() && is_blank(payload[0])) payload.remove_prefix(1);
  return payload.starts_with('<');
}

/// What headers say, read once.
struct Reading {
  std::string format;
  std::string damage;
  std::string schema_type;  ///< empty where there is no schema
  std::optional<schema::AvroSchema> schema;
  std::uint64_t fingerprint = 0;
  std::optional<Result<CsvHeader>> csv;
};

std::string text_member(const nlohmann::json& object, std::string_view name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

void read_schema(const nlohmann::json& headers, Reading& reading) {
  reading.schema_type = text_member(headers, header::kSchemaType);
  if (reading.schema_type.empty()) reading.schema_type = "AVRO";
  if (reading.schema_type != "AVRO") return;
  std::vector<std::string> texts;
  const auto references = headers.find(header::kSchemaReferences);
  if (references != headers.end() && references->is_array()) {
    for (const auto& text : *references) {
      if (text.is_string()) texts.push_back(text.get<std::string>());
    }
  }
  auto schema =
      schema::AvroSchema::parse(text_member(headers, header::kSchema),
                                std::vector<std::string_view>(texts.begin(), texts.end()));
  if (!schema) return;
  reading.fingerprint = schema::avro_fingerprint(schema->canonical_form());
  reading.schema = *std::move(schema);
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
  if (headers.contains(header::kSchema)) read_schema(headers, reading);
  return reading;
}

/// A message whose first bytes name its schema, which the headers have.
Status append_framed(std::string& out, const FramedMessage& message, std::string_view payload,
                     const Reading& reading, const PayloadLimits& limits) {
  if (message.id && reading.schema_type == "JSON") {
    ASSAY_TRY(const auto event, debezium_event(message.body, limits));
    out += event.value_or(message.body);
    return {};
  }
  // An id names what the registry says; a fingerprint speaks for itself.
  if (!reading.schema || (!message.id && message.fingerprint != reading.fingerprint)) {
    return make_error(
        Code::schema_missing,
        fmt::format("no schema of the tenant's registry has the {}; register it, then "
                    "run: assay quarantine reprocess --code 2031",
                    message.schema_name));
  }
  return append_avro(out, message.body, *reading.schema, payload.size(), limits);
}

}  // namespace

struct Renderer::Memory {
  static constexpr std::size_t kReadingsMax = 64;
  static constexpr std::size_t kTextMax = std::size_t{8} << 20;  ///< bytes of the headers kept

  PayloadLimits limits;
  std::map<std::string, Reading, std::less<>> readings;  ///< by the headers' text
  Reading nothing;                                       ///< what no headers say
  std::size_t text_size = 0;
  std::string_view last_text;  ///< into readings
  const Reading* last = nullptr;

  const Reading& reading_of(std::string_view headers) {
    // Most headers are a broker's own: a key, what a producer said. Reading those costs more than
    // the payload.
    if (headers.find(kOwnMember) == std::string_view::npos) return nothing;
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
  const Reading& reading = memory_->reading_of(headers);
  if (reading.format == "damaged") return make_error(Code::avro_block, reading.damage);
  if (reading.format == "tombstone")
    return make_error(Code::tombstone, "the record is a key without a value");
  if (reading.csv) {
    if (*reading.csv) return (*reading.csv)->append(out, payload, limits);
    return unexpected(Error(reading.csv->error()));
  }
  if (reading.format == "avro") {
    if (reading.schema) return append_avro(out, payload, *reading.schema, payload.size(), limits);
    return make_error(Code::schema_missing, "the headers have no valid schema");
  }
  if (is_plain_json(payload)) {
    out += payload;
    return {};
  }
  if (const auto message = framed_message(payload))
    return append_framed(out, *message, payload, reading, limits);
  if (is_xml(payload)) return append_xml(out, payload, limits);
  ASSAY_TRY(const auto event, debezium_event(payload, limits));
  out += event.value_or(payload);
  return {};
}

}  // namespace assay::decode
