#include "engine/kafka_client.h"

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <limits>

namespace assay::engine {
namespace {

using PartitionList = std::unique_ptr<rd_kafka_topic_partition_list_t,
                                      decltype(&rd_kafka_topic_partition_list_destroy)>;

const rd_kafka_message_t& view(const void* message) {
  return *static_cast<const rd_kafka_message_t*>(message);
}

PartitionList partition_list() {
  return {rd_kafka_topic_partition_list_new(1), rd_kafka_topic_partition_list_destroy};
}

int milliseconds(Micros micros) {
  return static_cast<int>(std::clamp<Micros>(micros / 1000, 0, std::numeric_limits<int>::max()));
}

Error unreachable(const std::string& brokers, const std::string& why) {
  return make_error(Code::broker_unreachable, fmt::format("no broker of {} answers", brokers),
                    "Nothing is lost while the brokers keep the records; reading goes on by itself "
                    "once one answers.",
                    why);
}

KafkaEvent::Kind kind_of(rd_kafka_resp_err_t code) {
  switch (code) {
    case RD_KAFKA_RESP_ERR__PARTITION_EOF: return KafkaEvent::Kind::end;
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
    case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE: return KafkaEvent::Kind::reset;
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION: return KafkaEvent::Kind::gone;
    default: return KafkaEvent::Kind::unread;
  }
}

}  // namespace

KafkaRecord::~KafkaRecord() {
  if (message_ != nullptr) rd_kafka_message_destroy(static_cast<rd_kafka_message_t*>(message_));
}

KafkaRecord& KafkaRecord::operator=(KafkaRecord&& other) noexcept {
  std::swap(message_, other.message_);
  return *this;
}

std::int64_t KafkaRecord::offset() const { return view(message_).offset; }

Micros KafkaRecord::timestamp() const {
  rd_kafka_timestamp_type_t type = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
  const std::int64_t millis = rd_kafka_message_timestamp(&view(message_), &type);
  const bool is_known = type != RD_KAFKA_TIMESTAMP_NOT_AVAILABLE && millis > 0;
  return is_known ? millis * 1000 : 0;
}

std::string_view KafkaRecord::payload() const {
  const auto& message = view(message_);
  if (message.payload == nullptr) return {};
  return {static_cast<const char*>(message.payload), message.len};
}

bool KafkaRecord::is_tombstone() const { return view(message_).payload == nullptr; }

std::optional<std::string_view> KafkaRecord::key() const {
  const auto& message = view(message_);
  if (message.key == nullptr) return std::nullopt;
  return std::string_view(static_cast<const char*>(message.key), message.key_len);
}

bool KafkaRecord::has_headers() const {
  rd_kafka_headers_t* headers = nullptr;
  return rd_kafka_message_headers(&view(message_), &headers) == RD_KAFKA_RESP_ERR_NO_ERROR;
}

std::vector<KafkaRecord::Header> KafkaRecord::headers() const {
  std::vector<Header> found;
  rd_kafka_headers_t* headers = nullptr;
  if (rd_kafka_message_headers(&view(message_), &headers) != RD_KAFKA_RESP_ERR_NO_ERROR)
    return found;
  const char* name = nullptr;
  const void* value = nullptr;
  std::size_t size = 0;
  for (std::size_t index = 0;
       rd_kafka_header_get_all(headers, index, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR;
       ++index) {
    std::optional<std::string_view> text;
    if (value != nullptr) text = std::string_view(static_cast<const char*>(value), size);
    found.emplace_back(name, text);
  }
  return found;
}

std::size_t KafkaRecord::size() const {
  constexpr std::size_t kFrame = 256;  // what librdkafka keeps for each message
  return view(message_).len + view(message_).key_len + kFrame;
}

struct KafkaClient::Impl {
  rd_kafka_t* handle = nullptr;
  std::string brokers;
  int mirroring = 0;
  std::string mirror_fault;
  std::string last_fault;      ///< of the cluster
  bool is_suspicious = false;  ///< last_fault is news

  ~Impl() {
    if (handle == nullptr) return;
    // Nobody is to be told: offsets stand in the control database, and the group has no members.
    rd_kafka_destroy_flags(handle, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
  }
  static void on_error(rd_kafka_t*, int code, const char* reason, void* opaque) {
    auto& self = *static_cast<Impl*>(opaque);
    self.last_fault =
        fmt::format("{}: {}", rd_kafka_err2str(static_cast<rd_kafka_resp_err_t>(code)), reason);
    self.is_suspicious = true;
  }
  static void on_mirrored(rd_kafka_t*, rd_kafka_resp_err_t code, rd_kafka_topic_partition_list_t*,
                          void* opaque) {
    auto& self = *static_cast<Impl*>(opaque);
    --self.mirroring;
    const bool good = code == RD_KAFKA_RESP_ERR_NO_ERROR || code == RD_KAFKA_RESP_ERR__NO_OFFSET;
    self.mirror_fault = good ? "" : rd_kafka_err2str(code);
  }
  // Faults come as events; a library that writes to stderr would break the log's form.
  static void on_log(const rd_kafka_t*, int, const char*, const char*) {}

  KafkaPlace place_of(const rd_kafka_message_t& message) const {
    return {message.rkt == nullptr ? "" : rd_kafka_topic_name(message.rkt), message.partition};
  }
};

KafkaClient::KafkaClient(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
KafkaClient::~KafkaClient() = default;

Result<std::unique_ptr<KafkaClient>> KafkaClient::open(const KafkaSettings& settings) {
  auto impl = std::make_unique<Impl>();
  impl->brokers = settings.brokers;
  std::unique_ptr<rd_kafka_conf_t, decltype(&rd_kafka_conf_destroy)> conf(rd_kafka_conf_new(),
                                                                          rd_kafka_conf_destroy);
  char fault[512] = {};
  for (const auto& [name, value] : settings.properties) {
    if (rd_kafka_conf_set(conf.get(), name.c_str(), value.c_str(), fault, sizeof fault) !=
        RD_KAFKA_CONF_OK) {
      return make_error(Code::source_unreadable,
                        fmt::format("the Kafka client does not take the setting {}", name),
                        "Look at the source's file in sources/.");
    }
  }
  rd_kafka_conf_set_opaque(conf.get(), impl.get());
  rd_kafka_conf_set_error_cb(conf.get(), Impl::on_error);
  rd_kafka_conf_set_log_cb(conf.get(), Impl::on_log);
  rd_kafka_conf_set_offset_commit_cb(conf.get(), Impl::on_mirrored);
  impl->handle = rd_kafka_new(RD_KAFKA_CONSUMER, conf.get(), fault, sizeof fault);
  if (impl->handle == nullptr) {
    return make_error(Code::source_unreadable,
                      fmt::format("no Kafka client can be made for {}", settings.brokers),
                      "Look at the source's file in sources/.", fault);
  }
  static_cast<void>(conf.release());  // the client's own from here on
  rd_kafka_poll_set_consumer(impl->handle);
  return std::unique_ptr<KafkaClient>(new KafkaClient(std::move(impl)));
}

Result<std::vector<KafkaTopic>> KafkaClient::topics(Micros most) {
  const rd_kafka_metadata_t* raw = nullptr;
  const auto code = rd_kafka_metadata(impl_->handle, 1, nullptr, &raw, milliseconds(most));
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    const std::string& why = impl_->last_fault;
    return unreachable(impl_->brokers, why.empty() ? rd_kafka_err2str(code) : why);
  }
  const std::unique_ptr<const rd_kafka_metadata_t, decltype(&rd_kafka_metadata_destroy)> metadata(
      raw, rd_kafka_metadata_destroy);
  std::vector<KafkaTopic> topics;
  for (int index = 0; index < metadata->topic_cnt; ++index) {
    const auto& topic = metadata->topics[index];
    if (topic.err != RD_KAFKA_RESP_ERR_NO_ERROR && topic.partition_cnt == 0) continue;
    KafkaTopic found{.name = topic.topic, .partitions = {}};
    for (int at = 0; at < topic.partition_cnt; ++at) {
      found.partitions.push_back(topic.partitions[at].id);
      if (topic.partitions[at].leader < 0) ++found.leaderless;
    }
    topics.push_back(std::move(found));
  }
  return topics;
}

Result<KafkaClient::Watermarks> KafkaClient::watermarks(const KafkaPlace& place, Micros most) {
  Watermarks marks;
  const auto code =
      rd_kafka_query_watermark_offsets(impl_->handle, place.topic.c_str(), place.partition,
                                       &marks.low, &marks.high, milliseconds(most));
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return marks;
  return unreachable(impl_->brokers, fmt::format("partition {} of topic {}: {}", place.partition,
                                                 place.topic, rd_kafka_err2str(code)));
}

std::int64_t KafkaClient::last_known_end(const KafkaPlace& place) const {
  std::int64_t low = 0, high = -1;
  const auto code = rd_kafka_get_watermark_offsets(impl_->handle, place.topic.c_str(),
                                                   place.partition, &low, &high);
  return code == RD_KAFKA_RESP_ERR_NO_ERROR ? high : -1;
}

Status KafkaClient::begin(const KafkaPlace& place, std::int64_t offset) {
  const PartitionList list = partition_list();
  rd_kafka_topic_partition_list_add(list.get(), place.topic.c_str(), place.partition)->offset =
      offset;
  rd_kafka_error_t* const error = rd_kafka_incremental_assign(impl_->handle, list.get());
  if (error == nullptr) return {};
  std::string why = rd_kafka_error_string(error);
  rd_kafka_error_destroy(error);
  return make_error(
      Code::source_unreadable,
      fmt::format("partition {} of topic {} cannot be read", place.partition, place.topic), {},
      std::move(why));
}

void KafkaClient::leave(const KafkaPlace& place) {
  const PartitionList list = partition_list();
  rd_kafka_topic_partition_list_add(list.get(), place.topic.c_str(), place.partition);
  rd_kafka_error_t* const error = rd_kafka_incremental_unassign(impl_->handle, list.get());
  if (error != nullptr) rd_kafka_error_destroy(error);  // it was not being read
}

KafkaEvent KafkaClient::next(Micros most) {
  KafkaEvent event;
  rd_kafka_message_t* const message = rd_kafka_consumer_poll(impl_->handle, milliseconds(most));
  if (message == nullptr) {
    if (!std::exchange(impl_->is_suspicious, false)) return event;
    event.kind = KafkaEvent::Kind::suspicious;
    event.text = impl_->last_fault;
    return event;
  }
  event.place = impl_->place_of(*message);
  event.offset = message->offset;
  event.record.emplace(message);
  if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
    event.kind = KafkaEvent::Kind::record;
    return event;
  }
  event.kind = event.place.topic.empty() ? KafkaEvent::Kind::suspicious : kind_of(message->err);
  event.text = rd_kafka_message_errstr(message);
  event.record.reset();
  return event;
}

void KafkaClient::mirror(const std::vector<std::pair<KafkaPlace, std::int64_t>>& offsets) {
  if (offsets.empty()) return;
  const PartitionList list = partition_list();
  for (const auto& [place, offset] : offsets) {
    rd_kafka_topic_partition_list_add(list.get(), place.topic.c_str(), place.partition)->offset =
        offset;
  }
  const auto code = rd_kafka_commit(impl_->handle, list.get(), 1);
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
    ++impl_->mirroring;
  else
    impl_->mirror_fault = rd_kafka_err2str(code);
}

bool KafkaClient::is_mirroring() const { return impl_->mirroring > 0; }
std::string KafkaClient::mirror_fault() const { return impl_->mirror_fault; }

}  // namespace assay::engine
