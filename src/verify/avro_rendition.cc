#include "verify/avro_rendition.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <bit>
#include <cmath>
#include <cstdlib>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "verify/avro_words.h"
#include "verify/rendition.h"

namespace assay::verify {

using nlohmann::json;

/// One type of a schema, as its words say.
struct AvroWriterSchema::Type {
  std::string word;                                         ///< "int", "record", "union" ...
  std::string logical;                                      ///< empty where it has none that fits
  std::vector<std::pair<std::string, const Type*>> fields;  ///< of a record
  std::vector<const Type*> parts;                           ///< branches, or the one of the items
  std::vector<std::string> symbols;
  std::size_t size = 0;
  int scale = 0;
};

namespace {

using Type = AvroWriterSchema::Type;

/// Thrown inside of this file only.
struct Refused {
  Code code;
  std::string message;
};
struct BadSchema {};

// ------------------------------------------------------------------------------------- the schema

class SchemaReader {
 public:
  explicit SchemaReader(std::vector<std::unique_ptr<Type>>& types) : types_(types) {}

  const Type* type(const json& schema, const std::string& space) {
    if (schema.is_string()) return named(schema.get<std::string>(), space);
    if (schema.is_array()) {
      Type* choice = make("union");
      for (const json& branch : schema) choice->parts.push_back(type(branch, space));
      return choice;
    }
    if (!schema.is_object() || !schema.contains("type")) throw BadSchema();
    if (!schema.at("type").is_string()) return type(schema.at("type"), space);
    const std::string word = schema.at("type").get<std::string>();
    if (word == "array") return container("array", schema.value("items", json()), space);
    if (word == "map") return container("map", schema.value("values", json()), space);
    if (word == "record" || word == "error" || word == "enum" || word == "fixed")
      return definition(word == "error" ? "record" : word, schema, space);
    if (!is_primitive(word)) return named(word, space);
    Type* made = make(word);
    annotate(*made, schema);
    return made;
  }

 private:
  static bool is_primitive(const std::string& word) {
    static const std::set<std::string> kWords = {"null",  "boolean", "int",   "long",
                                                 "float", "double",  "bytes", "string"};
    return kWords.contains(word);
  }

  Type* make(const std::string& word) {
    types_.push_back(std::make_unique<Type>());
    types_.back()->word = word;
    return types_.back().get();
  }

  const Type* named(const std::string& word, const std::string& space) {
    if (is_primitive(word)) return make(word);
    const bool full = word.find('.') != std::string::npos || space.empty();
    auto found = names_.find(full ? word : space + "." + word);
    if (found == names_.end()) found = names_.find(word);
    if (found == names_.end()) throw BadSchema();
    return found->second;
  }

  const Type* container(const char* word, const json& items, const std::string& space) {
    Type* made = make(word);
    made->parts.push_back(type(items, space));
    return made;
  }

  const Type* definition(const std::string& word, const json& schema, const std::string& space) {
    Type* made = make(word);
    std::string name = schema.value("name", std::string());
    if (name.find('.') == std::string::npos) {
      const std::string own = schema.value("namespace", space);
      if (!own.empty()) name = own + "." + name;
    }
    names_[name] = made;
    const auto dot = name.rfind('.');
    const std::string inner = dot == std::string::npos ? std::string() : name.substr(0, dot);
    for (const json& symbol : schema.value("symbols", json::array()))
      made->symbols.push_back(symbol.get<std::string>());
    if (word == "fixed") made->size = schema.at("size").get<std::size_t>();
    if (word == "fixed") annotate(*made, schema);
    if (word != "record") return made;
    for (const json& field : schema.at("fields")) {
      const Type* part = type(field.at("type"), inner);
      made->fields.emplace_back(field.at("name").get<std::string>(), part);
    }
    return made;
  }

  static void annotate(Type& type, const json& schema) {
    if (!schema.contains("logicalType") || !schema.at("logicalType").is_string()) return;
    const std::string word = schema.at("logicalType").get<std::string>();
    const bool is_fixed = type.word == "fixed";
    bool fits = false;
    if (word == "decimal")
      fits = (is_fixed || type.word == "bytes") && decimal(type, schema);
    else if (word == "big-decimal")
      fits = type.word == "bytes";
    else if (word == "uuid")
      fits = type.word == "string" || (is_fixed && type.size == 16);
    else if (word == "duration")
      fits = is_fixed && type.size == 12;
    else if (word == "date" || word == "time-millis")
      fits = type.word == "int";
    else if (digits_of_fraction(word) > 0)
      fits = type.word == "long";
    if (fits) type.logical = word;
  }

  static bool decimal(Type& type, const json& schema) {
    const json precision = schema.value("precision", json());
    const json scale = schema.value("scale", json(0));
    if (!precision.is_number_integer() || !scale.is_number_integer()) return false;
    const auto digits = precision.get<std::int64_t>(), behind = scale.get<std::int64_t>();
    if (digits < 1 || behind < 0 || behind > digits || digits > 1'000'000) return false;
    if (type.word == "fixed") {
      const double bits = 8.0 * static_cast<double>(type.size) - 1;
      if (static_cast<double>(digits) > std::floor(bits * std::log10(2.0))) return false;
    }
    type.scale = static_cast<int>(behind);
    return true;
  }

  std::vector<std::unique_ptr<Type>>& types_;
  std::map<std::string, const Type*> names_;
};

// -------------------------------------------------------------------------------------- the value

class ValueReader {
 public:
  ValueReader(std::string_view bytes, std::size_t size_max, std::size_t depth_max)
      : bytes_(bytes), size_max_(size_max), depth_max_(depth_max) {}

  std::string text_of(const Type& root) {
    value(root, 0);
    check_size();
    if (at_ != bytes_.size()) wrong("bytes behind the value");
    return std::move(out_);
  }

 private:
  [[noreturn]] void wrong(const std::string& what) const {
    throw Refused{Code::avro_value, fmt::format("byte {}: {}", at_, what)};
  }
  void check_size() const {
    if (out_.size() > size_max_)
      throw Refused{Code::json_too_large, "larger than the limit once it is written out"};
  }

  std::string_view take(std::uint64_t count) {
    if (count > bytes_.size() - at_) wrong("the bytes end");
    at_ += count;
    return bytes_.substr(at_ - count, count);
  }

  std::int64_t number() {
    std::uint64_t zigzag = 0;
    for (int i = 0; i < 10; ++i) {
      const auto byte = static_cast<unsigned char>(take(1).front());
      if (i == 9 && byte > 1) break;
      zigzag += static_cast<std::uint64_t>(byte % 128) << (7 * i);
      if (byte < 128) {
        const auto half = static_cast<std::int64_t>(zigzag / 2);
        return zigzag % 2 == 0 ? half : -half - 1;
      }
    }
    wrong("more than 64 bits");
  }

  std::string_view sized() {
    const std::int64_t size = number();
    if (size < 0) wrong("a negative size");
    return take(static_cast<std::uint64_t>(size));
  }

  void utf8() {
    const std::string_view text = sized();
    if (!simdjson::validate_utf8(text.data(), text.size())) wrong("not UTF-8");
    append_json_string(out_, text);
  }

  template <typename T>
  const T& pick(const std::vector<T>& from, const char* what) {
    const std::int64_t index = number();
    if (index < 0 || static_cast<std::uint64_t>(index) >= from.size()) wrong(what);
    return from[static_cast<std::size_t>(index)];
  }

  void value(const Type& type, std::size_t depth) {
    check_size();
    if (type.word == "union") return branch(*pick(type.parts, "no such branch"), depth);
    branch(type, depth);
  }

  void branch(const Type& type, std::size_t depth) {
    if (type.word == "record" || type.word == "array" || type.word == "map") {
      if (depth >= depth_max_) throw Refused{Code::json_too_deep, "nested too deep"};
      return type.word == "record" ? record(type, depth + 1) : items(type, depth + 1);
    }
    if (type.word == "null") {
      out_ += "null";
    } else if (type.word == "boolean") {
      const char byte = take(1).front();
      if (byte != 0 && byte != 1) wrong("a boolean");
      out_ += byte == 1 ? "true" : "false";
    } else if (type.word == "int" || type.word == "long") {
      const std::int64_t taken = number();
      if (type.word == "int" && taken != static_cast<std::int32_t>(taken)) wrong("an int");
      out_ += type.logical.empty() ? std::to_string(taken) : temporal_text(type.logical, taken);
    } else if (type.word == "float" || type.word == "double") {
      real(type.word == "float");
    } else if (type.word == "string") {
      utf8();
    } else if (type.word == "enum") {
      out_ += '"' + pick(type.symbols, "no such symbol") + '"';
    } else {
      octets(type, type.word == "fixed" ? take(type.size) : sized());
    }
  }

  void record(const Type& type, std::size_t depth) {
    out_ += '{';
    const char* comma = "";
    for (const auto& [name, part] : type.fields) {
      out_ += comma;
      append_json_string(out_, name);
      out_ += ':';
      value(*part, depth);
      comma = ",";
    }
    out_ += '}';
  }

  void items(const Type& type, std::size_t depth) {
    const bool keyed = type.word == "map";
    out_ += keyed ? '{' : '[';
    const char* comma = "";
    for (std::int64_t count = number(); count != 0; count = number()) {
      std::uint64_t left = static_cast<std::uint64_t>(count);
      if (count < 0) {
        if (count == INT64_MIN) wrong("a block");
        left = static_cast<std::uint64_t>(-count);
        if (number() < 0) wrong("a block");
      }
      for (; left > 0; --left) {
        out_ += comma;
        if (keyed) {
          check_size();
          utf8();
          out_ += ':';
        }
        value(*type.parts.front(), depth);
        comma = ",";
      }
    }
    out_ += keyed ? '}' : ']';
  }

  void real(bool single) {
    std::uint64_t bits = 0;
    const std::string_view octets = take(single ? 4 : 8);
    for (std::size_t i = octets.size(); i-- > 0;)
      bits = bits * 256 + static_cast<unsigned char>(octets[i]);
    out_ += single ? real_text(std::bit_cast<float>(static_cast<std::uint32_t>(bits)))
                   : real_text(std::bit_cast<double>(bits));
  }

  void octets(const Type& type, std::string_view octets) {
    if (type.logical == "decimal") {
      out_ += with_point(unscaled(octets), type.scale);
    } else if (type.logical == "big-decimal") {
      ValueReader inner(octets, size_max_, depth_max_);
      const std::string_view number = inner.sized();
      const std::int64_t scale = inner.number();
      if (inner.at_ != octets.size() || scale != static_cast<std::int32_t>(scale))
        wrong("a decimal");
      out_ += unscaled(number);
      if (scale != 0) out_ += "e" + std::to_string(-scale);
    } else if (type.logical == "duration") {
      out_ += duration_text(octets);
    } else {
      out_ += '"' + (type.logical == "uuid" ? uuid_text(octets) : base64_text(octets)) + '"';
    }
  }

  std::string unscaled(std::string_view octets) const {
    auto digits = decimal_text(octets);
    if (!digits) wrong("a decimal");
    return *std::move(digits);
  }

  std::string_view bytes_;
  std::size_t size_max_;
  std::size_t depth_max_;
  std::size_t at_ = 0;
  std::string out_;
};

}  // namespace

std::shared_ptr<const AvroWriterSchema> AvroWriterSchema::read(
    std::string_view text, const std::vector<std::string>& references) {
  auto made = std::make_shared<AvroWriterSchema>();
  try {
    SchemaReader reader(made->types_);
    for (const std::string& reference : references) reader.type(json::parse(reference), "");
    made->root_ = reader.type(json::parse(text), "");
  } catch (const BadSchema&) {
    return nullptr;
  } catch (const json::exception&) {
    return nullptr;
  }
  return made;
}

std::variant<std::string, Fault> AvroWriterSchema::rendition(std::string_view bytes,
                                                             std::size_t payload_size,
                                                             const PayloadLimits& limits) const {
  try {
    return ValueReader(bytes, row_rendition_max(payload_size, limits), limits.depth_max)
        .text_of(*root_);
  } catch (const Refused& refused) {
    return Fault{refused.code, "", refused.message};
  }
}

}  // namespace assay::verify
