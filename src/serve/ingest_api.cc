#include "serve/ingest_api.h"

#include <fmt/format.h>

#include <exception>
#include <nlohmann/json.hpp>
#include <utility>

#include "serve/api_keys.h"
#include "serve/store_pool.h"

namespace assay::serve {
namespace {

constexpr const char* kRetrySeconds = "2";  ///< an epoch later there is room

std::string dump(const nlohmann::ordered_json& json) {
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

/// What went wrong on our side is not told, only kept for the log.
bool is_ours(const Error& error) {
  switch (error.kind()) {
    case ErrorKind::unavailable:
    case ErrorKind::data_loss:
    case ErrorKind::internal: return true;
    default: return error.code == Code::disk_full || error.code == Code::file_permission;
  }
}

HttpResponse error_answer(const Error& error) {
  const ErrorRow& row = error_row(error.code);
  HttpResponse response;
  response.status = row.http_status;
  const bool ours = is_ours(error);
  if (ours) {
    response.fault = error.to_text();
    response.status = error.kind() == ErrorKind::internal ? 500 : 503;
  }
  response.body = dump({{"error",
                         {{"code", static_cast<int>(error.code)},
                          {"name", row.name},
                          {"kind", to_string(row.kind)},
                          {"message", ours ? std::string(row.doc) : error.message},
                          {"hint", ours ? "Nobody can say whether the records were taken: send "
                                          "them again, with the same Idempotency-Key."
                                   : error.hint.empty() ? std::string(next_step(row.kind))
                                                        : error.hint}}}});
  if (response.status == 401)
    response.headers.emplace_back("WWW-Authenticate", "Basic realm=\"assay\"");
  if (response.status == 429 || response.status == 503)
    response.headers.emplace_back("Retry-After", kRetrySeconds);
  return response;
}

HttpResponse text_answer(int status, std::string body, std::string type = "text/plain") {
  HttpResponse response;
  response.status = status;
  response.content_type = std::move(type);
  response.body = std::move(body);
  return response;
}

std::string header(const HttpRequest& request, std::string_view name) {
  const auto found = request.headers.find(name);
  return found == request.headers.end() ? std::string() : found->second;
}

HttpResponse taken_answer(const std::string& application, const TakenRecords& taken) {
  HttpResponse response;
  response.status = 202;
  response.body =
      dump({{"application", application},
            {"records", taken.count},
            {"positions", {{"first", taken.first}, {"last", taken.first + taken.count - 1}}}});
  if (taken.repeated) response.headers.emplace_back("Idempotent-Replayed", "true");
  return response;
}

}  // namespace

IngestApi::IngestApi(Options options, RecordSink& sink)
    : options_(std::move(options)),
      sink_(sink),
      stores_(std::make_unique<StorePool>(options_.control_db)) {}
IngestApi::~IngestApi() = default;

/// Who asks is settled before anything else of the request is looked at.
HttpResponse IngestApi::push(const HttpRequest& request, const RequestTarget& target) {
  auto store = stores_->take();
  if (!store) return error_answer(store.error());
  const auto caller = Caller::authenticate(*store, header(request, "authorization"), clock_->now());
  stores_->give_back(*std::move(store));
  if (!caller) return error_answer(caller.error());
  const auto respond = [&]() -> HttpResponse {
    if (request.method != "POST") {
      HttpResponse response = error_answer(
          make_error(Code::method_unknown, fmt::format("{} is not answered here", request.method),
                     "Records are sent by POST."));
      response.headers.emplace_back("Allow", "POST");
      return response;
    }
    if (!caller->may(Role::writer)) {
      return error_answer(make_error(Code::key_role, "the key needs the role writer to push",
                                     "Make another one: assay key create --role writer."));
    }
    const std::string& application = target.segments[2];
    const auto taken = sink_.take({.tenant = caller->tenant(),
                                   .application = application,
                                   .content_type = header(request, "content-type"),
                                   .content_encoding = header(request, "content-encoding"),
                                   .idempotency_key = header(request, "idempotency-key"),
                                   .body = request.body});
    return taken ? taken_answer(application, *taken) : error_answer(taken.error());
  };
  HttpResponse response = respond();
  response.tenant = caller->tenant();
  response.key_id = caller->key_id();
  return response;
}

HttpResponse IngestApi::answer(const HttpRequest& request) {
  const auto target = parse_target(request.target);
  if (!target) return error_answer(target.error());
  const auto& path = target->segments;
  if (path.size() == 3 && path[0] == "v1" && path[1] == "ingest") {
    HttpResponse response = push(request, *target);
    if (options_.on_answer) options_.on_answer(response.status);
    return response;
  }
  const bool known =
      path.size() == 1 && (path[0] == "healthz" || path[0] == "readyz" || path[0] == "metrics");
  if (!known) {
    return error_answer(make_error(Code::route_unknown, "nothing answers at this address",
                                   "Records go to POST /v1/ingest/{application}."));
  }
  if (request.method != "GET" && request.method != "HEAD") {
    return error_answer(
        make_error(Code::method_unknown, fmt::format("{} is not answered here", request.method)));
  }
  if (path[0] == "healthz") return text_answer(200, "ok\n");
  if (path[0] == "metrics")
    return text_answer(200, options_.metrics_text(), "text/plain; version=0.0.4");
  return options_.is_ready() ? text_answer(200, "ready\n") : text_answer(503, "not ready\n");
}

HttpResponse IngestApi::handle(const HttpRequest& request) {
  try {
    return answer(request);
  } catch (const std::exception& failure) {
    return error_answer(make_error(Code::internal, failure.what()));
  }
}

HttpResponse IngestApi::refusal(int status, const std::string& message) {
  HttpResponse response = error_answer(
      make_error(status == 413 ? Code::request_too_large : Code::request_invalid, message));
  response.status = status;
  return response;
}

}  // namespace assay::serve
