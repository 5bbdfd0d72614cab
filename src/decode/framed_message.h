#pragma once
// Single messages whose first bytes name their schema: Confluent's wire format and Avro's
// single-object encoding.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace assay::decode {

struct FramedMessage {
  /// How the schema is named: "id 17", an id of the tenant's registry, or "fingerprint
  /// c301a92de1f8a242", a CRC-64-AVRO. Also the key under which manifests keep its schema.
  std::string schema_name;
  std::optional<std::uint32_t> id;
  std::uint64_t fingerprint = 0;  ///< where there is no id
  std::string_view body;          ///< what is written with that schema
};

/// Nothing where the payload is no such message.
std::optional<FramedMessage> framed_message(std::string_view payload);

}  // namespace assay::decode
