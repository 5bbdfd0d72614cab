#pragma once
// Payloads of other formats as JSON texts, their renditions, so that everything that the kernel
// does with JSON holds for them. Byte by byte: docs/formats/renditions.md.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/limits.h"
#include "base/result.h"

namespace assay::decode {

/// What a record's bytes do not say alone: members of bronze.record's `headers`.
namespace header {
/// "csv"; "avro": the payload is one value, without anything before it; "damaged": bytes of a file
/// in which no records were found; "tombstone": there is a key, and no value; else content decides
inline constexpr std::string_view kFormat = "assay.format";
inline constexpr std::string_view kDamage = "assay.damage";  ///< why no records were found there
inline constexpr std::string_view kCsvHeader = "assay.csv.header";  ///< the header line, as it is
inline constexpr std::string_view kCsvDelimiter = "assay.csv.delimiter";
inline constexpr std::string_view kSchema = "assay.schema";  ///< the writer's schema, as a text
/// "AVRO" (also if absent), "JSON"
inline constexpr std::string_view kSchemaType = "assay.schema.type";
/// What the schema refers to, as an array of texts, each before those that use it
inline constexpr std::string_view kSchemaReferences = "assay.schema.references";
inline constexpr std::string_view kKey = "assay.key";  ///< of a message of a changelog
}  // namespace header

/// Whether a payload without headers can be no other format than JSON: most records, at the price
/// of a look at a few bytes.
inline bool is_plain_json(std::string_view payload) {
  constexpr std::string_view kEnvelope = "{\"schema\":";
  return payload.size() > kEnvelope.size() && payload[0] == '{' &&
         (payload[2] != 's' || !payload.starts_with(kEnvelope));
}

/// Makes renditions. Remembers schemas and header lines from record to record, which never changes
/// a result. One thread.
class Renderer {
 public:
  explicit Renderer(const PayloadLimits& limits);
  ~Renderer();
  Renderer(Renderer&&) noexcept;
  Renderer& operator=(Renderer&&) noexcept;

  /// Appends the rendition of a payload; `headers` is a JSON object, or empty. A payload that is
  /// JSON itself is its own rendition, checked or not. An error says why there is none; of `out`
  /// what it had before is then kept, and some more may stand behind it.
  Status append(std::string& out, std::string_view payload, std::string_view headers);

 private:
  struct Memory;
  std::unique_ptr<Memory> memory_;
};

}  // namespace assay::decode
