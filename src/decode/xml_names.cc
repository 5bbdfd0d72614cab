#include "decode/xml_names.h"

namespace assay::decode {
namespace {

struct Range {
  std::uint32_t first;
  std::uint32_t last;
};

constexpr Range kFirst[] = {
    {':', ':'},       {'A', 'Z'},       {'_', '_'},       {'a', 'z'},
    {0xc0, 0xd6},     {0xd8, 0xf6},     {0xf8, 0x2ff},    {0x370, 0x37d},
    {0x37f, 0x1fff},  {0x200c, 0x200d}, {0x2070, 0x218f}, {0x2c00, 0x2fef},
    {0x3001, 0xd7ff}, {0xf900, 0xfdcf}, {0xfdf0, 0xfffd}, {0x10000, 0xeffff},
};
constexpr Range kMore[] = {
    {'-', '-'}, {'.', '.'}, {'0', '9'}, {0xb7, 0xb7}, {0x300, 0x36f}, {0x203f, 0x2040},
};

template <std::size_t kCount>
bool is_in(const Range (&ranges)[kCount], std::uint32_t point) {
  for (const Range& range : ranges) {
    if (point >= range.first && point <= range.last) return true;
  }
  return false;
}

}  // namespace

bool is_xml_name_first(std::uint32_t point) { return is_in(kFirst, point); }
bool is_xml_name_character(std::uint32_t point) {
  return is_in(kFirst, point) || is_in(kMore, point);
}

}  // namespace assay::decode
