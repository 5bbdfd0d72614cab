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
  std::string schema_type;
  std::shared_ptr<const AvroWriterSchema> schema;
};

/// A message of Confluent's wire format or of Avro's single-object encoding.
struct Message {
  std::string schema;  ///< its name in the accounting of manifests
  std::string_view body;
  bool has_id = false;
};

std::optional<Message> message_of(std::string_view payload) {
  const auto at = [&](std::size_t i) {
    return static_cast<std::uint64_t>(static_cast<unsigned char>(payload[i]));
  };
  if (payload.size() > 4 && at(0) == 0 && payload[1] != '<') {
    const auto id = ((at(1) * 256 + at(2)) * 256 + at(3)) * 256 + at(4);
    return Message{fmt::format("id {}", id), payload.substr(5), true};
  }
  if (payload.size() > 9 && at(0) == 0xc3 && at(1) == 1) {
    std::uint64_t fingerprint = 0;
    for (std::size_t i = 0; i < 8; ++i) fingerprint += at(2 + i) << (8 * i);
    return Message{fmt::format("fingerprint {:016x}", fingerprint), payload.substr(10), false};
  }
  return std::nullopt;
}

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
  made->schema_type = member("assay.schema.type");
  std::vector<std::string> references;
  const nlohmann::json::json_pointer listed("/assay.schema.references");
  if (object.is_object() && object.contains(listed)) {
    for (const auto& reference : object.at(listed)) {
      if (reference.is_string()) references.push_back(reference.get<std::string>());
    }
  }
  made->schema = AvroWriterSchema::read(member("assay.schema"), references);
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
  if (known->format == "tombstone") return Fault{Code::tombstone, "", "a key without a value"};
  if (known->format == "csv")
    return csv_rendition(payload, known->csv_header, known->csv_delimiter, limits);
  if (known->format == "avro") {
    if (!known->schema) return Fault{Code::schema_missing, "", "the headers have no valid schema"};
    return known->schema->rendition(payload, payload.size(), limits);
  }
  std::string_view body = payload;
  if (const auto message = message_of(payload)) {
    body = message->body;
    if (!(message->has_id && known->schema_type == "JSON")) {
      if (!known->schema || known->schema_type == "JSON")
        return Fault{Code::schema_missing, "", "no schema has the " + message->schema};
      return known->schema->rendition(body, payload.size(), limits);
    }
  }
  if (is_xml(payload)) return xml_rendition(payload, limits);
  std::optional<Fault> fault;
  if (auto event = event_of(body, limits, fault)) return *std::move(event);
  if (fault) return *std::move(fault);
  return std::string(body);
}

std::string completed_headers(std::string_view payload, std::string_view headers,
                              std::string_view accounting) {
  const auto message = message_of(payload);
  if (!message) return std::string(headers);
  const auto all = nlohmann::json::parse(accounting, nullptr, false);
  const auto schemas = all.is_object() ? all.value("schemas", nlohmann::json()) : nlohmann::json();
  if (!schemas.is_object() || !schemas.contains(message->schema)) return std::string(headers);
  auto object =
      headers.empty() ? nlohmann::json::object() : nlohmann::json::parse(headers, nullptr, false);
  if (!object.is_object() || object.contains("assay.schema")) return std::string(headers);
  object.update(schemas.at(message->schema));
  return object.dump();
}

}  // namespace assay::verify
