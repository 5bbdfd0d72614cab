#pragma once
// The schemas that single messages name, out of the tenant's registry, as headers of records.

#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "base/result.h"
#include "control/subject_store.h"
#include "decode/framed_message.h"

namespace assay::engine {

/// Looks up schemas of one tenant and remembers them. The registry is opened when the first message
/// needs it. One thread.
class MessageSchemas {
 public:
  MessageSchemas(std::string control_db, std::string tenant)
      : control_db_(std::move(control_db)), tenant_(std::move(tenant)) {}

  /// What the record's headers are to be: those given, or, where the payload is a message that
  /// names a schema, they have none and the registry knows it, with the schema in them. Good until
  /// the next call.
  Result<std::string_view> complete(std::string_view payload, std::string_view headers);

  /// Headers for each schema that `complete` gave, by decode::FramedMessage::schema_name.
  const std::map<std::string, std::string>& given() const { return given_; }

 private:
  struct Found {
    std::string context;
    control::StoredSchema schema;
  };
  Result<std::string> look_up(const decode::FramedMessage& message);
  Result<std::optional<Found>> by_id(std::uint32_t id);
  Result<std::optional<Found>> by_fingerprint(std::uint64_t fingerprint);
  Result<std::vector<std::string>> contexts();
  Result<std::string> headers_of(const Found& found);
  Status add_references(const Found& found, int depth, std::vector<std::string>& texts);

  std::string control_db_, tenant_;
  std::unique_ptr<control::SubjectStore> store_;
  std::map<std::string, std::string> given_;
  std::set<std::string> missing_;
  std::string merged_;
};

}  // namespace assay::engine
