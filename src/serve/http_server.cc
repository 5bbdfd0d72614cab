#include "serve/http_server.h"

#include <fmt/format.h>

#include <atomic>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <csignal>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <utility>

#include "io/clock.h"

namespace assay::serve {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::size_t kPathShown = 512;

class Connection;

/// What all connections of a server share. Only the one thread of the io_context touches it.
struct Shared {
  explicit Shared(const HttpServer::Options& server_options, HttpHandler& request_handler)
      : options(server_options), handler(request_handler), workers(server_options.limits.workers) {}

  const HttpServer::Options options;
  HttpHandler& handler;
  std::set<Connection*> open;
  bool stopping = false;
  std::unique_ptr<io::Clock> clock = io::system_clock();
  std::unique_ptr<io::Clock> stopwatch = io::steady_clock();
  // Behind all that connections use: what still waits in it is destroyed with it.
  asio::io_context context{1};
  asio::thread_pool workers;
};

HttpRequest request_of(const http::request<http::string_body>& message, const std::string& peer) {
  HttpRequest request;
  request.method = std::string(message.method_string());
  request.target = std::string(message.target());
  request.peer = peer;
  for (const auto& field : message) {
    std::string name(field.name_string());
    for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    std::string& value = request.headers[name];
    value += (value.empty() ? "" : ", ") + std::string(field.value());
  }
  request.body = message.body();
  return request;
}

/// One connection, request after request:
///   await_header -> await_body -> handle (a worker's thread) -> answer -> await_header ... close
/// Keeps itself alive through the handlers of what it waits for.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(tcp::socket peer, Shared& shared) : stream_(std::move(peer)), shared_(shared) {
    error_code failure;
    const auto endpoint = beast::get_lowest_layer(stream_).socket().remote_endpoint(failure);
    if (!failure) peer_ = endpoint.address().to_string();
    shared_.open.insert(this);
  }
  ~Connection() { shared_.open.erase(this); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void await_header() {
    if (shared_.stopping || requests_ >= limits().requests_max) return close();
    requests_ += 1;
    idle_ = true;
    parser_.emplace();
    parser_->header_limit(static_cast<std::uint32_t>(limits().header_size_max));
    parser_->body_limit(limits().body_size_max);
    // The first byte may take its time on a kept connection; the rest of the header may not.
    if (buffer_.size() > 0) return read_header();
    stream_.expires_after(requests_ == 1 ? limits().header_max : limits().idle_max);
    stream_.async_read_some(buffer_.prepare(4096),
                            [self = shared_from_this()](error_code failure, std::size_t size) {
                              if (failure) return self->close();
                              self->buffer_.commit(size);
                              self->read_header();
                            });
  }

  /// Where nothing is being answered there is nothing to wait for.
  void stop() {
    if (idle_) close();
  }
  void close() {
    error_code ignored;
    stream_.socket().shutdown(tcp::socket::shutdown_both, ignored);
    stream_.close();
  }

 private:
  const HttpLimits& limits() const { return shared_.options.limits; }

  void read_header() {
    idle_ = false;
    began_ = shared_.stopwatch->now();
    stream_.expires_after(limits().header_max);
    http::async_read_header(
        stream_, buffer_, *parser_,
        [self = shared_from_this()](error_code failure, std::size_t) { self->on_header(failure); });
  }

  void on_header(error_code failure) {
    if (failure) return refuse(failure);
    const auto length = parser_->content_length();
    if (length && *length > limits().body_size_max) return refuse(http::error::body_limit);
    if (beast::iequals(parser_->get()[http::field::expect], "100-continue")) {
      return answer_continue();
    }
    await_body();
  }

  void answer_continue() {
    auto message = std::make_shared<http::response<http::empty_body>>(http::status::continue_,
                                                                      parser_->get().version());
    stream_.expires_after(limits().write_max);
    http::async_write(stream_, *message,
                      [self = shared_from_this(), message](error_code failure, std::size_t) {
                        if (failure) return self->close();
                        self->await_body();
                      });
  }

  void await_body() {
    stream_.expires_after(limits().body_max);
    http::async_read(stream_, buffer_, *parser_,
                     [self = shared_from_this()](error_code failure, std::size_t) {
                       if (failure) return self->refuse(failure);
                       self->handle();
                     });
  }

  void handle() {
    stream_.expires_never();
    keep_alive_ = parser_->get().keep_alive();
    request_ = request_of(parser_->get(), peer_);
    asio::post(shared_.workers, [self = shared_from_this()]() mutable {
      Shared& shared = self->shared_;
      HttpResponse response = shared.handler.handle(self->request_);
      // The reference moves along: the last one must go on the thread of the context.
      asio::post(shared.context,
                 [self = std::move(self), response = std::move(response)]() mutable {
                   self->answer(std::move(response));
                 });
    });
  }

  /// What was refused before a handler saw it; the connection cannot be used further, since nobody
  /// knows where the next request begins.
  void refuse(error_code failure) {
    if (failure == http::error::end_of_stream || failure == asio::error::operation_aborted ||
        failure == beast::error::timeout || failure == asio::error::connection_reset) {
      return close();
    }
    const bool is_http =
        failure.category() == http::make_error_code(http::error::bad_method).category();
    if (!is_http || failure == http::error::partial_message) return close();
    keep_alive_ = false;
    request_ = request_of(parser_->get(), peer_);
    if (failure == http::error::body_limit) {
      return answer(shared_.handler.refusal(
          413, fmt::format("the body is larger than {} bytes", limits().body_size_max)));
    }
    if (failure == http::error::header_limit) {
      return answer(shared_.handler.refusal(
          431, fmt::format("the headers are larger than {} bytes", limits().header_size_max)));
    }
    answer(shared_.handler.refusal(400, "the request is not valid HTTP: " + failure.message()));
  }

  void answer(HttpResponse response) {
    keep_alive_ = keep_alive_ && !shared_.stopping;
    auto message = std::make_shared<http::response<http::string_body>>(
        static_cast<http::status>(response.status), 11);
    message->set(http::field::content_type, response.content_type);
    message->set("X-Content-Type-Options", "nosniff");
    message->set(http::field::cache_control, "no-store");
    for (const auto& [name, value] : response.headers) message->set(name, value);
    const std::size_t size = response.body.size();
    message->body() = std::move(response.body);
    message->keep_alive(keep_alive_);
    message->prepare_payload();
    if (request_.method == "HEAD") message->body().clear();
    log(response, size);
    stream_.expires_after(limits().write_max);
    http::async_write(stream_, *message,
                      [self = shared_from_this(), message](error_code failure, std::size_t) {
                        if (failure || !self->keep_alive_) return self->linger();
                        self->await_header();
                      });
  }

  /// Reads a little of what still comes before it closes, so that the answer is not lost with it.
  void linger() {
    error_code ignored;
    stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
    stream_.expires_after(std::chrono::seconds(2));
    drain(std::size_t{1} << 20);
  }
  void drain(std::size_t rest) {
    buffer_.clear();
    stream_.async_read_some(buffer_.prepare(16 << 10), [self = shared_from_this(), rest](
                                                           error_code failure, std::size_t size) {
      if (failure || size >= rest) return self->close();
      self->drain(rest - size);
    });
  }

  /// The query stays out: it may hold what is nobody's business. JSON escapes what would forge a
  /// line.
  void log(const HttpResponse& response, std::size_t size) {
    if (!shared_.options.access_log) return;
    const std::string path = request_.target.substr(0, request_.target.find('?'));
    nlohmann::ordered_json line = {{"time", format_instant(shared_.clock->now())},
                                   {"peer", peer_},
                                   {"method", request_.method},
                                   {"path", path.substr(0, kPathShown)},
                                   {"status", response.status},
                                   {"tenant", response.tenant},
                                   {"key", response.key_id},
                                   {"bytes_in", request_.body.size()},
                                   {"bytes_out", size},
                                   {"micros", shared_.stopwatch->now() - began_}};
    if (!response.fault.empty()) line["fault"] = response.fault;
    shared_.options.access_log(line.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace));
  }

  beast::tcp_stream stream_;
  Shared& shared_;
  std::string peer_ = "?";
  beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::string_body>> parser_;
  HttpRequest request_;
  std::size_t requests_ = 0;
  bool idle_ = false;
  bool keep_alive_ = false;
  Micros began_ = 0;
};

}  // namespace

struct HttpServer::Impl {
  Impl(const Options& options, HttpHandler& handler)
      : shared(options, handler),
        acceptor(shared.context),
        signals(shared.context),
        deadline(shared.context) {}
  ~Impl() {
    // Workers first: what they finish is posted to the context, and needs it.
    shared.workers.join();
    shared.context.restart();
    shared.context.poll();
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  void accept() {
    acceptor.async_accept([this](error_code failure, tcp::socket peer) {
      if (failure == asio::error::operation_aborted || shared.stopping) return;
      if (!failure && shared.open.size() < shared.options.limits.connections_max) {
        std::make_shared<Connection>(std::move(peer), shared)->await_header();
      }
      if (!failure || failure == asio::error::connection_aborted) return accept();
      // Out of descriptors or memory: asking again at once would burn a core.
      pause_accept();
    });
  }
  void pause_accept() {
    deadline.expires_after(std::chrono::milliseconds(100));
    deadline.async_wait([this](error_code failure) {
      if (!failure && !shared.stopping) accept();
    });
  }

  void stop() {
    if (shared.stopping) return;
    shared.stopping = true;
    error_code ignored;
    acceptor.close(ignored);
    signals.cancel(ignored);
    // Closing takes connections out of the set.
    const std::set<Connection*> open = shared.open;
    for (Connection* connection : open) connection->stop();
    deadline.expires_after(shared.options.limits.stop_max);
    deadline.async_wait([this](error_code) { shared.context.stop(); });
    wait_until_idle();
  }
  void wait_until_idle() {
    if (shared.open.empty()) return shared.context.stop();
    poll.expires_after(std::chrono::milliseconds(20));
    poll.async_wait([this](error_code) { wait_until_idle(); });
  }

  Shared shared;
  tcp::acceptor acceptor;
  asio::signal_set signals;
  asio::steady_timer deadline;
  asio::steady_timer poll{shared.context};
  std::uint16_t port = 0;
};

HttpServer::HttpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpServer::~HttpServer() = default;
HttpServer::HttpServer(HttpServer&&) noexcept = default;
HttpServer& HttpServer::operator=(HttpServer&&) noexcept = default;

Result<HttpServer> HttpServer::listen(const Options& options, HttpHandler& handler) {
  error_code failure;
  const auto address = asio::ip::make_address(options.address, failure);
  const auto refuse = [&](const std::string& why) {
    return make_error(
        Code::port_unavailable,
        fmt::format("cannot listen on {} port {}: {}", options.address, options.port, why),
        "Take another --port, or 0 for any free one; the address must be one of this machine.");
  };
  if (failure) return refuse(failure.message());
  auto impl = std::make_unique<Impl>(options, handler);
  const tcp::endpoint endpoint(address, options.port);
  impl->acceptor.open(endpoint.protocol(), failure);
  if (!failure) impl->acceptor.set_option(asio::socket_base::reuse_address(true), failure);
  if (!failure) impl->acceptor.bind(endpoint, failure);
  if (!failure) impl->acceptor.listen(asio::socket_base::max_listen_connections, failure);
  if (failure) return refuse(failure.message());
  impl->port = impl->acceptor.local_endpoint(failure).port();
  if (failure) return refuse(failure.message());
  return HttpServer(std::move(impl));
}

std::uint16_t HttpServer::port() const { return impl_->port; }

void HttpServer::take_signals() {
  error_code ignored;
  impl_->signals.add(SIGTERM, ignored);
  impl_->signals.add(SIGINT, ignored);
}

void HttpServer::run() {
  take_signals();
  impl_->signals.async_wait([this](error_code failure, int) {
    if (!failure) impl_->stop();
  });
  impl_->accept();
  impl_->shared.context.run();
}

void HttpServer::stop() {
  asio::post(impl_->shared.context, [impl = impl_.get()] { impl->stop(); });
}

}  // namespace assay::serve
