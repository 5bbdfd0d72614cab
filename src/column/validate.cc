// Checks of a batch that another library or process made.

#include <fmt/format.h>

#include <bit>
#include <cstring>

#include "column/batch.h"

namespace assay::column {
namespace {

constexpr std::int64_t kRowsMax = std::int64_t{1}
                                  << 40;  // keeps the arithmetic on offsets far from overflow

Status fault(std::string what) {
  return make_error(Code::internal, "malformed batch: " + std::move(what),
                    "The program that made this batch has a bug; report it to its owner.");
}

bool is_text(Type type) { return type == Type::string || type == Type::binary; }

/// Length of the valid UTF-8 sequence at the front of `text`; 0 where there is none (RFC 3629,
/// table of section 4: no overlong forms, no surrogates, nothing above U+10FFFF).
std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t i) {
    return i < text.size() ? static_cast<std::uint8_t>(text[i]) : 0U;
  };
  const auto tail = [&](std::size_t i) { return byte(i) >= 0x80 && byte(i) <= 0xbf; };
  const unsigned lead = byte(0);
  if (lead < 0x80) return 1;
  if (lead >= 0xc2 && lead <= 0xdf) return tail(1) ? 2 : 0;
  if (lead >= 0xe0 && lead <= 0xef) {
    if (lead == 0xe0 && byte(1) < 0xa0) return 0;
    if (lead == 0xed && byte(1) > 0x9f) return 0;
    return tail(1) && tail(2) ? 3 : 0;
  }
  if (lead >= 0xf0 && lead <= 0xf4) {
    if (lead == 0xf0 && byte(1) < 0x90) return 0;
    if (lead == 0xf4 && byte(1) > 0x8f) return 0;
    return tail(1) && tail(2) && tail(3) ? 4 : 0;
  }
  return 0;
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

Status check_shape(const Batch& batch, const TableSchema& schema) {
  const std::string_view format = batch.schema().format == nullptr ? "" : batch.schema().format;
  if (format != "+s") return fault(fmt::format("format \"{}\" where \"+s\" was expected", format));
  const auto expected = static_cast<std::int64_t>(schema.fields.size());
  if (batch.schema().n_children != expected || batch.array().n_children != expected) {
    return fault(fmt::format("{} columns where table \"{}\" has {}", batch.array().n_children,
                             schema.name, expected));
  }
  const ArrowArray& rows = batch.array();
  if (rows.length < 0 || rows.length > kRowsMax || rows.offset < 0 || rows.offset > kRowsMax) {
    return fault(fmt::format("length {} with offset {}", rows.length, rows.offset));
  }
  if (rows.null_count != 0 && rows.n_buffers > 0 && rows.buffers[0] != nullptr)
    return fault("rows that are null");
  return {};
}

Status check_buffers(const Field& field, const ArrowSchema& type, const ArrowArray& values,
                     std::int64_t rows_end) {
  const std::string expected = arrow_format(field.type);
  const std::string_view format = type.format == nullptr ? "" : type.format;
  if (format != expected) {
    return fault(fmt::format("column \"{}\" has format \"{}\" where \"{}\" was expected",
                             field.name, format, expected));
  }
  if (type.dictionary != nullptr || values.dictionary != nullptr) {
    return fault(fmt::format("column \"{}\" is dictionary-encoded", field.name));
  }
  if (values.offset < 0 || values.offset > kRowsMax || values.length < rows_end ||
      values.length > kRowsMax) {
    return fault(fmt::format("column \"{}\" has length {} with offset {}", field.name,
                             values.length, values.offset));
  }
  const std::int64_t buffers = is_text(field.type.type) ? 3 : 2;
  if (values.n_buffers != buffers || values.buffers == nullptr) {
    return fault(fmt::format("column \"{}\" has {} buffers where {} were expected", field.name,
                             values.n_buffers, buffers));
  }
  if (values.length > 0 && values.buffers[1] == nullptr) {
    return fault(fmt::format("column \"{}\" has no values", field.name));
  }
  if (values.null_count > 0 && values.buffers[0] == nullptr) {
    return fault(
        fmt::format("column \"{}\" counts {} nulls but marks none", field.name, values.null_count));
  }
  return {};
}

/// Checks offsets, text and required values of the rows. REQUIRES: check_buffers holds.
Status check_values(const Batch& batch, const Field& field, int column) {
  const ColumnView view(batch, column);
  const ArrowArray& values = *batch.array().children[column];
  const auto* offsets = static_cast<const char*>(values.buffers[1]);
  const std::int64_t first = batch.array().offset + values.offset;
  for (std::int64_t row = 0; row < batch.rows(); ++row) {
    if (is_text(field.type.type)) {
      std::int32_t ends[2];
      std::memcpy(ends, offsets + (first + row) * std::int64_t{sizeof(std::int32_t)}, sizeof(ends));
      if (ends[0] < 0 || ends[1] < ends[0] || (ends[1] > ends[0] && values.buffers[2] == nullptr)) {
        return fault(fmt::format("column \"{}\", row {}: offsets {} and {}", field.name, row,
                                 ends[0], ends[1]));
      }
    }
    if (view.is_null(row)) {
      if (field.required)
        return fault(fmt::format("required column \"{}\" is null in row {}", field.name, row));
      continue;
    }
    if (field.type.type == Type::string && !is_utf8(view.bytes(row))) {
      return fault(fmt::format("column \"{}\", row {}: text that is not UTF-8", field.name, row));
    }
  }
  return {};
}

}  // namespace

Status validate(const Batch& batch, const TableSchema& schema) {
  if (batch.array().release == nullptr) return fault("it was released, or never made");
  ASSAY_TRY_VOID(check_shape(batch, schema));
  const std::int64_t rows_end = batch.array().offset + batch.rows();
  for (std::size_t i = 0; i < schema.fields.size(); ++i) {
    const Field& field = schema.fields[i];
    ASSAY_TRY_VOID(
        check_buffers(field, *batch.schema().children[i], *batch.array().children[i], rows_end));
    if (batch.rows() > 0) ASSAY_TRY_VOID(check_values(batch, field, static_cast<int>(i)));
  }
  return {};
}

}  // namespace assay::column
