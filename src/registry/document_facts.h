#pragma once
// What an assessment remembers of each path of one family of payloads.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/hash.h"
#include "base/time.h"
#include "registry/value_set.h"

namespace assay::registry {

/// How much a member's name looks like that of a key: 0 to 4, and from 3 on it is called like one.
int key_likeness(std::string_view name);

/// Rows of one kind - payloads, or elements of an array - column by column: what determines what.
struct RowSample {
  std::size_t rows = 0;
  /// Hashes of scalars by path; 0 where the row has none, and no more behind the last one.
  std::map<std::uint32_t, std::vector<std::uint64_t>> columns;
};

/// Values of one path, arrays collapsed.
struct PathFacts {
  std::uint32_t parent = 0;
  std::string name;                                         ///< of the member; elements have none
  std::map<std::string, std::uint32_t, std::less<>> below;  ///< paths of its members, by name
  std::uint32_t elements = 0;                               ///< path of its elements; 0: none yet
  std::string text;                                         ///< "$.lines[*].price"
  int key_likeness = 0;

  std::int64_t objects = 0, arrays = 0, texts = 0, integers = 0, decimals = 0, booleans = 0;
  std::int64_t nulls = 0;
  std::int64_t whole = 0;                ///< decimals without a fraction
  std::int64_t padded = 0;               ///< texts with blanks around them
  std::int64_t stand_ins = 0;            ///< texts that stand for nothing: "", "N/A", "-"
  std::int64_t decimal_texts = 0;        ///< texts that are numbers with a fraction
  std::int64_t integer_texts = 0;        ///< texts that are whole numbers, as JSON writes them
  std::int64_t boolean_texts = 0;        ///< "true", "false"
  std::int64_t instants = 0;             ///< texts that are instants or days
  std::int64_t zoneless = 0;             ///< instants that name no offset
  std::int64_t basic_days = 0;           ///< texts like 20160404
  int whole_digits = 0;                  ///< of numbers, also of those in texts: before the point
  int fraction_digits = 0;               ///< and behind it, zeros at the end left out
  bool has_exponent = false;             ///< some number is written with one
  std::int64_t lowest = 0, highest = 0;  ///< of integers
  std::int64_t items_max = 0;            ///< of an array: most elements that one had
  std::string padded_example, stand_in_example, text_example, number_example;
  ValueSet values;  ///< of scalars

  std::int64_t first_record = 0, last_record = 0, records = 0;
  std::int64_t timed = 0;  ///< records with a time that have it
  Micros first_time = 0, last_time = 0;

  // Of an object: its scalars and those of objects in it.
  ValueSet contents;
  std::int64_t content_bytes = 0;
  std::int64_t content_bytes_once = 0;
  std::vector<std::uint32_t> members;  ///< scalar members, in the order of their first appearance

  std::int64_t scalars() const { return texts + integers + decimals + booleans; }
  std::int64_t leaves() const { return scalars() + nulls; }
};

/// The set of paths of one payload, and how many have it.
struct ShapeFacts {
  std::int64_t records = 0;
  std::vector<std::uint32_t> paths;
};

struct FamilyFacts {
  std::vector<std::string> outermost;  ///< members of the first payload, sorted
  std::vector<PathFacts> paths;        ///< 0 is "$"
  std::unordered_map<std::uint64_t, ShapeFacts> shapes;
  std::int64_t shapes_forgotten = 0;
  std::int64_t records = 0;
  std::int64_t bytes = 0;
  std::int64_t leaves = 0;
  std::uint32_t time_path = 0;  ///< the first path outside of arrays that holds instants; 0: none
  std::int64_t timed = 0;       ///< records with such a time
  Micros first_time = 0, last_time = 0;
  bool is_csv = false;  ///< renditions of rows: numbers are texts, too
  bool is_xml = false;  ///< renditions of XML: arrays that never have two elements are none
  /// The first rows, by the path of the array's elements; 0: the payloads.
  std::map<std::uint32_t, RowSample> samples;
  std::size_t sample_cells = 0;

  /// The path of a member, or of all elements, of a path.
  std::uint32_t member(std::uint32_t parent, std::string_view name);
  std::uint32_t element(std::uint32_t parent);

 private:
  std::uint32_t add(std::uint32_t parent, const std::string& step);
};

}  // namespace assay::registry
