#pragma once
// Files of samples, read record by record into an assessment.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cli/command.h"
#include "io/file_system.h"
#include "registry/assessment.h"

namespace assay::cli {

/// What the reading met besides records.
struct SampleReport {
  std::int64_t files = 0;
  std::int64_t empty_files = 0;
  std::int64_t oversized = 0;
  std::int64_t records = 0;
  bool stopped = false;         ///< at the limit of records
  std::int64_t refused = 0;     ///< of other formats than JSON: what is no whole record of it
  std::string refused_example;  ///< the beginning of the first one
  std::string refused_why;      ///< of the first one
  std::vector<Error> unreadable;
};

struct SampleLimits {
  std::int64_t records_max = 0;  ///< of each file; 0: all
};

/// What a record is a rendition of, by its headers and first bytes.
registry::Notation notation_of(std::string_view bytes, std::string_view headers);

/// Arguments as files: folders and globs expanded; "-" is stdin.
Result<std::vector<std::string>> sample_files(const std::vector<std::string>& arguments);

/// Code::source_empty, with what was met instead of records.
Error no_records(const SampleReport& report, const registry::Assessment& assessment);

/// Reads all of them; a file that cannot be read is noted, and the others are read.
SampleReport read_samples(io::FileSystem& files, const std::vector<std::string>& paths,
                          const SampleLimits& limits, registry::Assessor& assessor,
                          Progress& progress);

}  // namespace assay::cli
