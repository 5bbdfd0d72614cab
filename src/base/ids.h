#pragma once
// Strong identifiers: two of them never mix by accident.

#include <compare>
#include <functional>
#include <string>
#include <utility>

namespace assay {

template <typename Tag>
class TextId {
 public:
  TextId() = default;
  explicit TextId(std::string text) : text_(std::move(text)) {}
  const std::string& text() const { return text_; }
  bool empty() const { return text_.empty(); }
  auto operator<=>(const TextId&) const = default;

 private:
  std::string text_;
};

using TenantId = TextId<struct TenantIdTag>;
using ApplicationId = TextId<struct ApplicationIdTag>;
using ManifestId = TextId<struct ManifestIdTag>;

/// Where records go that no rule of a source routes to a tenant.
inline const TenantId kUnroutedTenant{"_unrouted"};

}  // namespace assay
