#pragma once
// The one table of errors that a user can see (style rule 20). docs/errors.md is derived from it.
// Blocks: 1xxx workspace, 2xxx payload (kernel), 3xxx lake, 4xxx control and engine, 5xxx verify,
// 6xxx questions, 7xxx files and machine, 9xxx our own faults. A number is never used twice.

#include <span>
#include <string_view>

namespace assay {

/// What the caller does next.
enum class ErrorKind {
  invalid_input,        ///< fix the input
  failed_precondition,  ///< fix the state first
  not_found,            ///< name something that exists
  already_exists,       ///< nothing to do, or choose another name
  conflict,             ///< retry the transaction
  unavailable,          ///< retry this call
  resource_exhausted,   ///< raise a limit or free room
  permission_denied,    ///< ask for the right
  data_loss,            ///< restore; do not go on
  cancelled,            ///< the user stopped it
  internal,             ///< report a bug
};

/// X(name, number, kind, http status, description)
#define ASSAY_ERROR_TABLE(X)                                                                       \
  X(no_workspace, 1001, not_found, 404, "no assay.yaml in this folder or any folder above it")     \
  X(workspace_invalid, 1002, invalid_input, 422,                                                   \
    "one or more files of the workspace have mistakes")                                            \
  X(workspace_exists, 1003, already_exists, 409, "the target folder already holds a workspace")    \
  X(example_unknown, 1004, not_found, 404, "no built-in example has this name")                    \
  X(yaml_syntax, 1101, invalid_input, 422, "a file of the workspace is not valid YAML or JSON")    \
  X(yaml_unknown_key, 1102, invalid_input, 422, "a key that this place does not know")             \
  X(yaml_missing_key, 1103, invalid_input, 422, "a key that this place needs is missing")          \
  X(yaml_wrong_type, 1104, invalid_input, 422, "a value of another type was expected")             \
  X(yaml_bad_value, 1105, invalid_input, 422, "a value outside of what this place accepts")        \
  X(reference_unknown, 1106, invalid_input, 422, "a name that nothing in the workspace defines")   \
  X(name_duplicate, 1107, invalid_input, 422, "a name is defined twice")                           \
  X(path_invalid, 1108, invalid_input, 422, "a JSONPath that this version does not take")          \
  X(expression_invalid, 1109, invalid_input, 422,                                                  \
    "an expression over fields that cannot be computed")                                           \
  X(plan_breaking, 1201, failed_precondition, 409, "the change breaks what is applied")            \
  X(plan_not_applied, 1202, failed_precondition, 409, "the workspace was not applied yet")         \
  X(plan_invalid, 1203, invalid_input, 422, "a compiled plan document is malformed")               \
  X(schema_invalid, 1301, invalid_input, 422, "a schema (Avro, JSON Schema) is not valid")         \
  X(schema_incompatible, 1302, failed_precondition, 409,                                           \
    "a schema is not compatible with earlier versions of its subject")                             \
  X(json_syntax, 2001, invalid_input, 422, "the payload is not valid JSON")                        \
  X(json_duplicate_key, 2002, invalid_input, 422, "an object has the same key twice")              \
  X(json_too_deep, 2003, invalid_input, 422, "the payload is nested deeper than the limit")        \
  X(json_too_large, 2004, invalid_input, 422, "the payload is larger than the limit")              \
  X(json_utf8, 2005, invalid_input, 422, "the payload is not valid UTF-8")                         \
  X(json_number_range, 2006, invalid_input, 422, "a number does not fit any exact type")           \
  X(json_too_many_keys, 2007, invalid_input, 422, "an object has more keys than the limit")        \
  X(json_not_object, 2008, invalid_input, 422, "the payload is JSON, but not an object")           \
  X(xml_syntax, 2020, invalid_input, 422, "the payload is not well-formed XML")                    \
  X(xml_doctype, 2021, invalid_input, 422,                                                         \
    "the payload declares a document type; DTDs and their entities are refused")                   \
  X(encoding_unsupported, 2022, invalid_input, 422,                                                \
    "the payload is in an encoding that is not read, or not in the one that it declares")          \
  X(avro_value, 2030, invalid_input, 422, "the payload is not a value of its Avro schema")         \
  X(schema_missing, 2031, invalid_input, 422,                                                      \
    "the schema that the payload was written with did not come with it")                           \
  X(avro_block, 2032, invalid_input, 422, "a block of an Avro file is damaged")                    \
  X(csv_row, 2040, invalid_input, 422, "a row of a CSV file does not fit its header line")         \
  X(tombstone, 2050, invalid_input, 422,                                                           \
    "the payload is a tombstone of a change feed: a key without a value")                          \
  X(shape_unknown, 2101, invalid_input, 422,                                                       \
    "no schema version of the tenant matches the payload")                                         \
  X(version_unknown, 2102, invalid_input, 422,                                                     \
    "the envelope names a version that is not registered")                                         \
  X(key_null, 2103, invalid_input, 422, "the key of the entity is null or absent")                 \
  X(required_null, 2104, invalid_input, 422, "a required field is null or absent")                 \
  X(value_type, 2105, invalid_input, 422, "a leaf does not convert to the type of its field")      \
  X(value_range, 2106, invalid_input, 422, "a value is outside of the range of its field")         \
  X(value_unmapped, 2107, invalid_input, 422, "a value map has no entry for this value")           \
  X(event_time_null, 2108, invalid_input, 422, "an event has no event time")                       \
  X(tenant_unrouted, 2109, invalid_input, 422,                                                     \
    "no rule of a source routes the record to a tenant")                                           \
  X(path_limit, 2110, invalid_input, 422,                                                          \
    "a path takes more steps or finds more in a payload than the limit")                           \
  X(expression_value, 2111, invalid_input, 422,                                                    \
    "an expression has no value for what the record holds")                                        \
  X(lake_format, 3001, data_loss, 500, "a file of a table is malformed")                           \
  X(lake_unsupported, 3002, failed_precondition, 501,                                              \
    "a table uses a feature that is not supported")                                                \
  X(lake_conflict, 3003, conflict, 409, "another writer moved the table")                          \
  X(table_unknown, 3004, not_found, 404, "no such table")                                          \
  X(parquet_write, 3101, internal, 500, "a Parquet file was not written")                          \
  X(parquet_read, 3102, data_loss, 500, "a Parquet file was not read")                             \
  X(control_database, 4001, unavailable, 503, "the control database did not answer")               \
  X(control_schema, 4002, failed_precondition, 409, "the control database has another version")    \
  X(lease_held, 4003, failed_precondition, 409, "another process works on this workspace")         \
  X(generation_stale, 4004, conflict, 409, "a newer generation has taken over")                    \
  X(manifest_state, 4005, failed_precondition, 409, "the manifest's state does not allow this")    \
  X(manifest_unknown, 4006, not_found, 404, "no such manifest")                                    \
  X(offset_moved, 4007, conflict, 409, "the range was committed already")                          \
  X(source_overwritten, 4101, failed_precondition, 409,                                            \
    "a file that was ingested has other content")                                                  \
  X(source_unreadable, 4102, not_found, 404, "an input cannot be read")                            \
  X(source_format, 4103, invalid_input, 422,                                                       \
    "an input is not whole in any format that is read: JSON, XML, Avro or CSV")                    \
  X(source_compressed, 4104, invalid_input, 422, "a compressed input is damaged")                  \
  X(source_reformatted, 4105, failed_precondition, 409,                                            \
    "an input was ingested in another format than its source declares now")                        \
  X(source_empty, 4106, invalid_input, 422, "no input holds a record")                             \
  X(state_store, 4201, unavailable, 503, "the state store did not answer")                         \
  X(subject_unknown, 4301, not_found, 404, "no such subject")                                      \
  X(schema_version_unknown, 4302, not_found, 404, "a subject has no such version")                 \
  X(schema_unknown, 4303, not_found, 404, "no such schema")                                        \
  X(subject_deleted, 4304, not_found, 404, "the subject was deleted")                              \
  X(subject_not_deleted, 4305, failed_precondition, 404,                                           \
    "a subject must be deleted before it is deleted for good")                                     \
  X(schema_version_deleted, 4306, not_found, 404, "the version of the subject was deleted")        \
  X(schema_version_not_deleted, 4307, failed_precondition, 404,                                    \
    "a version must be deleted before it is deleted for good")                                     \
  X(subject_config_unset, 4308, not_found, 404, "the subject has no compatibility of its own")     \
  X(subject_mode_unset, 4309, not_found, 404, "the subject has no mode of its own")                \
  X(schema_version_invalid, 4310, invalid_input, 422,                                              \
    "what is given is no version: a number from 1 up, or latest")                                  \
  X(compatibility_invalid, 4311, invalid_input, 422, "what is given is no compatibility level")    \
  X(registry_mode_invalid, 4312, invalid_input, 422, "what is given is no mode")                   \
  X(registry_refused, 4313, failed_precondition, 422,                                              \
    "the mode of the registry does not allow this")                                                \
  X(schema_referenced, 4314, failed_precondition, 422, "other schemas refer to the version")       \
  X(subject_invalid, 4315, invalid_input, 422, "what is given is no name of a subject")            \
  X(draft_unknown, 4316, not_found, 404, "no such draft version")                                  \
  X(push_log_damaged, 4401, data_loss, 500, "a segment of the push log is damaged")                \
  X(broker_unreachable, 4501, unavailable, 503, "no Kafka broker answers")                         \
  X(topic_unknown, 4502, not_found, 404, "the Kafka broker has no such topic")                     \
  X(records_expired, 4503, data_loss, 500,                                                         \
    "the Kafka broker dropped records before they were taken")                                     \
  X(verify_failed, 5001, data_loss, 500, "the proof does not hold")                                \
  X(row_unknown, 5002, not_found, 404, "no row has this key")                                      \
  X(question_unknown, 6001, invalid_input, 422, "the question has words that nothing defines")     \
  X(question_ambiguous, 6002, invalid_input, 422, "the question has several readings")             \
  X(sql_invalid, 6003, invalid_input, 422, "the SQL is not valid")                                 \
  X(sql_denied, 6004, permission_denied, 403, "the SQL asks for more than the tenant's tables")    \
  X(tenant_unknown, 6005, not_found, 404, "no such tenant")                                        \
  X(feature_unknown, 6006, not_found, 404, "no such feature view")                                 \
  X(sql_limit, 6007, resource_exhausted, 429, "the SQL takes more time or memory than is allowed") \
  X(file_not_found, 7001, not_found, 404, "a file does not exist")                                 \
  X(file_exists, 7002, already_exists, 409, "a file exists already")                               \
  X(file_io, 7003, unavailable, 503, "reading or writing a file failed")                           \
  X(disk_full, 7004, resource_exhausted, 507, "the disk is full")                                  \
  X(file_permission, 7005, permission_denied, 403, "no permission on a file")                      \
  X(usage, 8001, invalid_input, 400, "the command line is not right")                              \
  X(cancelled, 8002, cancelled, 499, "stopped by the user")                                        \
  X(key_refused, 8101, permission_denied, 401,                                                     \
    "no API key that is in force came with the request")                                           \
  X(request_invalid, 8102, invalid_input, 400, "a request is not one that the server understands") \
  X(request_too_large, 8103, resource_exhausted, 413, "a request is larger than the limit")        \
  X(route_unknown, 8104, not_found, 404, "nothing answers at this address")                        \
  X(method_unknown, 8105, invalid_input, 405, "the address does not answer to this method")        \
  X(port_unavailable, 8106, unavailable, 503, "the server cannot listen on this address and port") \
  X(key_unknown, 8107, not_found, 404, "no such API key")                                          \
  X(key_role, 8108, permission_denied, 403, "the API key lacks the role for this")                 \
  X(idempotency_key_reused, 8109, failed_precondition, 422,                                        \
    "an idempotency key came again with other content")                                            \
  X(content_unsupported, 8110, invalid_input, 415,                                                 \
    "a body has a type or an encoding that is not taken")                                          \
  X(backlog_full, 8111, resource_exhausted, 429, "what waits to be taken has reached its limit")   \
  X(internal, 9001, internal, 500, "a bug in Assay")

enum class Code : int {
#define ASSAY_ERROR_ENUM(name, number, kind, http, doc) name = number,
  ASSAY_ERROR_TABLE(ASSAY_ERROR_ENUM)
#undef ASSAY_ERROR_ENUM
};

struct ErrorRow {
  Code code;
  std::string_view name;
  ErrorKind kind;
  int http_status;
  std::string_view doc;
};

std::span<const ErrorRow> error_rows();
/// REQUIRES: nothing; an unknown number gives the row of Code::internal.
const ErrorRow& error_row(Code code);
std::string_view to_string(ErrorKind kind);
/// What to do next, as a sentence: the hint of an error that brings none of its own.
std::string_view next_step(ErrorKind kind);

}  // namespace assay
