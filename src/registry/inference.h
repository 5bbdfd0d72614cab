#pragma once
// What an assessment proposes as a workspace: typed fields, events, master data with evidence.

#include <cstdint>
#include <string>
#include <vector>

#include "column/schema.h"

namespace assay::registry {

/// A leaf, as a field of an event or of a master.
struct InferredField {
  std::string name;
  std::string business_name;
  std::string path;      ///< JSONPath from "$"
  std::string constant;  ///< instead of a path, where no leaf can be the key
  column::DataType type;
  double score = 1;       ///< share of the values that the type fits
  std::string format;     ///< of a timestamp that is no iso8601
  bool zoneless = false;  ///< instants without an offset, taken as UTC
  bool null_on_error = false;
  std::int64_t values = 0;  ///< that are not null
  std::string note;         ///< what a person should know, as a sentence; may be empty
};

/// Master data that an event carries.
struct InferredRole {
  std::string name;
  std::string entity;
  std::string path;  ///< of the object; of the row where it lies flat
  InferredField key;
  std::vector<InferredField> members;  ///< the key is none of them
  double score = 0;
  std::string reason;  ///< for a person
  std::int64_t copies = 0, things = 0, contents = 0;
};

struct InferredEvent {
  std::string name;
  std::string business_name;
  std::string parent;  ///< empty: the payload itself
  std::string rows;    ///< "$", "$.lines[*]"
  std::string key;     ///< a field; of a root
  bool key_is_unique = false;
  std::string event_time;  ///< a field, or "ingest"; of a root
  std::vector<InferredField> fields;
  std::vector<InferredRole> roles;
  std::int64_t records = 0;
};

struct InferredMaster {
  std::string name;
  std::string business_name;
  InferredField key;
  std::vector<InferredField> fields;  ///< the key is none of them
};

/// One kind of payload, and so one schema version.
struct InferredFamily {
  std::string members;  ///< as FamilyFinding::name
  std::int64_t records = 0;
  bool is_xml = false;
  std::vector<std::string> match;     ///< paths that all of its records have
  std::vector<InferredField> leaves;  ///< all of them, whatever they became
  std::vector<InferredEvent> events;  ///< the root first
  std::vector<std::string> left_out;  ///< arrays that are left as residue
};

struct Inference {
  std::vector<InferredFamily> families;  ///< by records, descending
  std::vector<InferredMaster> masters;
};

}  // namespace assay::registry
