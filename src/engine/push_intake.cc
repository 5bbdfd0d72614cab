#include "engine/push_intake.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <memory>
#include <utility>

#include "engine/decompress.h"
#include "engine/record_splitter.h"

namespace assay::engine {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";

/// Reads bytes that somebody else holds.
class ViewReader final : public io::Reader {
 public:
  explicit ViewReader(std::string_view bytes) : rest_(bytes) {}
  Result<std::size_t> read(char* buffer, std::size_t capacity) override {
    const std::size_t count = std::min(capacity, rest_.size());
    std::memcpy(buffer, rest_.data(), count);
    rest_.remove_prefix(count);
    return count;
  }

 private:
  std::string_view rest_;
};

enum class BodyKind { json, lines };

Result<BodyKind> kind_of(std::string_view content_type) {
  std::string name(content_type.substr(0, content_type.find(';')));
  name.erase(std::min(name.find_last_not_of(kBlanks) + 1, name.size()));
  std::transform(name.begin(), name.end(), name.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  if (name.empty() || name == "application/json") return BodyKind::json;
  for (const char* lines : {"application/x-ndjson", "application/ndjson", "application/jsonl",
                            "application/x-jsonlines"}) {
    if (name == lines) return BodyKind::lines;
  }
  return make_error(Code::content_unsupported,
                    fmt::format("bodies of type \"{}\" are not taken", content_type),
                    "Send application/json (one record, or an array of records) or "
                    "application/x-ndjson (a record a line).");
}

Result<std::string> plain_body(const PushRequest& request, std::size_t size_max) {
  using namespace std::string_view_literals;
  const std::string& encoding = request.content_encoding;
  if (encoding.empty() || encoding == "identity") {
    if (request.body.size() <= size_max) return std::string(request.body);
    return make_error(Code::request_too_large,
                      fmt::format("the body is larger than {} bytes", size_max),
                      "Send the records in several requests.");
  }
  const bool gzip = encoding == "gzip" || encoding == "x-gzip";
  if (!gzip && encoding != "zstd") {
    return make_error(Code::content_unsupported,
                      fmt::format("bodies in encoding \"{}\" are not taken", encoding),
                      "Content-Encoding is gzip, zstd, or left out.");
  }
  if (!request.body.starts_with(gzip ? "\x1f\x8b"sv : "\x28\xb5\x2f\xfd"sv)) {
    return make_error(Code::source_compressed,
                      fmt::format("the body is not in encoding \"{}\" as it says", encoding));
  }
  ASSAY_TRY(const auto reader,
            decompressed(std::make_unique<ViewReader>(request.body), "body of the request"));
  std::string body;
  constexpr std::size_t kChunk = std::size_t{256} << 10;
  for (;;) {
    const std::size_t size = body.size();
    body.resize(size + kChunk);
    ASSAY_TRY(const std::size_t count, reader->read(body.data() + size, kChunk));
    body.resize(size + count);
    if (count == 0) return body;
    if (body.size() > size_max) {
      return make_error(Code::request_too_large,
                        fmt::format("the body is larger than {} bytes, decompressed", size_max),
                        "Send the records in several requests.");
    }
  }
}

Error not_json(std::size_t index, std::string_view why) {
  return make_error(Code::json_syntax, fmt::format("record {} is not valid JSON: {}", index, why),
                    "Nothing of the request was taken. Correct the record, and send it again.");
}

/// What no record can be. A number that is beyond what this parser holds is for the kernel to
/// judge.
Status check_record(simdjson::dom::parser& parser, std::string_view bytes, std::size_t index) {
  const auto fault = parser.parse(bytes.data(), bytes.size(), true).error();
  if (fault == simdjson::SUCCESS || fault == simdjson::NUMBER_ERROR) {
    return {};
  }
  return not_json(index, simdjson::error_message(fault));
}

std::string_view trimmed(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
  text.remove_suffix(text.size() - (text.find_last_not_of(kBlanks) + 1));
  return text;
}

/// The records of a body as places in it.
class BodyRecords {
 public:
  BodyRecords(io::FileSystem& files, std::string_view body, const PushIntake::Limits& limits)
      : files_(files), body_(body), limits_(limits) {}

  Result<std::vector<PushedRecord>> of_kind(BodyKind kind) {
    const std::string_view text = trimmed(body_);
    if (kind == BodyKind::json && !text.starts_with('[')) {
      ASSAY_TRY_VOID(add(text));
      return std::move(records_);
    }
    if (kind == BodyKind::lines && text.starts_with('[')) {
      return make_error(Code::json_not_object, "the first line is an array, not a record",
                        "Send an array of records as application/json.");
    }
    // An array is one text: what stands between its elements has to be right, too.
    if (kind == BodyKind::json) ASSAY_TRY_VOID(check_array(text));
    ASSAY_TRY_VOID(split(text));
    return std::move(records_);
  }

 private:
  Status check_array(std::string_view text) {
    const auto fault = parser_.parse(text.data(), text.size(), true).error();
    if (fault == simdjson::SUCCESS || fault == simdjson::NUMBER_ERROR) {
      return {};
    }
    return make_error(
        Code::json_syntax,
        fmt::format("the array is not valid JSON: {}", simdjson::error_message(fault)),
        "Nothing of the request was taken. Correct it, and send it again.");
  }

  Status split(std::string_view text) {
    RecordSplitter splitter(files_, std::make_unique<ViewReader>(text),
                            {.begin = 0,
                             .record_size_max = std::numeric_limits<std::size_t>::max() / 2,
                             .spill_folder = {},
                             .head_bytes = 0,
                             .csv = {}});
    for (;;) {
      ASSAY_TRY(const auto record, splitter.next());
      if (!record) return {};
      const bool whole = record->terminated || splitter.framing() == Framing::lines;
      if (!whole) return not_json(records_.size(), "it is cut off");
      ASSAY_TRY_VOID(add(text.substr(static_cast<std::size_t>(record->offset),
                                     static_cast<std::size_t>(record->length))));
    }
  }

  Status add(std::string_view bytes) {
    const std::size_t index = records_.size();
    if (bytes.size() > limits_.record_size_max) {
      return make_error(Code::request_too_large,
                        fmt::format("record {} has {} bytes, more than the limit of {}", index,
                                    bytes.size(), limits_.record_size_max));
    }
    if (index == limits_.records_max) {
      return make_error(Code::request_too_large,
                        fmt::format("the request has more than {} records", limits_.records_max),
                        "Send the records in several requests.");
    }
    ASSAY_TRY_VOID(check_record(parser_, bytes, index));
    records_.push_back({.headers = {}, .payload = bytes});
    return {};
  }

  io::FileSystem& files_;
  const std::string_view body_;
  const PushIntake::Limits& limits_;
  simdjson::dom::parser parser_;
  std::vector<PushedRecord> records_;
};

Status check_key(std::string_view key) {
  const bool clean =
      std::all_of(key.begin(), key.end(), [](char c) { return c >= ' ' && c <= '~'; });
  if (clean && key.size() <= kIdempotencyKeySizeMax) return {};
  return make_error(Code::request_invalid,
                    fmt::format("an idempotency key has 1 to {} visible ASCII characters",
                                kIdempotencyKeySizeMax));
}

}  // namespace

Result<PushLog::Receipt> PushIntake::take(const PushRequest& request) {
  if (!log_.takes(request.tenant, request.application)) {
    return make_error(
        Code::tenant_unknown,
        fmt::format("tenant \"{}\" has no application \"{}\"", request.tenant, request.application),
        "The path ends in an application that the workspace maps for the tenant of "
        "the API key.");
  }
  ASSAY_TRY_VOID(check_key(request.idempotency_key));
  ASSAY_TRY(const BodyKind kind, kind_of(request.content_type));
  ASSAY_TRY(const std::string body, plain_body(request, limits_.expanded_size_max));
  ASSAY_TRY(auto records, BodyRecords(files_, body, limits_).of_kind(kind));
  if (records.empty()) {
    return make_error(Code::request_invalid, "the body holds no record",
                      "Send a JSON object, an array of them, or one a line.");
  }
  PushEntry entry{.number = 0,
                  .tenant = request.tenant,
                  .application = request.application,
                  .idempotency_key = request.idempotency_key,
                  .sha256 = {},
                  .first = 0,
                  .received = clock_.now(),
                  .records = std::move(records)};
  if (!request.idempotency_key.empty()) entry.sha256 = sha256(body);
  return log_.append(std::move(entry));
}

}  // namespace assay::engine
