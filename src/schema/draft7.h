#pragma once

#include <string_view>

namespace assay::schema {

inline constexpr std::string_view kDraft7Uri = "http://json-schema.org/draft-07/schema";
/// What a schema of draft 7 is, as a schema.
std::string_view draft7_meta_schema();

}  // namespace assay::schema
