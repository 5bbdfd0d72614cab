#pragma once
// API keys: 256 random bits each, shown once, kept as a hash. From a key, and from nothing else,
// comes the tenant whose data a request may see.

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "control/subject_store.h"

namespace assay::serve {

/// What a key may do; each role may do what those before it may.
enum class Role { reader, writer, admin };
std::string_view to_string(Role role);
Result<Role> parse_role(std::string_view text);  ///< usage

struct NewKey {
  control::StoredKey stored;
  std::string secret;  ///< hexadecimal; nobody can say it again
};
/// A key that is not stored yet.
NewKey make_key(const std::string& tenant, const std::string& name, Role role, Micros now,
                std::optional<Micros> expires);

/// Who is asking, as the credential proves it. There is no other way to make one.
class Caller {
 public:
  /// `authorization`: the header, "Basic" of "id:secret" or "Bearer id.secret". Error: key_refused,
  /// with one text for all that can be wrong.
  static Result<Caller> authenticate(control::SubjectStore& store, std::string_view authorization,
                                     Micros now);

  const std::string& tenant() const { return tenant_; }
  const std::string& key_id() const { return key_id_; }
  const std::string& name() const { return name_; }
  bool may(Role role) const { return role_ >= role; }

 private:
  Caller(std::string tenant, std::string key_id, std::string name, Role role)
      : tenant_(std::move(tenant)),
        key_id_(std::move(key_id)),
        name_(std::move(name)),
        role_(role) {}

  std::string tenant_;
  std::string key_id_;
  std::string name_;
  Role role_;
};

}  // namespace assay::serve
