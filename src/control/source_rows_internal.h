#pragma once
// What sources have given so far, and the files that the lake is made of.

#include <soci/soci.h>

#include <optional>
#include <string>
#include <vector>

#include "control/control.h"

namespace assay::control {

/// Moves next_offset from the range's begin to its end; offset_moved where it is not at the begin.
Status move_offset(soci::session& sql, const OffsetMove& move, const std::string& manifest);
std::optional<std::int64_t> read_offset(soci::session& sql, const SourceOffset& source);
std::vector<SourceOffset> read_offsets_ending(soci::session& sql, const std::string& source_end);

void put_source_file(soci::session& sql, const SourceFile& file, const std::string& manifest);
std::vector<SourceFile> read_source_files(soci::session& sql, const std::string& tenant_id);

/// file_exists where the path is known: files are written once.
Status insert_file(soci::session& sql, const FileEntry& file, std::int64_t epoch,
                   const std::string& manifest);
std::vector<FileEntry> read_files(soci::session& sql);

}  // namespace assay::control
