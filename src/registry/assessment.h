#pragma once
// First contact: what is in somebody's JSON, without any workspace. Shapes, embedded masters and
// how often they repeat, dirt, and how the shape drifts over time.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace assay::registry {

struct Inference;  // registry/inference.h
struct Facts;      // registry/assessment_internal.h

/// A set of members that the same key always brings along: what refining keeps once.
struct MasterFinding {
  std::string path;  ///< of the object, "$.lines[*].product"; "$" where it lies flat
  std::string key;   ///< the member that determines the others
  std::vector<std::string> members;  ///< the others
  std::int64_t copies = 0;
  std::int64_t things = 0;    ///< distinct keys
  std::int64_t contents = 0;  ///< distinct contents
  std::int64_t bytes = 0;     ///< of all copies, as JSON
  std::int64_t bytes_once = 0;
  bool at_least = false;  ///< counting stopped at the limit of memory
};

struct DirtFinding {
  std::string path;
  std::string what;  ///< "text among numbers", "blanks around the text" ...
  std::int64_t records = 0;
  std::string example;
};

/// A path that came or went on the way.
struct DriftFinding {
  std::string path;
  std::string what;          ///< "appears", "disappears"
  std::string when;          ///< a time of the records, or "record 1,234"
  std::int64_t records = 0;  ///< that have it
};

struct ShapeFinding {
  std::int64_t records = 0;
  std::vector<std::string> lacks;  ///< paths of the most frequent shape that it lacks
  std::vector<std::string> adds;   ///< paths that the most frequent shape lacks
};

/// Payloads that share most of their outermost members: one kind of document.
struct FamilyFinding {
  std::string name;  ///< its outermost members, as far as they tell it from others
  std::int64_t records = 0;
  std::int64_t bytes = 0;
  std::int64_t leaves = 0;  ///< on average
  std::int64_t shapes = 0;
  bool shapes_at_least = false;
  std::vector<ShapeFinding> frequent;  ///< at most 5
  std::string time_path;               ///< by which drift was judged; empty: by record number
  std::string first_time, last_time;
  std::vector<std::string> keys;  ///< outermost members whose values never repeat
  std::vector<MasterFinding> masters;
  std::vector<DirtFinding> dirt;
  std::vector<DriftFinding> drift;
};

struct Assessment {
  std::int64_t records = 0;
  std::int64_t bytes = 0;
  std::int64_t not_json = 0;
  std::int64_t not_objects = 0;
  std::string not_json_example;
  std::vector<FamilyFinding> families;  ///< by records, descending
};

/// What a record is a rendition of.
enum class Notation : std::uint8_t { json, xml, csv };

/// Takes records one by one; memory is bounded (about a million remembered values). One thread.
class Assessor {
 public:
  Assessor();
  ~Assessor();
  Assessor(Assessor&&) noexcept;
  void add(std::string_view record, Notation notation = Notation::json);
  Assessment finish();
  /// Types, entities and master data, as a workspace for such records could declare them.
  Inference infer() const;
  /// What it remembers, for other judges of this module.
  const Facts& facts() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace assay::registry
