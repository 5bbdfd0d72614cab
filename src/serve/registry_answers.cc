#include "serve/registry_answers.h"

#include <array>
#include <nlohmann/json.hpp>

namespace assay::serve {
namespace {

struct Numbered {
  Code code;
  int number;
};
// An error that is not listed goes by its HTTP status.
constexpr auto kNumbers = std::to_array<Numbered>({{Code::subject_unknown, 40401},
                                                   {Code::schema_version_unknown, 40402},
                                                   {Code::schema_unknown, 40403},
                                                   {Code::subject_deleted, 40404},
                                                   {Code::subject_not_deleted, 40405},
                                                   {Code::schema_version_deleted, 40406},
                                                   {Code::schema_version_not_deleted, 40407},
                                                   {Code::subject_config_unset, 40408},
                                                   {Code::subject_mode_unset, 40409},
                                                   {Code::schema_invalid, 42201},
                                                   {Code::schema_version_invalid, 42202},
                                                   {Code::compatibility_invalid, 42203},
                                                   {Code::registry_mode_invalid, 42204},
                                                   {Code::registry_refused, 42205},
                                                   {Code::schema_referenced, 42206},
                                                   {Code::subject_invalid, 42208},
                                                   {Code::path_limit, 42201}});

}  // namespace

int confluent_code(const Error& error) {
  for (const Numbered& numbered : kNumbers) {
    if (numbered.code == error.code) return numbered.number;
  }
  return error_row(error.code).http_status;
}

HttpResponse error_answer(int status, int error_code, const std::string& message) {
  HttpResponse response;
  response.status = status;
  response.content_type = kRegistryContentType;
  response.body = nlohmann::ordered_json{{"error_code", error_code}, {"message", message}}.dump(
      -1, ' ', false, nlohmann::json::error_handler_t::replace);
  return response;
}

HttpResponse error_answer(const Error& error) {
  switch (error.kind()) {
    case ErrorKind::unavailable:
    case ErrorKind::data_loss:
    case ErrorKind::internal: {
      const bool busy = error.kind() == ErrorKind::unavailable;
      HttpResponse response =
          error_answer(busy ? 503 : 500, busy ? 50301 : 50001,
                       busy ? "the registry cannot answer now; try again" : "internal error");
      response.fault = error.to_text();
      return response;
    }
    default: break;
  }
  HttpResponse response =
      error_answer(error_row(error.code).http_status, confluent_code(error), error.message);
  if (error.code == Code::key_refused) {
    response.headers.emplace_back("WWW-Authenticate", "Basic realm=\"assay\"");
  }
  return response;
}

std::string version_json(const RegisteredSchema& registered) {
  nlohmann::ordered_json json = {
      {"subject", qualified({registered.version.context, registered.version.subject})},
      {"version", registered.version.version},
      {"id", registered.schema.id},
      {"schemaType", registered.schema.type}};
  if (!registered.references.empty()) {
    json["references"] = nlohmann::ordered_json::parse(references_json(registered.references));
  }
  json["schema"] = registered.schema.text;
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace assay::serve
