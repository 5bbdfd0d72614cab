#include "engine/kafka_headers.h"

#include <openssl/evp.h>
#include <simdjson.h>

#include <nlohmann/json.hpp>

#include "decode/rendition.h"

namespace assay::engine {
namespace {

using nlohmann::json;

std::string base64(std::string_view bytes) {
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                   reinterpret_cast<const unsigned char*>(bytes.data()),
                                   static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(size));
  return text;
}

/// A text where the bytes are one.
json value_of(std::optional<std::string_view> bytes) {
  if (!bytes) return nullptr;
  if (simdjson::validate_utf8(bytes->data(), bytes->size())) return std::string(*bytes);
  return {{"base64", base64(*bytes)}};
}

}  // namespace

std::string kafka_headers_json(std::optional<std::string_view> key, const KafkaHeaderList& headers,
                               bool is_tombstone) {
  if (!key && headers.empty() && !is_tombstone) return {};
  json object = json::object();
  if (key) object[std::string("kafka.key")] = value_of(key);
  for (const auto& [name, value] : headers) {
    // Under a name of its own: a producer's header must never pass for one of ours.
    const bool is_text = simdjson::validate_utf8(name.data(), name.size());
    json& values = object["kafka.headers"][is_text ? std::string(name) : base64(name)];
    if (values.is_null()) values = json::array();
    values.push_back(value_of(value));
  }
  if (is_tombstone) object[std::string(decode::header::kFormat)] = "tombstone";
  return object.dump();
}

}  // namespace assay::engine
