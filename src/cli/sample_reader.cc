#include "cli/sample_reader.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/limits.h"
#include "cli/text.h"
#include "decode/rendition.h"
#include "engine/csv_splitter.h"
#include "engine/decompress.h"
#include "engine/record_stream.h"
#include "io/expand.h"
#include "io/process.h"

namespace assay::cli {
namespace {

constexpr std::size_t kExampleBytes = 80;

/// Gives an assessment the rendition of each record; one that has none is counted.
class SampleFile {
 public:
  SampleFile(io::FileSystem& files, registry::Assessor& assessor)
      : files_(files), assessor_(assessor), renderer_(limits_) {}

  Status read(const std::string& path, const SampleLimits& limits, SampleReport& report,
              Progress& progress) {
    ASSAY_TRY(auto reader, engine::open_decompressed(files_, path));
    const std::string spill =
        fmt::format("{}/assay-samples-{:016x}", io::environment_variable("TMPDIR").value_or("/tmp"),
                    io::random_number());
    ASSAY_TRY(const auto stream, engine::open_records(files_, std::move(reader),
                                                      {.begin = 0,
                                                       .record_size_max = limits_.record_size_max,
                                                       .spill_folder = spill,
                                                       .head_bytes = 0,
                                                       .csv = {},
                                                       .is_named_csv = engine::is_csv_name(path)}));
    std::int64_t records = 0;
    bool is_torn = false;
    for (;;) {
      if (limits.records_max > 0 && records == limits.records_max) {
        report.stopped = true;
        break;
      }
      ASSAY_TRY(const auto record, stream->next());
      if (!record) break;
      if (record->torn) {
        is_torn = true;
        break;
      }
      ++records;
      if (record->oversized) {
        ++report.oversized;
        ASSAY_TRY_VOID(files_.remove_tree(spill));
      } else {
        add(record->bytes, record->headers, report);
      }
      if (records % 1000 == 0)
        progress.update(fmt::format("{}: {} records", path, group_digits(records)));
    }
    if (records == 0) ++report.empty_files;
    report.records += records;
    ++report.files;
    if (!is_torn) return {};
    return make_error(Code::source_format, fmt::format("file \"{}\" ends inside a record", path),
                      fmt::format("The {} records before it were read.", group_digits(records)));
  }

 private:
  void add(std::string_view bytes, std::string_view headers, SampleReport& report) {
    if (headers.empty() && decode::is_plain_json(bytes)) return assessor_.add(bytes);
    rendition_.clear();
    const Status rendered = renderer_.append(rendition_, bytes, headers);
    if (rendered) return assessor_.add(rendition_, notation_of(bytes, headers));
    if (++report.refused > 1) return;
    report.refused_example = bytes.substr(0, kExampleBytes);
    report.refused_why = rendered.error().message;
  }

  const PayloadLimits limits_;
  io::FileSystem& files_;
  registry::Assessor& assessor_;
  decode::Renderer renderer_;
  std::string rendition_;
};

}  // namespace

registry::Notation notation_of(std::string_view bytes, std::string_view headers) {
  if (headers.find(decode::header::kCsvHeader) != std::string_view::npos)
    return registry::Notation::csv;
  const std::size_t first = bytes.find_first_not_of(" \t\r\n\xef\xbb\xbf");
  const bool is_wide = bytes.substr(0, 4).find('\0') != std::string_view::npos;
  const bool is_xml = is_wide || (first != std::string_view::npos && bytes[first] == '<');
  return headers.empty() && is_xml ? registry::Notation::xml : registry::Notation::json;
}

Result<std::vector<std::string>> sample_files(const std::vector<std::string>& arguments) {
  std::vector<std::string> named;
  std::vector<std::string> files;
  for (const std::string& argument : arguments) {
    if (argument == "-")
      files.emplace_back("/dev/stdin");
    else
      named.push_back(argument);
  }
  ASSAY_TRY(const auto expanded, io::expand_paths(named));
  files.insert(files.end(), expanded.begin(), expanded.end());
  return files;
}

Error no_records(const SampleReport& report, const registry::Assessment& assessment) {
  std::string detail = fmt::format(
      "{} file{} read: {} empty, {} records that are no JSON, {} that are no objects, {} that do "
      "not fit their format, {} over the limit of 16 MiB.",
      report.files, report.files == 1 ? "" : "s", report.empty_files, assessment.not_json,
      assessment.not_objects, report.refused, report.oversized);
  const std::string& example =
      report.refused > 0 ? report.refused_example : assessment.not_json_example;
  if (!example.empty()) {
    detail += fmt::format(
        " The first one begins with {}",
        nlohmann::json(example).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  }
  return make_error(Code::source_empty, "the samples hold no record",
                    "Give NDJSON, JSON, XML, CSV or Avro files whose records are objects.", detail);
}

SampleReport read_samples(io::FileSystem& files, const std::vector<std::string>& paths,
                          const SampleLimits& limits, registry::Assessor& assessor,
                          Progress& progress) {
  SampleReport report;
  SampleFile reader(files, assessor);
  for (const std::string& path : paths) {
    Status read = reader.read(path, limits, report, progress);
    if (!read) report.unreadable.push_back(read.error());
  }
  progress.done();
  return report;
}

}  // namespace assay::cli
