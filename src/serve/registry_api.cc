#include "serve/registry_api.h"

#include <exception>

#include "serve/api_keys.h"
#include "serve/registry_answers.h"
#include "serve/registry_call.h"
#include "serve/request_target.h"
#include "serve/store_pool.h"

namespace assay::serve {

RegistryApi::RegistryApi(std::unique_ptr<StorePool> stores, RateLimiter::Rate rate)
    : stores_(std::move(stores)), limiter_(rate) {}
RegistryApi::~RegistryApi() = default;

Result<std::unique_ptr<RegistryApi>> RegistryApi::open(const Options& options) {
  auto stores = std::make_unique<StorePool>(options.control_db);
  ASSAY_TRY(auto first, stores->take());
  stores->give_back(std::move(first));
  return std::unique_ptr<RegistryApi>(new RegistryApi(std::move(stores), options.rate));
}

namespace {

/// Who asks is settled before anything of the request is looked at.
HttpResponse answer(control::SubjectStore& store, const HttpRequest& request, RateLimiter& limiter,
                    Micros now) {
  const auto header = request.headers.find("authorization");
  const auto caller = Caller::authenticate(
      store, header == request.headers.end() ? std::string_view() : header->second, now);
  if (!caller) return error_answer(caller.error());
  HttpResponse response;
  if (!limiter.take(caller->tenant(), now)) {
    response = error_answer(429, 42901, "too many requests; try again in a second");
    response.headers.emplace_back("Retry-After", "1");
  } else if (const auto target = parse_target(request.target); !target) {
    response = error_answer(target.error());
  } else {
    response = answer_registry_call(store, *caller, request, *target, now);
  }
  response.tenant = caller->tenant();
  response.key_id = caller->key_id();
  return response;
}

}  // namespace

HttpResponse RegistryApi::handle(const HttpRequest& request) {
  try {
    auto store = stores_->take();
    if (!store) return error_answer(store.error());
    HttpResponse response = answer(*store, request, limiter_, clock_->now());
    stores_->give_back(*std::move(store));
    return response;
  } catch (const std::exception& failure) {
    HttpResponse response = error_answer(500, 50001, "internal error");
    response.fault = failure.what();
    return response;
  }
}

HttpResponse RegistryApi::refusal(int status, const std::string& message) {
  return error_answer(status, status, message);
}

}  // namespace assay::serve
