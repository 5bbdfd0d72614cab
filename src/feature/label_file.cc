#include "feature/label_file.h"

#include <fmt/format.h>

#include <algorithm>

namespace assay::feature {
namespace {

Error fault(std::size_t line, std::string message, std::string hint = {}) {
  return make_error(Code::source_format, fmt::format("line {}: {}", line, message),
                    std::move(hint));
}

/// One pass over the text. States: at the start of a field, inside quotes, behind the text of a
/// field.
class CsvReader {
 public:
  explicit CsvReader(std::string_view text) : text_(text) {
    if (text_.starts_with("\xEF\xBB\xBF")) position_ = 3;
  }
  bool at_end() const { return position_ >= text_.size(); }
  std::size_t line() const { return line_; }

  /// The fields up to the end of the line.
  Result<std::vector<std::optional<std::string>>> record() {
    std::vector<std::optional<std::string>> fields;
    while (true) {
      ASSAY_TRY(std::optional<std::string> value, field());
      fields.push_back(std::move(value));
      if (at_end()) return fields;
      const char c = text_[position_++];
      if (c == ',') continue;
      if (c == '\r' && !at_end() && text_[position_] == '\n') ++position_;
      ++line_;
      return fields;
    }
  }

 private:
  static bool ends_field(char c) { return c == ',' || c == '\n' || c == '\r'; }

  Result<std::optional<std::string>> field() {
    if (!at_end() && text_[position_] == '"') return quoted();
    const std::size_t begin = position_;
    while (!at_end() && !ends_field(text_[position_])) {
      if (text_[position_] == '"') return fault(line_, "a quote inside a field without quotes");
      ++position_;
    }
    if (position_ == begin) return std::optional<std::string>();
    return std::optional(std::string(text_.substr(begin, position_ - begin)));
  }

  Result<std::optional<std::string>> quoted() {
    const std::size_t first_line = line_;
    std::string value;
    for (++position_; !at_end(); ++position_) {
      const char c = text_[position_];
      if (c == '\n') ++line_;
      if (c != '"') {
        value += c;
        continue;
      }
      if (position_ + 1 < text_.size() && text_[position_ + 1] == '"') {
        value += c;
        ++position_;
        continue;
      }
      ++position_;
      if (at_end() || ends_field(text_[position_])) return std::optional(std::move(value));
      return fault(line_, "text after a closing quote");
    }
    return fault(first_line, "a quote that nothing closes");
  }

  std::string_view text_;
  std::size_t position_ = 0;
  std::size_t line_ = 1;
};

}  // namespace

Result<CsvTable> parse_csv(std::string_view text) {
  CsvReader reader(text);
  CsvTable table;
  if (reader.at_end()) return fault(1, "the file is empty", "Its first line names the columns.");
  ASSAY_TRY(const auto header, reader.record());
  for (const auto& name : header) {
    if (!name) return fault(1, "a column has no name");
    table.columns.push_back(*name);
  }
  while (!reader.at_end()) {
    const std::size_t line = reader.line();
    ASSAY_TRY(auto row, reader.record());
    // An empty last line is no row; with one column it would be a row of NULL, so only the last may
    // go.
    if (row.size() == 1 && !row[0] && (table.columns.size() > 1 || reader.at_end())) continue;
    if (row.size() != table.columns.size()) {
      return fault(
          line, fmt::format("{} fields, but the header has {}", row.size(), table.columns.size()));
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

Result<std::vector<Micros>> check_labels(const CsvTable& table, const LabelColumns& columns) {
  std::vector<std::string> needed = columns.key;
  needed.push_back("as_of");
  for (const std::string& name : needed) {
    const auto count = std::count(table.columns.begin(), table.columns.end(), name);
    if (count == 1) continue;
    return fault(
        1, fmt::format("column '{}' is {}", name, count == 0 ? "missing" : "there twice"),
        fmt::format("A label file has the columns {} and any others.", fmt::join(needed, ", ")));
  }
  for (const std::string& name : columns.features) {
    if (std::find(table.columns.begin(), table.columns.end(), name) == table.columns.end())
      continue;
    return fault(1, fmt::format("column '{}' has the name of a feature", name),
                 "Rename the column; the feature's own column gets this name.");
  }
  const auto as_of = static_cast<std::size_t>(
      std::find(table.columns.begin(), table.columns.end(), "as_of") - table.columns.begin());
  std::vector<Micros> instants;
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    const std::optional<std::string>& text = table.rows[i][as_of];
    const std::optional<Micros> instant = text ? parse_instant(*text) : std::nullopt;
    if (!instant) {
      return make_error(
          Code::source_format,
          fmt::format("row {}: as_of '{}' is not an instant", i + 1, text.value_or("")),
          "Write it as 2011-12-09T12:50:00Z.");
    }
    instants.push_back(*instant);
  }
  return instants;
}

}  // namespace assay::feature
