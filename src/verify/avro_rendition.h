#pragma once
// verify's own rendition of an Avro value (docs/formats/renditions.md): a recursive descent along
// the schema's JSON, which stays JSON.

#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "verify/payload.h"

namespace assay::verify {

/// A writer's schema, with its named types found.
class AvroWriterSchema {
 public:
  /// Nothing where the text is no JSON or names what it does not define.
  /// `references`: texts whose types it may name.
  static std::shared_ptr<const AvroWriterSchema> read(
      std::string_view text, const std::vector<std::string>& references = {});

  /// The JSON text of the one value that `bytes` is. `payload_size` is that of the record.
  std::variant<std::string, Fault> rendition(std::string_view bytes, std::size_t payload_size,
                                             const PayloadLimits& limits) const;

  struct Type;

 private:
  std::vector<std::unique_ptr<Type>> types_;  ///< owns them; the first read is not the root
  const Type* root_ = nullptr;
};

}  // namespace assay::verify
