#include "ask/cell.h"

#include <nlohmann/json.hpp>

namespace assay::ask {

std::string json_string(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string to_json(const Cell& cell) {
  switch (cell.kind) {
    case Cell::Kind::null: return "null";
    case Cell::Kind::boolean:
    case Cell::Kind::number:
    case Cell::Kind::json: return cell.text;
    case Cell::Kind::exact:
    case Cell::Kind::text: break;
  }
  return json_string(cell.text);
}

std::string csv_line(const std::vector<Cell>& row) {
  std::string line;
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (i != 0) line += ',';
    const Cell& cell = row[i];
    if (cell.is_null()) continue;
    if (!cell.text.empty() && cell.text.find_first_of(",\"\r\n") == std::string::npos) {
      line += cell.text;
      continue;
    }
    line += '"';
    for (const char c : cell.text) {
      if (c == '"') line += '"';
      line += c;
    }
    line += '"';
  }
  return line;
}

}  // namespace assay::ask
