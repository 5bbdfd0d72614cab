#pragma once
// Requests and answers as handlers see them: no socket, no library of HTTP.

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace assay::serve {

struct HttpRequest {
  std::string method;  ///< "GET"
  std::string target;  ///< as it came
  /// Names in lower case; of a name that stands twice the values are joined by ", ".
  std::map<std::string, std::string, std::less<>> headers;
  std::string body;
  std::string peer;  ///< address of the other side
};

struct HttpResponse {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
  // For the access log; never the secret part of a key.
  std::string tenant;
  std::string key_id;
  std::string fault;  ///< what went wrong on our side; never sent
};

/// Called by several threads at once. Never throws.
class HttpHandler {
 public:
  virtual ~HttpHandler() = default;
  virtual HttpResponse handle(const HttpRequest& request) = 0;
  /// The answer where the server itself refuses: too large, too slow, no HTTP.
  virtual HttpResponse refusal(int status, const std::string& message) = 0;
};

}  // namespace assay::serve
