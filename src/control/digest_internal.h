#pragma once
// Digests of control rows: what `assay verify` compares the rows with.

#include <soci/soci.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace assay::control {

/// The values of a row in the order of the table's columns; nothing = NULL. Numbers are decimal
/// text.
using RowValues = std::vector<std::optional<std::string>>;

/// SHA-256 (hex) of the values, each as "<byte length>:<text>," or "-," for NULL, one after the
/// other.
std::string digest_of(const RowValues& values);

/// Sets the digest of one row. `key` = the values of the table's key, joined by newlines.
void put_digest(soci::session& sql, std::string_view table, const std::string& key,
                const RowValues& values, const std::string& manifest);
/// The row is gone.
void drop_digest(soci::session& sql, std::string_view table, const std::string& key);

}  // namespace assay::control
