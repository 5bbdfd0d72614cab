// assay registry serve: Confluent's Schema Registry API over HTTP.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "cli/open_control.h"
#include "cli/registry.h"
#include "io/file_system.h"
#include "serve/http_server.h"
#include "serve/registry_api.h"

namespace assay::cli {
namespace {

struct ServeOptions {
  std::string address = "127.0.0.1";
  std::uint16_t port = 8081;
  std::size_t connections = 512;
};

Status serve_registry(const Globals& globals, const ServeOptions& options) {
  ASSAY_TRY(const engine::Paths paths, data_paths(globals));
  ASSAY_TRY_VOID(io::local_file_system()->make_folders(paths.data));
  ASSAY_TRY(const auto api, serve::RegistryApi::open({.control_db = paths.control_db}));
  serve::HttpLimits limits;
  limits.connections_max = options.connections;
  const auto log = [](const std::string& line) {
    fmt::print(stderr, "{}\n", line);
    std::fflush(stderr);
  };
  ASSAY_TRY(auto server,
            serve::HttpServer::listen({.address = options.address,
                                       .port = options.port,
                                       .limits = limits,
                                       .access_log = globals.quiet ? serve::AccessLog() : log},
                                      *api));
  // Whoever started it waits for this line.
  server.take_signals();
  if (globals.json) {
    fmt::print("{{\"url\":\"http://{}:{}\"}}\n", options.address, server.port());
  } else {
    fmt::print("registry at http://{}:{}; stop it by Ctrl-C or SIGTERM\n", options.address,
               server.port());
  }
  std::fflush(stdout);
  server.run();
  return {};
}

}  // namespace

void add_registry_serve(CLI::App& group, Globals& globals) {
  auto options = std::make_shared<ServeOptions>();
  auto* command = group.add_subcommand("serve", "answer Confluent's Schema Registry API over HTTP");
  command->add_option("--port", options->port, "0 for any free one; 8081 where it is left out");
  command->add_option("--address", options->address,
                      "where to listen; without it only this machine can connect");
  command->add_option("--connections", options->connections, "how many may be open at once");
  command->footer(
      "Every request needs an API key (assay key create), which alone decides whose registry it "
      "sees:\n"
      "  SchemaRegistryClient({\"url\": \"http://127.0.0.1:8081\", \"basic.auth.user.info\": "
      "\"ID:SECRET\"})\n"
      "One line of JSON a request goes to stderr, none with -q. There is no TLS: put a proxy in "
      "front of any\n"
      "address that others reach.");
  command->callback(
      [=, &globals] { run(globals, [&] { return serve_registry(globals, *options); }); });
}

}  // namespace assay::cli
