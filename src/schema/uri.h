#pragma once
// URI references (RFC 3986) as far as the ids of schemas need them.

#include <string>
#include <string_view>

namespace assay::schema {

/// A reference cut at its "#". Nothing is decoded.
struct UriReference {
  std::string_view resource;  ///< all before the "#"
  std::string_view fragment;  ///< all behind it; empty where there is none
};
UriReference split_fragment(std::string_view reference);

/// Section 5.2: `reference` as it stands in a document whose address is `base`. Without fragment.
/// A base without scheme (a plain name) works like a path.
std::string resolve_uri(std::string_view base, std::string_view reference);

/// "%25" -> "%"; what is no escape stays.
std::string percent_decoded(std::string_view text);

}  // namespace assay::schema
