#include "engine/ingest.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "decode/rendition.h"
#include "engine/bronze_epoch.h"
#include "engine/bronze_reader.h"
#include "engine/csv_splitter.h"
#include "engine/decompress.h"
#include "engine/input.h"
#include "engine/record_stream.h"
#include "engine/recovery.h"
#include "engine/route.h"
#include "engine/source.h"

namespace assay::engine {
namespace {

constexpr std::size_t kHeadBytes = std::size_t{64} << 10;  ///< what shows the format of a file

bool is_whole_json(std::string_view bytes) {
  simdjson::dom::parser parser;
  return parser.parse(simdjson::padded_string(bytes)).error() == simdjson::SUCCESS;
}

/// What has to wait until the input grows.
bool is_incomplete(const SplitRecord& record) {
  if (record.terminated || record.oversized) return false;
  return record.torn || !is_whole_json(record.bytes);
}

/// What the source of that name says of its inputs.
std::optional<DeclaredCsv> declared_csv(const Session& session, const std::string& name) {
  for (const model::Source& source : session.workspace().sources) {
    if (source.name != name || source.format != "csv") continue;
    DeclaredCsv csv;
    if (!source.delimiter.empty()) csv.delimiter = source.delimiter.front();
    return csv;
  }
  return std::nullopt;
}

/// In words; a whole last row of CSV cannot be told from the half of one.
std::string waiting_note(const SplitRecord& record, const RecordStream::Options& options) {
  const bool is_row = record.headers.find(decode::header::kCsvHeader) != std::string_view::npos;
  return fmt::format(
      "the last {} bytes are an incomplete record; they wait until the file grows{}", record.length,
      is_row && options.may_grow ? " (--finished takes a last row without its line break)" : "");
}

/// Of a file whose first record is a line of text with delimiters, though its source says nothing.
std::string lines_note(const SplitRecord& first) {
  const bool is_text = first.headers.empty() && !first.oversized && may_be_csv(first.bytes);
  if (!is_text || first.bytes.find_first_of(",;\t|") == std::string_view::npos) return {};
  return "taken as lines of JSON, which the first one is not; if this is CSV, its source must say "
         "format: csv, or its name end so";
}

void add_note(InputReport& report, const std::string& note) {
  report.note += (report.note.empty() || note.empty() ? "" : "; ") + note;
}

RecordStream::Options stream_options(const Session& session, const InputRange& range) {
  return {.begin = range.begin,
          .record_size_max = session.workspace().limits.record_size_max,
          .spill_folder = session.paths().tmp + "/spill",
          .head_bytes = kQuarantineInlineBytes,
          .csv = declared_csv(session, range.destination.source),
          .is_named_csv = is_csv_name(range.path)};
}

/// The loop over the inputs:
///   for each path: choose_destination -> identify -> take (cut records, commit every full epoch)
///   at the end: commit what is left
class Ingestion {
 public:
  Ingestion(Session& session, const IngestOptions& options)
      : session_(session), options_(options) {}

  Result<IngestReport> run() {
    for (const std::string& path : options_.paths) {
      InputReport report;
      report.path = path;
      if (auto status = take_path(path, report); !status) {
        if (!is_the_inputs_fault(status.error())) return unexpected(std::move(status).error());
        report.outcome = "failed";
        report.error = std::move(status).error();
        if (report.error->message.find(path) == std::string::npos)
          report.error->context.push_back(fmt::format("in input {}", path));
      }
      report_.inputs.push_back(std::move(report));
    }
    ASSAY_TRY_VOID(commit());
    return std::move(report_);
  }

 private:
  static bool is_the_inputs_fault(const Error& error) {
    return error.code == Code::source_unreadable || error.code == Code::source_compressed ||
           error.code == Code::source_overwritten || error.code == Code::source_format ||
           error.code == Code::source_reformatted || error.code == Code::tenant_unknown;
  }

  /// A tenant or an application that nobody maps would wait in bronze for good.
  Status check_destination() const {
    const auto tenants = session_.workspace().tenants();
    if (std::find(tenants.begin(), tenants.end(), *options_.tenant) == tenants.end()) {
      return make_error(Code::tenant_unknown,
                        fmt::format("tenant \"{}\" is not in the workspace", *options_.tenant),
                        fmt::format("Known tenants: {}.", fmt::join(tenants, ", ")));
    }
    std::set<std::string> applications;
    for (const auto& version : session_.workspace().versions) {
      if (version.tenant == *options_.tenant) applications.insert(version.application);
    }
    if (applications.contains(*options_.application)) return {};
    return make_error(Code::tenant_unknown,
                      fmt::format("tenant \"{}\" has no application \"{}\"", *options_.tenant,
                                  *options_.application),
                      fmt::format("Known applications: {}.", fmt::join(applications, ", ")));
  }

  Result<Destination> choose_destination(const std::string& path) const {
    if (options_.tenant) {
      ASSAY_TRY_VOID(check_destination());
      return Destination{.source = "direct",
                         .tenant = *options_.tenant,
                         .application = options_.application.value()};
    }
    if (auto routed = route_file(session_.workspace(), path)) {
      return Destination{std::move(routed->source), std::move(routed->tenant),
                         std::move(routed->application)};
    }
    return Destination{.source = kUnroutedTenant.text(),
                       .tenant = kUnroutedTenant.text(),
                       .application = kUnroutedTenant.text()};
  }

  Result<std::vector<control::SourceFile>*> known_files(const std::string& tenant) {
    const auto found = known_.find(tenant);
    if (found != known_.end()) return &found->second;
    ASSAY_TRY(auto files, session_.control().source_files(tenant));
    return &known_.emplace(tenant, std::move(files)).first->second;
  }

  Status take_path(const std::string& path, InputReport& report) {
    ASSAY_TRY(const Destination destination, choose_destination(path));
    report.tenant = destination.tenant;
    report.application = destination.application;
    if (destination.tenant == kUnroutedTenant.text()) {
      report.note =
          "no route takes this path; its records wait in quarantine (see sources/ or use --tenant "
          "and --application)";
    }
    ASSAY_TRY(auto* const known, known_files(destination.tenant));
    session_.progress(fmt::format("reading {}", path));
    ASSAY_TRY(const Input input, identify(session_.files(), path, destination, *known));
    report.source_id = input.source_id;
    if (input.news != Input::News::fresh) ASSAY_TRY_VOID(check_format(input));
    if (input.news == Input::News::unchanged) {
      report.outcome = "unchanged";
      report.note = input.first_path == path
                        ? "already ingested, nothing new"
                        : fmt::format("already ingested as {}", input.first_path);
      return {};
    }
    report.outcome = input.size == 0                    ? "empty"
                     : input.news == Input::News::grown ? "continued"
                                                        : "ingested";
    if (input.size == 0) return {};
    return take(input, *known, report);
  }

  /// A file that its source calls CSV may have been taken when it did not: its first line is a
  /// record then, as each row is. Taken as CSV in part, it would be twice there when it is taken
  /// whole.
  Status check_format(const Input& input) {
    const bool is_csv = declared_csv(session_, input.destination.source) || is_csv_name(input.path);
    if (!is_csv || input.size == 0) return {};
    ASSAY_TRY(const auto reader, open_decompressed(session_.files(), input.path));
    std::string head(kHeadBytes, '\0');
    ASSAY_TRY(const std::size_t count, reader->read(head.data(), head.size()));
    head.resize(count);
    if (!may_be_csv(head) || detect_csv(head, false)) return {};
    const std::int64_t first = head.starts_with("\xef\xbb\xbf") ? 3 : 0;
    const Hash128 header = record_id_of(input.destination, input.source_id, 0, 0, first);
    ASSAY_TRY(const auto manifests,
              session_.control().manifests({.tenant_id = input.destination.tenant,
                                            .layer = "bronze",
                                            .application = input.destination.application,
                                            .status = control::ManifestStatus::complete,
                                            .limit = {}}));
    for (const control::Manifest& manifest : manifests) {
      if (manifest.ranges.find(input.source_id) == std::string::npos) continue;
      ASSAY_TRY(const bool was_lines, has_record(session_, manifest, header));
      if (was_lines) return reformatted(input);
    }
    return {};
  }

  static Error reformatted(const Input& input) {
    return make_error(
        Code::source_reformatted,
        fmt::format("input \"{}\" was ingested as lines of JSON, and is CSV by its source or name "
                    "now",
                    input.path),
        "Its lines wait in quarantine. To take it as CSV, add a source of another name before the "
        "one that takes it now, with format: csv and a route for this file; apply, and ingest it "
        "again. Then give the lines up with assay quarantine discard.");
  }

  Status take(const Input& input, std::vector<control::SourceFile>& known, InputReport& report) {
    ASSAY_TRY(auto reader, open_decompressed(session_.files(), input.path));
    InputRange range{.destination = input.destination,
                     .path = input.path,
                     .source_id = input.source_id,
                     .begin = input.begin,
                     .end = input.begin,
                     .prefix_sha256 = {}};
    auto stream_of = stream_options(session_, range);
    stream_of.may_grow =
        !options_.finished && !input.path.starts_with(session_.paths().spool + "/");
    ASSAY_TRY(const auto stream, open_records(session_.files(), std::move(reader), stream_of));
    for (;;) {
      ASSAY_TRY(const auto record, stream->next());
      if (!record) break;
      if (is_incomplete(*record)) {
        add_note(report, waiting_note(*record, stream_of));
        range.end = record->begin;
        range.prefix_sha256 = to_hex(stream->prefix_sha256_before_unterminated());
        return close_range(std::move(range), known);
      }
      if (report.records == 0 && input.begin == 0) add_note(report, lines_note(*record));
      ASSAY_TRY_VOID(open_epoch());
      ASSAY_TRY_VOID(epoch_->add(input.destination, {.source_id = input.source_id}, *record));
      ++report.records;
      report.bytes += record->length;
      if (!epoch_->is_full() || !stream->is_between_blocks()) continue;
      range.end = stream->position();
      range.prefix_sha256 = to_hex(stream->prefix_sha256());
      ASSAY_TRY_VOID(close_range(range, known));
      ASSAY_TRY_VOID(commit());
      range.begin = range.end;
    }
    range.end = stream->position();
    if (range.end < input.size) {
      return make_error(Code::source_unreadable,
                        fmt::format("input \"{}\" had {} bytes when it was looked at, and {} when "
                                    "it was read",
                                    input.path, input.size, range.end),
                        "Leave inputs alone while they are ingested; then run the command again.");
    }
    range.prefix_sha256 = to_hex(stream->prefix_sha256());
    return close_range(std::move(range), known);
  }

  Status open_epoch() {
    if (epoch_) return {};
    ASSAY_TRY(auto epoch, BronzeEpoch::begin(session_));
    epoch_.emplace(std::move(epoch));
    return {};
  }

  Status close_range(InputRange range, std::vector<control::SourceFile>& known) {
    if (range.end == range.begin) return {};
    ASSAY_TRY_VOID(open_epoch());
    known.push_back({.source = range.destination.source,
                     .source_id = range.source_id,
                     .tenant_id = range.destination.tenant,
                     .application = range.destination.application,
                     .path = range.path,
                     .length = range.end,
                     .prefix_sha256 = range.prefix_sha256,
                     .stored_size = 0,
                     .modified = 0});
    epoch_->add_range(std::move(range));
    return {};
  }

  Status commit() {
    if (!epoch_ || epoch_->empty()) return {};
    ASSAY_TRY(const BronzeTotals totals, epoch_->commit({}));
    io::StepScope acknowledge(session_.milestones(), io::Step::acknowledge);
    report_.records += totals.records;
    report_.bytes += totals.bytes;
    report_.quarantined += totals.quarantined;
    report_.epochs += totals.epochs;
    epoch_.reset();
    acknowledge.done();
    return {};
  }

  Session& session_;
  const IngestOptions& options_;
  std::optional<BronzeEpoch> epoch_;
  std::map<std::string, std::vector<control::SourceFile>> known_;
  IngestReport report_;
};

Status repeat_range(Session& session, BronzeEpoch& epoch, const InputRange& range) {
  ASSAY_TRY(auto reader, open_decompressed(session.files(), range.path));
  ASSAY_TRY(const auto stream,
            open_records(session.files(), std::move(reader), stream_options(session, range)));
  while (stream->position() < range.end) {
    ASSAY_TRY(const auto record, stream->next());
    // Blanks may follow the last record of the range.
    if (!record || record->begin >= range.end) break;
    ASSAY_TRY_VOID(epoch.add(range.destination, {.source_id = range.source_id}, *record));
  }
  epoch.add_range(range);
  return {};
}

/// Checks that an input still starts with the bytes that the interrupted epoch read.
Status check_range(Session& session, const InputRange& range) {
  control::SourceFile taken{.source = range.destination.source,
                            .source_id = range.source_id,
                            .tenant_id = range.destination.tenant,
                            .application = range.destination.application,
                            .path = range.path,
                            .length = range.end,
                            .prefix_sha256 = range.prefix_sha256,
                            .stored_size = 0,
                            .modified = 0};
  ASSAY_TRY(const Input input,
            identify(session.files(), range.path, range.destination, std::vector{taken}));
  static_cast<void>(input);
  return {};
}

}  // namespace

Result<IngestReport> ingest(Session& session, const IngestOptions& options) {
  ASSAY_TRY(Recovery recovery, recover(session));
  ASSAY_TRY(IngestReport report, Ingestion(session, options).run());
  report.recovery = std::move(recovery);
  return report;
}

Status repeat_ingest(Session& session, const control::Intent& intent) {
  ASSAY_TRY(const auto body, BronzeEpoch::parse_intent(intent.body));
  BronzeEpoch epoch(session, intent.epoch, body.ingest_time);
  ASSAY_TRY_VOID(repeat_ranges(session, epoch, body.ranges));
  for (const InputRange& range : body.ranges) {
    if (range.kind != InputRange::kFile) continue;
    ASSAY_TRY_VOID(check_range(session, range));
    ASSAY_TRY_VOID(repeat_range(session, epoch, range));
  }
  ASSAY_TRY(const auto totals, epoch.commit({.intent_stands = true}));
  static_cast<void>(totals);
  return {};
}

}  // namespace assay::engine
