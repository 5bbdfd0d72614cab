#pragma once
// Which characters the names of XML are made of (XML 1.0, fifth edition, productions 4 and 4a).

#include <cstdint>

namespace assay::decode {

bool is_xml_name_first(std::uint32_t point);
bool is_xml_name_character(std::uint32_t point);

}  // namespace assay::decode
