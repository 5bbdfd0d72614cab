#pragma once
// Numbers as people read them.

#include <cstdint>
#include <string>
#include <vector>

namespace assay::cli {

std::string group_digits(std::int64_t number);  ///< 541,909
std::string human_bytes(std::int64_t bytes);    ///< 12.3 MB
/// Left-aligned columns, two blanks apart; the first row is the header.
std::string text_table(const std::vector<std::vector<std::string>>& rows);

}  // namespace assay::cli
