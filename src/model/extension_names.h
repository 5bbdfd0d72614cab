#pragma once
// How the tables of a tenant's own fields are called, and whose a table is by its name.
//
//   "silver." entity "__" suffix
//
// Neither an entity's name nor a suffix holds "__", so the last "__" of a name parts the two. Names
// of tables that have it belong to one tenant; all others are shared.

#include <string>
#include <string_view>

namespace assay::model {

inline constexpr std::string_view kExtensionMark = "__";

/// The tenant as the end of a table's name: itself where it is written in lower-case letters,
/// digits and single "_", else as near as that goes, with eight digits of its hash behind it.
std::string extension_suffix(std::string_view tenant);
/// "order__acme": what the extension of an entity is called.
std::string extension_name(std::string_view entity, std::string_view tenant);
/// Whether a table ("silver.order__acme") holds another tenant's own fields.
bool is_extension_of_other(std::string_view table, std::string_view tenant);

}  // namespace assay::model
