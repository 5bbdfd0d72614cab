#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "schema/compatibility.h"

namespace assay::schema {
namespace {

constexpr std::size_t kDepthMax = 1'000;
constexpr std::size_t kStepsMax = 2'000'000;
constexpr std::size_t kShownMax = 50;

std::string_view short_name(std::string_view full_name) {
  return full_name.substr(full_name.rfind('.') + 1);
}

/// Types may contain themselves, so a pair that is being compared counts as readable within itself.
class Comparison {
 public:
  Comparison(const AvroSchema& reader, const AvroSchema& writer)
      : reader_(reader), writer_(writer) {
    for (std::uint32_t i = 0; i < writer.type_count(); ++i) {
      const AvroType& type = writer.type(AvroTypeId{i});
      if (type.is_named()) written_names_.emplace(type.name, AvroTypeId{i});
    }
  }

  std::vector<Incompatibility> run() && {
    reads(reader_.root(), writer_.root(), "", true);
    return std::move(found_);
  }

 private:
  bool refuse(bool tell, std::string_view kind, const std::string& pointer, std::string message) {
    if (tell && found_.size() < kShownMax) {
      found_.push_back({std::string(kind), pointer, std::move(message)});
    }
    return false;
  }

  bool reads(AvroTypeId reader_id, AvroTypeId writer_id, const std::string& pointer, bool tell) {
    const auto key = std::pair(reader_id, writer_id);
    if (const auto known = known_.find(key); known != known_.end() && (known->second || !tell)) {
      return known->second;
    }
    steps_ += 1;
    if (depth_ >= kDepthMax || steps_ > kStepsMax) {
      return refuse(true, "TOO_COMPLEX", pointer, "the schemas are too deep to be compared");
    }
    known_[key] = true;
    depth_ += 1;
    const bool good = reads_type(reader_.type(reader_id), writer_.type(writer_id), pointer, tell);
    depth_ -= 1;
    known_[key] = good;
    return good;
  }

  bool reads_type(const AvroType& reader, const AvroType& writer, const std::string& pointer,
                  bool tell) {
    if (writer.kind == AvroKind::choice) return reads_choice(reader, writer, pointer, tell);
    if (reader.kind == AvroKind::choice) return branch_reads(reader, writer, pointer, tell);
    if (reader.kind != writer.kind) {
      if (is_promoted(writer.kind, reader.kind)) return true;
      return refuse(tell, "TYPE_MISMATCH", pointer,
                    fmt::format("the reader's type is {}, the writer's {}", to_string(reader.kind),
                                to_string(writer.kind)));
    }
    if (reader.is_named() && !same_name(reader, writer)) {
      return refuse(tell, "NAME_MISMATCH", pointer,
                    fmt::format("the reader's {} is called {}, the writer's {}",
                                to_string(reader.kind), reader.name, writer.name));
    }
    if (reader.logical == AvroLogical::decimal && writer.logical == AvroLogical::decimal &&
        reader.scale != writer.scale) {
      return refuse(tell, "DECIMAL_SCALE_MISMATCH", pointer,
                    fmt::format("the reader's decimal has the scale {}, the writer's {}",
                                reader.scale, writer.scale));
    }
    switch (reader.kind) {
      case AvroKind::record: return reads_record(reader, writer, pointer, tell);
      case AvroKind::enumeration: return reads_symbols(reader, writer, pointer, tell);
      case AvroKind::fixed:
        if (reader.fixed_size == writer.fixed_size) return true;
        return refuse(tell, "FIXED_SIZE_MISMATCH", pointer + "/size",
                      fmt::format("the reader's {} has {} bytes, the writer's {}", reader.name,
                                  reader.fixed_size, writer.fixed_size));
      case AvroKind::array: return reads(reader.item(), writer.item(), pointer + "/items", tell);
      case AvroKind::map: return reads(reader.item(), writer.item(), pointer + "/values", tell);
      default: return true;
    }
  }

  static bool is_promoted(AvroKind from, AvroKind to) {
    switch (to) {
      case AvroKind::int64: return from == AvroKind::int32;
      case AvroKind::float32: return from == AvroKind::int32 || from == AvroKind::int64;
      case AvroKind::float64:
        return from == AvroKind::int32 || from == AvroKind::int64 || from == AvroKind::float32;
      case AvroKind::string: return from == AvroKind::bytes;
      case AvroKind::bytes: return from == AvroKind::string;
      default: return false;
    }
  }

  /// Namespaces may differ; an alias of the reader's is its full name.
  static bool same_name(const AvroType& reader, const AvroType& writer) {
    return short_name(reader.name) == short_name(writer.name) ||
           std::count(reader.aliases.begin(), reader.aliases.end(), writer.name) != 0;
  }

  /// Whatever branch was written, the reader must take it.
  bool reads_choice(const AvroType& reader, const AvroType& writer, const std::string& pointer,
                    bool tell) {
    bool good = true;
    for (const AvroTypeId branch : writer.types) {
      const AvroType& written = writer_.type(branch);
      const bool taken = reader.kind == AvroKind::choice
                             ? branch_reads(reader, written, pointer, tell)
                             : reads_type(reader, written, pointer, tell);
      good = taken && good;
    }
    return good;
  }

  bool branch_reads(const AvroType& reader, const AvroType& writer, const std::string& pointer,
                    bool tell) {
    std::optional<std::size_t> likely;
    for (std::size_t i = 0; i < reader.types.size(); ++i) {
      const AvroType& branch = reader_.type(reader.types[i]);
      if (branch.is_named() && branch.kind == writer.kind && same_name(branch, writer)) likely = i;
      if (steps_ > kStepsMax || depth_ >= kDepthMax) break;
      depth_ += 1;
      steps_ += 1;
      const bool taken = reads_branch(reader.types[i], writer, pointer);
      depth_ -= 1;
      if (taken) return true;
    }
    // The branch of that name is the one that was meant: say what is wrong within it.
    if (likely && tell) {
      const auto before = found_.size();
      reads_type(reader_.type(reader.types[*likely]), writer,
                 fmt::format("{}/{}", pointer, *likely), true);
      if (found_.size() > before) return false;
    }
    return refuse(
        tell, "MISSING_UNION_BRANCH", pointer,
        fmt::format("no branch of the reader's union reads the writer's {}",
                    writer.is_named() ? writer.name : std::string(to_string(writer.kind))));
  }

  /// A record within a union is compared by its identity, so that one that contains itself ends.
  bool reads_branch(AvroTypeId branch, const AvroType& writer, const std::string& pointer) {
    if (!writer.is_named()) return reads_type(reader_.type(branch), writer, pointer, false);
    return reads(branch, written_names_.at(writer.name), pointer, false);
  }

  bool reads_record(const AvroType& reader, const AvroType& writer, const std::string& pointer,
                    bool tell) {
    std::map<std::string_view, AvroTypeId> written;
    for (const AvroField& field : writer.fields) written.emplace(field.name, field.type);
    bool good = true;
    for (std::size_t i = 0; i < reader.fields.size(); ++i) {
      const AvroField& field = reader.fields[i];
      const std::string place = fmt::format("{}/fields/{}", pointer, i);
      auto found = written.find(field.name);
      for (const std::string& alias : field.aliases) {
        if (found == written.end()) found = written.find(alias);
      }
      if (found != written.end()) {
        good = reads(field.type, found->second, place + "/type", tell) && good;
      } else if (!field.default_json) {
        good = refuse(tell, "READER_FIELD_MISSING_DEFAULT_VALUE", place,
                      fmt::format("the writer has no field \"{}\", and the reader's has no default",
                                  field.name));
      }
      if (!good && !tell) return false;
    }
    return good;
  }

  bool reads_symbols(const AvroType& reader, const AvroType& writer, const std::string& pointer,
                     bool tell) {
    if (reader.symbol_default) return true;
    const std::set<std::string_view> known(reader.symbols.begin(), reader.symbols.end());
    std::string missing;
    for (const std::string& symbol : writer.symbols) {
      if (!known.contains(symbol)) missing += (missing.empty() ? "" : ", ") + symbol;
    }
    if (missing.empty()) return true;
    return refuse(tell, "MISSING_ENUM_SYMBOLS", pointer + "/symbols",
                  fmt::format("the reader's {} lacks the writer's symbols {}, and has no default",
                              reader.name, missing));
  }

  const AvroSchema& reader_;
  const AvroSchema& writer_;
  std::map<std::string_view, AvroTypeId> written_names_;
  std::map<std::pair<AvroTypeId, AvroTypeId>, bool> known_;
  std::vector<Incompatibility> found_;
  std::size_t depth_ = 0;
  std::size_t steps_ = 0;
};

}  // namespace

std::vector<Incompatibility> avro_incompatibilities(const AvroSchema& reader,
                                                    const AvroSchema& writer) {
  return Comparison(reader, writer).run();
}

}  // namespace assay::schema
