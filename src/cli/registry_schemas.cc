// assay registry diff | check | register | fingerprint: versions of subjects against each other and
// against files.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <span>

#include "cli/registry.h"
#include "io/clock.h"
#include "io/file_system.h"
#include "io/process.h"
#include "schema/avro_schema.h"
#include "serve/compiled_schema.h"

namespace assay::cli {
namespace {

using nlohmann::ordered_json;

struct SchemaOptions {
  std::string tenant, subject, file, type = "AVRO", owner, reason, level;
  std::vector<std::string> references;
  std::string from, to = "latest";
};

std::string dump(const ordered_json& value) {
  return value.dump(2, ' ', false, nlohmann::json::error_handler_t::replace);
}

/// "name=subject:version".
Result<serve::SchemaReference> parse_reference(const std::string& text) {
  const auto equals = text.find('=');
  const auto colon = text.rfind(':');
  const bool good = equals != std::string::npos && colon != std::string::npos && colon > equals &&
                    colon + 1 < text.size() && colon - equals < 600 &&
                    text.find_first_not_of("0123456789", colon + 1) == std::string::npos &&
                    text.size() - colon < 10;
  if (!good) {
    return make_error(Code::usage, fmt::format("\"{}\" is no reference", text),
                      "Write it as NAME=SUBJECT:VERSION.");
  }
  return serve::SchemaReference{text.substr(0, equals), text.substr(equals + 1, colon - equals - 1),
                                std::stoll(text.substr(colon + 1))};
}

Result<std::string> read_schema(const Globals& globals, const std::string& file) {
  ASSAY_TRY(const std::string folder, io::absolute_path(globals.directory));
  return io::local_file_system()->read(file.starts_with('/') ? file : folder + "/" + file);
}

Result<serve::SchemaDraft> draft_of(const Globals& globals, const SchemaOptions& options) {
  serve::SchemaDraft draft{.type = options.type};
  ASSAY_TRY(draft.text, read_schema(globals, options.file));
  for (const std::string& text : options.references) {
    ASSAY_TRY(auto reference, parse_reference(text));
    draft.references.push_back(std::move(reference));
  }
  return draft;
}

Status check(const Globals& globals, const SchemaOptions& options) {
  ASSAY_TRY(auto store, open_subject_store(globals));
  ASSAY_TRY(const auto subject, serve::parse_subject(options.subject, "."));
  ASSAY_TRY(const auto draft, draft_of(globals, options));
  serve::SchemaRegistry registry(store, {options.tenant, subject.context}, {});
  ASSAY_TRY(const auto config, registry.config(subject.subject));
  ASSAY_TRY(const auto verdict, registry.check(subject.subject, std::nullopt, draft));
  if (globals.json) {
    fmt::print("{}\n", dump({{"compatible", verdict.compatible},
                             {"level", schema::to_string(config.level)},
                             {"messages", verdict.messages}}));
  }
  if (verdict.compatible) {
    if (!globals.json) fmt::print("compatible ({})\n", schema::to_string(config.level));
    return {};
  }
  return make_error(Code::schema_incompatible,
                    fmt::format("{} is not compatible with \"{}\" ({})", options.file,
                                options.subject, schema::to_string(config.level)),
                    "Make the change compatible, or set another level for the subject.",
                    fmt::format("{}", fmt::join(verdict.messages, "\n")));
}

Status put(const Globals& globals, const SchemaOptions& options) {
  ASSAY_TRY(auto store, open_subject_store(globals));
  ASSAY_TRY(const auto subject, serve::parse_subject(options.subject, "."));
  ASSAY_TRY(const auto draft, draft_of(globals, options));
  serve::SchemaRegistry registry(store, {options.tenant, subject.context},
                                 {options.owner, options.reason, io::system_clock()->now()});
  ASSAY_TRY(const auto registered, registry.put(subject.subject, draft));
  if (globals.json) {
    fmt::print("{}\n", dump({{"subject", options.subject},
                             {"version", registered.version.version},
                             {"id", registered.schema.id}}));
  } else {
    fmt::print("{} version {} has the id {}\n", options.subject, registered.version.version,
               registered.schema.id);
  }
  return {};
}

ordered_json reasons_json(const std::vector<schema::Incompatibility>& reasons) {
  ordered_json list = ordered_json::array();
  for (const auto& reason : reasons) {
    list.push_back(
        {{"kind", reason.kind}, {"pointer", reason.pointer}, {"message", reason.message}});
  }
  return list;
}

void print_reasons(std::string_view title, const std::vector<schema::Incompatibility>& reasons) {
  fmt::print("{}: {}\n", title, reasons.empty() ? "yes" : "no");
  for (const auto& reason : reasons) {
    fmt::print("  {} at '{}': {}\n", reason.kind, reason.pointer, reason.message);
  }
}

/// What changed in the text, as a JSON Patch, and what that means for readers and writers.
Status diff(const Globals& globals, const SchemaOptions& options) {
  ASSAY_TRY(auto store, open_subject_store(globals));
  ASSAY_TRY(const auto subject, serve::parse_subject(options.subject, "."));
  const control::RegistryScope scope{options.tenant, subject.context};
  serve::SchemaRegistry registry(store, scope, {});
  const auto visible = serve::Visible::with_deleted;
  ASSAY_TRY(const auto from, registry.version(subject.subject, options.from, visible));
  ASSAY_TRY(const auto to, registry.version(subject.subject, options.to, visible));
  const auto compiled = [&](const serve::RegisteredSchema& one) {
    return serve::CompiledSchema::compile(
        store, scope,
        {.type = one.schema.type, .text = one.schema.text, .references = one.references});
  };
  ASSAY_TRY(const auto old, compiled(from));
  ASSAY_TRY(const auto fresh, compiled(to));
  ASSAY_TRY(const auto config, registry.config(subject.subject));
  const auto backward = fresh.cannot_read(old, config.policy);
  const auto forward = old.cannot_read(fresh, config.policy);
  const auto patch = nlohmann::json::diff(nlohmann::json::parse(from.schema.text, nullptr, false),
                                          nlohmann::json::parse(to.schema.text, nullptr, false));
  if (globals.json) {
    fmt::print("{}\n", dump({{"from", from.version.version},
                             {"to", to.version.version},
                             {"patch", patch},
                             {"backward", reasons_json(backward)},
                             {"forward", reasons_json(forward)}}));
    return {};
  }
  for (const auto& step : patch) {
    fmt::print("{:8} {} {}\n", step.value("op", ""), step.value("path", ""),
               step.contains("value") ? step["value"].dump() : "");
  }
  print_reasons(
      fmt::format("version {} reads data of version {}", to.version.version, from.version.version),
      backward);
  print_reasons(
      fmt::format("version {} reads data of version {}", from.version.version, to.version.version),
      forward);
  return {};
}

std::string hex_of(std::span<const std::uint8_t> bytes) {
  return to_hex(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}

/// What others know an Avro schema by. Needs no workspace.
Status print_fingerprint(const Globals& globals, const SchemaOptions& options) {
  ASSAY_TRY(const std::string text, read_schema(globals, options.file));
  ASSAY_TRY(const auto schema, schema::AvroSchema::parse(text));
  const std::string form = schema.canonical_form();
  const std::uint64_t crc = schema::avro_fingerprint(form);
  const std::string md5 = hex_of(schema::md5_fingerprint(form));
  const std::string sha256 = hex_of(schema::sha256_fingerprint(form));
  if (globals.json) {
    fmt::print("{}\n", dump({{"crc64_avro", fmt::format("{:016x}", crc)},
                             {"md5", md5},
                             {"sha256", sha256},
                             {"canonical", form}}));
    return {};
  }
  fmt::print("CRC-64-AVRO  {:016x}\nMD5          {}\nSHA-256      {}\n{}\n", crc, md5, sha256,
             form);
  return {};
}

void add_draft_options(CLI::App& command, SchemaOptions& options) {
  command.add_option("SUBJECT", options.subject, "the subject, such as orders-value")->required();
  command.add_option("FILE", options.file, "the schema")->required();
  command.add_option("--tenant", options.tenant, "whose registry")->required();
  command.add_option("--type", options.type, "AVRO or JSON")
      ->check(CLI::IsMember({"AVRO", "JSON"}));
  command.add_option("--reference", options.references,
                     "NAME=SUBJECT:VERSION, once for each schema that it refers to");
}

}  // namespace

void add_registry_schemas(CLI::App& group, Globals& globals) {
  auto options = std::make_shared<SchemaOptions>();
  auto* check_command = group.add_subcommand(
      "check", "would a schema be accepted as the next version of a subject? Changes nothing");
  add_draft_options(*check_command, *options);
  check_command->footer("Exit code 0: compatible; 4: not, with the reasons; 2: not a schema.");
  check_command->callback(
      [=, &globals] { run(globals, [&] { return check(globals, *options); }); });
  auto* put_command = group.add_subcommand("register", "add a version to a subject");
  add_draft_options(*put_command, *options);
  put_command->add_option("--owner", options->owner, "who answers for it")->required();
  put_command->add_option("--reason", options->reason, "why it is needed");
  put_command->callback([=, &globals] { run(globals, [&] { return put(globals, *options); }); });
  auto* print_command = group.add_subcommand(
      "fingerprint", "the canonical form of an Avro schema and its fingerprints");
  print_command->add_option("FILE", options->file, "the schema")->required();
  print_command->callback(
      [=, &globals] { run(globals, [&] { return print_fingerprint(globals, *options); }); });
  auto* diff_command = group.add_subcommand(
      "diff", "what differs between two versions of a subject, and who can read whose data");
  diff_command->add_option("SUBJECT", options->subject, "the subject")->required();
  diff_command->add_option("FROM", options->from, "a version")->required();
  diff_command->add_option("TO", options->to, "another one; the latest where it is left out");
  diff_command->add_option("--tenant", options->tenant, "whose registry")->required();
  diff_command->callback([=, &globals] { run(globals, [&] { return diff(globals, *options); }); });
}

}  // namespace assay::cli
