#pragma once
// The HTTP core: one thread for connections, a few for handlers; every wait and every size bounded.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "serve/http.h"

namespace assay::serve {

struct HttpLimits {
  std::size_t header_size_max = std::size_t{16} << 10;  ///< bytes of request line and headers
  std::size_t body_size_max = std::size_t{5} << 20;     ///< bytes of a body
  std::size_t connections_max = 512;                    ///< open at once; more are closed at once
  std::size_t requests_max = 10'000;                    ///< of one connection; then it is closed
  std::chrono::milliseconds idle_max{60'000};           ///< between two requests
  std::chrono::milliseconds header_max{10'000};         ///< from the first byte to the last header
  std::chrono::milliseconds body_max{30'000};           ///< of the whole body
  std::chrono::milliseconds write_max{30'000};          ///< of the whole answer
  std::chrono::milliseconds stop_max{10'000};           ///< that running requests get at the end
  std::size_t workers = 4;                              ///< threads that handle requests
};

/// Takes one line of JSON a request: {"time", "peer", "method", "path", "status", "tenant", "key",
/// "bytes_in", "bytes_out", "micros"}. Called by one thread.
using AccessLog = std::function<void(const std::string& line)>;

class HttpServer {
 public:
  struct Options {
    std::string address = "127.0.0.1";
    std::uint16_t port = 0;  ///< 0: any free one
    HttpLimits limits = {};
    AccessLog access_log = {};
  };
  /// Listens from now on. `handler` must outlive the server. Error: port_unavailable.
  static Result<HttpServer> listen(const Options& options, HttpHandler& handler);
  ~HttpServer();
  HttpServer(HttpServer&&) noexcept;
  HttpServer& operator=(HttpServer&&) noexcept;

  std::uint16_t port() const;
  /// From now on SIGTERM and SIGINT end `run`, also one that comes before it: to be called before
  /// anybody is told that the server is there.
  void take_signals();
  /// Serves until SIGTERM, SIGINT or `stop`; then no new connection, idle ones closed, running
  /// requests answered within `stop_max`.
  void run();
  /// From any thread.
  void stop();

 private:
  struct Impl;
  explicit HttpServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace assay::serve
