// A delimiter, a header line and rows: the kernel's reader of CSV against verify's. Both refuse a
// row, or both give the same rendition, which is JSON; a row that ends at a line break has none
// outside of quotes.

#include <simdjson.h>

#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "base/limits.h"
#include "decode/csv_row.h"
#include "verify/csv_rendition.h"

namespace {

using namespace assay;

void compare(std::string_view row, std::string_view line, char delimiter) {
  const PayloadLimits limits;
  const auto header = decode::CsvHeader::read(line, delimiter);
  std::string rendered;
  const Status status =
      header ? header->append(rendered, row, limits) : Status(unexpected(Error(header.error())));
  const auto other = verify::csv_rendition(row, line, delimiter, limits);
  const auto* same = std::get_if<std::string>(&other);
  if (status.has_value() != (same != nullptr)) std::abort();
  if (same == nullptr) {
    if (status.error().code != std::get<verify::Fault>(other).code) std::abort();
    return;
  }
  if (*same != rendered) std::abort();
  // The kernel checks a rendition's encoding, as that of all JSON: the header line may be in any.
  if (simdjson::validate_utf8(rendered.data(), rendered.size()) &&
      !nlohmann::json::accept(rendered))
    std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const char delimiter = ",;\t|"[data[0] % 4];
  std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  std::string_view line;
  for (bool is_header = true; !rest.empty(); is_header = false) {
    const auto end = decode::find_csv_row_end(rest, delimiter);
    const bool has_break = end.kind == decode::CsvRowEnd::Kind::line_break;
    const std::string_view row = rest.substr(0, has_break ? end.size : rest.size());
    if (has_break && (end.after <= end.size || end.after > rest.size())) std::abort();
    if (has_break && !decode::read_csv_row(row, delimiter)) std::abort();
    rest.remove_prefix(has_break ? end.after : rest.size());
    if (is_header)
      line = row;
    else
      compare(row, line, delimiter);
  }
  return 0;
}
