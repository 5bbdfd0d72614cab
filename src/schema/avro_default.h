#pragma once
// Whether a default fits its field's type.

#include <span>
#include <string>

#include "path/json_document.h"
#include "schema/avro_schema.h"

namespace assay::schema {

/// Nothing where the value fits; else what does not fit and where, as a text for an error.
std::optional<std::string> misfit_of_default(const path::JsonDocument& document, path::NodeId value,
                                             std::span<const AvroType> types, AvroTypeId type);

}  // namespace assay::schema
