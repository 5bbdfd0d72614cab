#include "verify/rendition.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "verify/avro_rendition.h"
#include "verify/csv_rendition.h"
#include "verify/xml_rendition.h"

namespace assay::verify {
namespace {

bool is_xml(std::string_view payload) {
  using namespace std::string_view_literals;
  if (payload.starts_with("\0<"sv) || payload.starts_with("\xfe\xff\0<"sv) ||
      payload.starts_with("\xff\xfe<\0"sv))
    return true;
  if (payload.starts_with("\xef\xbb\xbf")) payload.remove_prefix(3);
  const auto first = payload.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && payload[first] == '<';
}

/// What the headers of a record say of its format.
struct Headers {
  std::string format, damage;
  std::string csv_header;
  char csv_delimiter = ',';
  std::shared_ptr<const AvroWriterSchema> schema;
};

/// Read anew only where they are others than those of the record before.
std::shared_ptr<const Headers> headers_of(std::string_view text) {
  thread_local std::string last_text;
  thread_local std::shared_ptr<const Headers> last = std::make_shared<Headers>();
  if (text == last_text) return last;
  const auto object = nlohmann::json::parse(text, nullptr, false);
  auto made = std::make_shared<Headers>();
  const auto member = [&](const char* name) {
    const bool has = object.is_object() && object.contains(name) && object.at(name).is_string();
    return has ? object.at(name).get<std::string>() : std::string();
  };
  made->format = member("assay.format");
  made->damage = member("assay.damage");
  made->csv_header = member("assay.csv.header");
  if (const auto delimiter = member("assay.csv.delimiter"); !delimiter.empty())
    made->csv_delimiter = delimiter.front();
  made->schema = AvroWriterSchema::read(member("assay.schema"));
  last_text = text;
  last = made;
  return last;
}

/// The event within the envelope of a change feed that sends its schema along; nothing where the
/// payload is no such envelope.
std::optional<std::string> event_of(std::string_view payload, const PayloadLimits& limits,
                                    std::optional<Fault>& fault) {
  const auto parsed = parse_payload(payload, limits);
  const auto* root = std::get_if<Node>(&parsed);
  if (root == nullptr || root->members.size() != 2) return std::nullopt;
  const Node* event = root->member("payload");
  if (event == nullptr || root->member("schema") == nullptr) return std::nullopt;
  if (event->kind == Node::Kind::null) {
    fault = Fault{Code::tombstone, "", "a tombstone"};
    return std::nullopt;
  }
  const Node* op = event->member("op");
  const Node* source = event->member("source");
  if (op == nullptr || op->kind != Node::Kind::string || source == nullptr ||
      source->kind != Node::Kind::object)
    return std::nullopt;
  return std::string(event->raw);
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    static constexpr std::string_view kNamed = "\"\\\b\f\n\r\t";
    static constexpr std::string_view kNames = "\"\\bfnrt";
    const auto named = kNamed.find(c);
    if (named != std::string_view::npos)
      (out += '\\') += kNames[named];
    else if (static_cast<unsigned char>(c) < 0x20)
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    else
      out += c;
  }
  out += '"';
}

std::optional<Fault> size_fault(std::size_t rendition_size, std::size_t payload_size,
                                const PayloadLimits& limits) {
  const std::size_t fair = std::max(kRenditionFree, kRenditionPerInputMax * payload_size);
  if (rendition_size <= std::min(limits.record_size_max, fair)) return std::nullopt;
  return Fault{Code::json_too_large, "", "larger than the limit once it is written out"};
}

std::size_t row_rendition_max(std::size_t payload_size, const PayloadLimits& limits) {
  constexpr std::size_t kFree = 4096;
  return std::min(limits.record_size_max, std::max(kFree, kRenditionPerInputMax * payload_size));
}

std::variant<std::string, Fault> rendition_of(std::string_view payload, std::string_view headers,
                                              const PayloadLimits& limits) {
  if (payload.size() > limits.record_size_max)
    return Fault{Code::json_too_large, "", "larger than the limit"};
  const std::shared_ptr<const Headers> known = headers_of(headers);
  if (known->format == "damaged") return Fault{Code::avro_block, "", known->damage};
  if (known->format == "csv")
    return csv_rendition(payload, known->csv_header, known->csv_delimiter, limits);
  if (known->format == "avro") {
    if (!known->schema) return Fault{Code::schema_missing, "", "the headers have no valid schema"};
    return known->schema->rendition(payload, payload.size(), limits);
  }
  if (is_xml(payload)) return xml_rendition(payload, limits);
  std::optional<Fault> fault;
  if (auto event = event_of(payload, limits, fault)) return *std::move(event);
  if (fault) return *std::move(fault);
  return std::string(payload);
}

}  // namespace assay::verify
