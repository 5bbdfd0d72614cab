#pragma once
// The words of Avro's schemas: kinds, logical types, names.

#include <optional>
#include <string>
#include <string_view>

#include "schema/avro_schema.h"

namespace assay::schema {

/// "null" to "string": what a schema may name without defining it.
std::optional<AvroKind> primitive_kind(std::string_view word);
/// Of any logical type's name; `none` for what is unknown.
AvroLogical logical_type(std::string_view word);
/// The annotation may stand on this type. Precision and scale are checked by who reads them.
bool logical_fits(AvroLogical logical, AvroKind kind, std::size_t fixed_size);

/// [A-Za-z_][A-Za-z0-9_]*
bool is_avro_name(std::string_view word);
/// Names joined by dots.
bool is_avro_full_name(std::string_view word);
/// A name with a dot is full already; others take the namespace, which may be empty.
std::string full_name(std::string_view name, std::string_view name_space);
/// All before the last dot; empty where there is none.
std::string_view namespace_of(std::string_view full_name);

}  // namespace assay::schema
