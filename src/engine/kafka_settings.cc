#include "engine/kafka_settings.h"

#include <fmt/format.h>

#include <algorithm>

#include "io/process.h"

namespace assay::engine {
namespace {

// Fetched ahead, of all partitions together, before a source's own buffer.
constexpr std::size_t kAheadKbytes = 32 * 1024;
constexpr std::size_t kFetchBytes = std::size_t{16} << 20;          ///< of one answer
constexpr std::size_t kPartitionFetchBytes = std::size_t{4} << 20;  ///< of one partition in it
// Answers and decompressed batches. A batch beyond it cannot be read at all, so it is generous.
constexpr std::size_t kAnswerBytes = std::size_t{256} << 20;
constexpr std::size_t kAnswerBytesHighest = std::size_t{2'000'000'000};

std::string text(std::size_t number) { return std::to_string(number); }

std::string upper(std::string_view text) {
  std::string made(text);
  for (char& c : made) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return made;
}

/// The secret that a variable or a file holds; a file's last line break is not part of it.
Result<std::string> secret(const std::string& source, const std::string& variable,
                           const std::string& path, io::FileSystem& files) {
  if (!variable.empty()) {
    auto value = io::environment_variable(variable);
    if (value) return *std::move(value);
    return make_error(Code::source_unreadable,
                      fmt::format("source \"{}\" needs the environment variable {}, which is not "
                                  "set",
                                  source, variable),
                      "Set it where assay runs, or name a file instead.");
  }
  if (path.empty()) return std::string();
  ASSAY_TRY(std::string value, files.read(path));
  while (!value.empty() && (value.back() == '\n' || value.back() == '\r')) value.pop_back();
  return value;
}

}  // namespace

Result<KafkaSettings> kafka_settings(const model::Source& source, const PayloadLimits& limits,
                                     io::FileSystem& files) {
  const model::KafkaAccess& access = source.kafka;
  KafkaSettings settings;
  for (const std::string& broker : access.brokers)
    settings.brokers += fmt::format("{}{}", settings.brokers.empty() ? "" : ",", broker);
  const auto set = [&](const char* name, std::string value) {
    if (!value.empty()) settings.properties.emplace_back(name, std::move(value));
  };
  const std::size_t answer =
      std::clamp(2 * limits.record_size_max, kAnswerBytes, kAnswerBytesHighest);
  set("bootstrap.servers", settings.brokers);
  set("client.id", "assay");
  set("group.id", access.group.empty() ? "assay-" + source.name : access.group);
  set("enable.auto.commit", "false");
  set("enable.auto.offset.store", "false");
  set("auto.offset.reset", "error");
  set("isolation.level", "read_committed");
  set("enable.partition.eof", "true");
  set("check.crcs", "true");
  set("allow.auto.create.topics", "false");
  set("queued.max.messages.kbytes", text(kAheadKbytes));
  set("fetch.max.bytes", text(kFetchBytes));
  set("fetch.message.max.bytes", text(kPartitionFetchBytes));
  set("receive.message.max.bytes", text(answer));
  set("fetch.wait.max.ms", "100");
  set("fetch.error.backoff.ms", "200");
  set("reconnect.backoff.max.ms", "2000");
  set("socket.keepalive.enable", "true");
  set("topic.metadata.refresh.interval.ms", "10000");
  set("security.protocol", access.protocol);
  set("sasl.mechanisms", upper(access.mechanism));
  set("sasl.username", access.username);
  set("ssl.ca.location", access.ca_file);
  set("ssl.certificate.location", access.certificate_file);
  set("ssl.key.location", access.key_file);
  ASSAY_TRY(std::string password,
            secret(source.name, access.password_env, access.password_file, files));
  set("sasl.password", std::move(password));
  ASSAY_TRY(std::string key_password,
            secret(source.name, access.key_password_env, access.key_password_file, files));
  set("ssl.key.password", std::move(key_password));
  return settings;
}

}  // namespace assay::engine
