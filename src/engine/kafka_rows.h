#pragma once
// A Kafka record as a row of bronze.

#include "engine/bronze_epoch.h"
#include "engine/kafka_client.h"
#include "engine/kafka_feed.h"

namespace assay::engine {

Status add_kafka_record(Session& session, BronzeEpoch& epoch, const Destination& destination,
                        const KafkaPart& part, const KafkaRecord& record);

}  // namespace assay::engine
