// assay up: the engine that stays - pushed records, Kafka topics and watched folders, to gold.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <cstdio>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <thread>
#include <utility>

#include "cli/command.h"
#include "cli/open_control.h"
#include "cli/open_session.h"
#include "cli/up_events.h"
#include "control/control.h"
#include "engine/memory.h"
#include "engine/push_intake.h"
#include "engine/stream.h"
#include "io/folder_lock.h"
#include "io/process.h"
#include "serve/http_server.h"
#include "serve/ingest_api.h"

namespace assay::cli {
namespace {

constexpr std::size_t kWorkers = 16;  ///< requests that may share one sync of the push log

Micros micros(double seconds) { return static_cast<Micros>(seconds * kMicrosPerSecond); }

struct UpOptions {
  std::string listen = "127.0.0.1:8090";
  std::vector<std::string> watched;
  double commit_age = 2;
  double drain = 10;
  std::int64_t maintenance_epochs = 100;
  std::size_t backlog_mib = kPushBacklogBytes >> 20;
  std::size_t connections = 128;  ///< each may bring a body of kPushBodySizeMax before it is known
  bool access_log = false;
};

struct Address {
  std::string host;
  std::uint16_t port = 0;
};

Result<Address> parse_address(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  Address address;
  if (colon != std::string::npos && colon > 0) {
    address.host = text.substr(0, colon);
    if (address.host.starts_with('[') && address.host.ends_with(']'))
      address.host = address.host.substr(1, address.host.size() - 2);
    const char* const end = text.data() + text.size();
    const auto [stop, fault] = std::from_chars(text.data() + colon + 1, end, address.port);
    if (fault == std::errc() && stop == end) return address;
  }
  return make_error(Code::usage, fmt::format("\"{}\" is no address to listen on", text),
                    "Give ADDRESS:PORT, as 127.0.0.1:8090; port 0 is any free one.");
}

/// What clients were told under idempotency keys, of records that are in bronze.
engine::PushLog::Earlier earlier_answers(const std::string& control_db) {
  // Opened at the first use: before it the engine's session has brought the database up to date.
  auto database = std::make_shared<std::optional<control::Database>>();
  return [database, control_db](
             const std::string& tenant, const std::string& application,
             const std::string& key) -> Result<std::optional<control::PushReceipt>> {
    if (!*database) {
      ASSAY_TRY(*database, control::Database::open({.path = control_db, .read_only = true}));
    }
    return (*database)->push_receipt(tenant, application, key);
  };
}

/// Joins the HTTP address and the push log.
class PushSink final : public serve::RecordSink {
 public:
  PushSink(engine::PushIntake& intake, UpEvents& events) : intake_(intake), events_(events) {}

  Result<serve::TakenRecords> take(const serve::PushedBody& pushed) override {
    ASSAY_TRY(const auto receipt, intake_.take({.tenant = pushed.tenant,
                                                .application = pushed.application,
                                                .content_type = pushed.content_type,
                                                .content_encoding = pushed.content_encoding,
                                                .idempotency_key = pushed.idempotency_key,
                                                .body = pushed.body}));
    events_.on_pushed(receipt.records, pushed.body.size(), receipt.repeated);
    return serve::TakenRecords{
        .first = receipt.first, .count = receipt.records, .repeated = receipt.repeated};
  }

 private:
  engine::PushIntake& intake_;
  UpEvents& events_;
};

/// The stream on a thread of its own.
class StreamThread {
 public:
  StreamThread(engine::Stream& stream, UpEvents& events, std::function<void()> on_end)
      : stream_(stream), thread_([this, &events, on_end = std::move(on_end)] {
          try {
            result_ = stream_.run();
          } catch (const std::exception& failure) {
            result_ = make_error(Code::internal, failure.what(),
                                 "This is a bug of Assay; please report it with this text.");
          }
          events.ended();
          on_end();
        }) {}
  ~StreamThread() { static_cast<void>(finish()); }
  StreamThread(const StreamThread&) = delete;
  StreamThread& operator=(const StreamThread&) = delete;

  /// Lets it drain, and gives what became of it.
  Status finish() {
    stream_.stop();
    if (thread_.joinable()) thread_.join();
    return result_;
  }

 private:
  engine::Stream& stream_;
  Status result_;
  std::thread thread_;  // last: it uses the others
};

void print_address(const Globals& globals, const Address& address, std::uint16_t port) {
  const std::string host =
      address.host.find(':') == std::string::npos ? address.host : "[" + address.host + "]";
  if (globals.json) {
    fmt::print("{{\"url\":\"http://{}:{}\"}}\n", host, port);
  } else {
    fmt::print(
        "taking records at http://{}:{}/v1/ingest/APPLICATION; stop it by Ctrl-C or "
        "SIGTERM\n",
        host, port);
  }
  std::fflush(stdout);
}

Result<std::vector<std::string>> absolute(const std::vector<std::string>& folders) {
  std::vector<std::string> paths;
  for (const std::string& folder : folders) {
    ASSAY_TRY(std::string path, io::absolute_path(folder));
    paths.push_back(std::move(path));
  }
  return paths;
}

/// Serves until a signal; then the stream drains.
Status serve_up(const Globals& globals, const UpOptions& options) {
  engine::keep_large_buffers_apart();
  ASSAY_TRY(const Address address, parse_address(options.listen));
  ASSAY_TRY(const std::string folder, io::absolute_path(globals.directory));
  ASSAY_TRY(auto watched, absolute(options.watched));
  ASSAY_TRY(const engine::Paths paths, data_paths(globals));
  ASSAY_TRY_VOID(open_control(globals));
  const auto files = io::local_file_system();
  const auto clock = io::system_clock();
  ASSAY_TRY_VOID(files->make_folders(paths.push));
  ASSAY_TRY(const auto lock, io::FolderLock::take(paths.push + "/lock"));
  io::Wakeup wakeup;
  ASSAY_TRY(const auto log,
            engine::PushLog::open(*files, {.folder = paths.push,
                                           .backlog_bytes = options.backlog_mib << 20,
                                           .earlier = earlier_answers(paths.control_db),
                                           .on_append = [&wakeup] { wakeup.ring(); }}));
  UpEvents events({.json = globals.json, .quiet = globals.quiet}, *log);
  engine::PushIntake intake(*files, *clock, *log, {});
  PushSink sink(intake, events);
  serve::IngestApi api({.control_db = paths.control_db,
                        .is_ready = [&events] { return events.is_ready(); },
                        .metrics_text = [&events] { return events.metrics_text(); },
                        .on_answer = [&events](int status) { events.on_answer(status); }},
                       sink);
  serve::HttpLimits limits;
  limits.body_size_max = kPushBodySizeMax;
  limits.connections_max = options.connections;
  limits.workers = kWorkers;
  const auto log_access = [](const std::string& line) { fmt::print(stderr, "{}\n", line); };
  ASSAY_TRY(auto server,
            serve::HttpServer::listen(
                {.address = address.host,
                 .port = address.port,
                 .limits = limits,
                 .access_log = options.access_log ? serve::AccessLog(log_access) : nullptr},
                api));
  engine::Stream stream({.folder = folder,
                         .seams = session_seams,
                         .watched = std::move(watched),
                         .commit_age = micros(options.commit_age),
                         .drain_max = micros(options.drain),
                         .maintenance_epochs = options.maintenance_epochs},
                        log.get(), wakeup, events);
  StreamThread thread(stream, events, [&server] { server.stop(); });
  if (!events.wait_until_open()) return thread.finish();
  server.take_signals();
  print_address(globals, address, server.port());
  server.run();
  events.tell(UpEvents::Weight::news, "stopping", "stopping: what was taken is brought to gold",
              {});
  ASSAY_TRY_VOID(thread.finish());
  const auto waiting = log->waiting();
  events.tell(UpEvents::Weight::news, "stopped",
              fmt::format("stopped; {} records wait in the push log", waiting.records),
              {{"waiting", std::to_string(waiting.records)}});
  return {};
}

}  // namespace

void add_up(CLI::App& app, Globals& globals) {
  auto options = std::make_shared<UpOptions>();
  auto* command = app.add_subcommand(
      "up", "stay: take pushed records, Kafka topics and files of watched folders, to gold");
  command->add_option("--listen", options->listen, "ADDRESS:PORT for HTTP; port 0 is any free one")
      ->capture_default_str();
  command->add_option("--watch", options->watched,
                      "a folder whose files are ingested as they come and grow (may be repeated); "
                      "the routes of sources/*.yaml say whose they are");
  command
      ->add_option("--commit-age", options->commit_age,
                   "seconds that a record waits at most before its epoch begins")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 3600.0));
  command->add_option("--drain", options->drain, "seconds of work after a signal to stop")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 86400.0));
  command
      ->add_option("--maintain-every", options->maintenance_epochs,
                   "epochs between two looks at the tables' files (assay lake); 0: never")
      ->check(CLI::Range(0, 1'000'000'000))
      ->capture_default_str();
  command
      ->add_option("--backlog", options->backlog_mib,
                   "MiB of pushed records that may wait for bronze; then clients get 429")
      ->capture_default_str()
      ->check(CLI::Range(1, 1 << 20));
  command->add_option("--connections", options->connections, "how many may be open at once")
      ->capture_default_str();
  command->add_flag("--access-log", options->access_log, "a line of JSON a request on stderr");
  command->footer(
      "Records are pushed with an API key of role writer, which alone says whose they are:\n"
      "  assay key create --tenant acme --name shop-server\n"
      "  curl -H 'Authorization: Bearer ID.SECRET' -H 'Content-Type: application/x-ndjson' \\\n"
      "       -H 'Idempotency-Key: 2026-11-25-0001' --data-binary @orders.ndjson \\\n"
      "       http://127.0.0.1:8090/v1/ingest/shop\n"
      "Type application/json is one record or an array of them, application/x-ndjson a record a\n"
      "line; Content-Encoding may be gzip or zstd. An answer of 202 says that all records of the\n"
      "request are on the disk and will be in bronze once; any other one of 4xx that none is. "
      "After\n"
      "5xx, or no answer, send it again with the same Idempotency-Key.\n"
      "GET /healthz, /readyz and /metrics (Prometheus) need no key. There is no TLS: put a proxy "
      "in\n"
      "front of any address that others reach. Other commands that read, and apply, work beside\n"
      "it; those that write (ingest, run) find the workspace locked. docs/streaming.md has more.");
  command->callback([=, &globals] { run(globals, [&] { return serve_up(globals, *options); }); });
}

}  // namespace assay::cli
