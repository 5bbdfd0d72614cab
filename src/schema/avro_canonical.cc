// The Parsing Canonical Form and its fingerprints (Avro specification, "Transforming into Parsing
// Canonical Form").

#include <fmt/format.h>
#include <openssl/evp.h>

#include <array>
#include <set>

#include "base/assert.h"
#include "schema/avro_schema.h"

namespace assay::schema {
namespace {

constexpr std::uint64_t kEmptyFingerprint = 0xc15d213aa4d7a795ULL;

constexpr std::array<std::uint64_t, 256> make_table() {
  std::array<std::uint64_t, 256> table{};
  for (std::uint64_t i = 0; i < table.size(); ++i) {
    std::uint64_t value = i;
    for (int bit = 0; bit < 8; ++bit) {
      value = (value >> 1) ^ (kEmptyFingerprint & (0 - (value & 1)));
    }
    table[i] = value;
  }
  return table;
}
constexpr std::array<std::uint64_t, 256> kTable = make_table();

/// Names, namespaces and symbols are ASCII letters, digits, "_" and ".", so nothing needs an
/// escape.
class CanonicalWriter {
 public:
  explicit CanonicalWriter(const AvroSchema& schema) : schema_(schema) {}

  std::string write() && {
    put(schema_.root());
    return std::move(out_);
  }

 private:
  void put(AvroTypeId id) {
    const AvroType& type = schema_.type(id);
    if (type.is_named() && !written_.insert(id).second) {
      quote(type.name);
      return;
    }
    switch (type.kind) {
      case AvroKind::record: return put_record(type);
      case AvroKind::enumeration: return put_enumeration(type);
      case AvroKind::fixed:
        put_name(type, "fixed");
        out_ += fmt::format(",\"size\":{}}}", type.fixed_size);
        return;
      case AvroKind::array:
      case AvroKind::map:
        out_ += type.kind == AvroKind::array ? R"({"type":"array","items":)"
                                             : R"({"type":"map","values":)";
        put(type.item());
        out_ += '}';
        return;
      case AvroKind::choice: return put_choice(type);
      default: return quote(to_string(type.kind));
    }
  }

  void put_record(const AvroType& type) {
    put_name(type, type.is_error ? "error" : "record");
    out_ += ",\"fields\":[";
    for (std::size_t i = 0; i < type.fields.size(); ++i) {
      out_ += i == 0 ? "{\"name\":" : ",{\"name\":";
      quote(type.fields[i].name);
      out_ += ",\"type\":";
      put(type.fields[i].type);
      out_ += '}';
    }
    out_ += "]}";
  }

  void put_enumeration(const AvroType& type) {
    put_name(type, "enum");
    out_ += ",\"symbols\":[";
    for (std::size_t i = 0; i < type.symbols.size(); ++i) {
      if (i != 0) out_ += ',';
      quote(type.symbols[i]);
    }
    out_ += "]}";
  }

  void put_choice(const AvroType& type) {
    out_ += '[';
    for (std::size_t i = 0; i < type.types.size(); ++i) {
      if (i != 0) out_ += ',';
      put(type.types[i]);
    }
    out_ += ']';
  }

  void put_name(const AvroType& type, std::string_view kind) {
    out_ += "{\"name\":";
    quote(type.name);
    out_ += ",\"type\":";
    quote(kind);
  }

  void quote(std::string_view word) { out_ += fmt::format("\"{}\"", word); }

  const AvroSchema& schema_;
  std::set<AvroTypeId> written_;
  std::string out_;
};

}  // namespace

std::string AvroSchema::canonical_form() const { return CanonicalWriter(*this).write(); }

std::uint64_t avro_fingerprint(std::string_view canonical_form) {
  std::uint64_t value = kEmptyFingerprint;
  for (const char c : canonical_form) {
    value = (value >> 8) ^ kTable[(value ^ static_cast<unsigned char>(c)) & 0xff];
  }
  return value;
}

Md5 md5_fingerprint(std::string_view canonical_form) {
  Md5 digest{};
  unsigned int size = 0;
  const int done = EVP_Digest(canonical_form.data(), canonical_form.size(), digest.data(), &size,
                              EVP_md5(), nullptr);
  ASSAY_ASSERT(done == 1 && size == digest.size());
  return digest;
}

}  // namespace assay::schema
