#include "engine/kafka_mark.h"

#include <gmock/gmock.h>

#include "engine/kafka_headers.h"

namespace assay::engine {
namespace {

using namespace std::string_view_literals;

TEST(KafkaMark, ComesBackFromItsText) {
  for (const std::string_view payload : {""sv, "x"sv, "{\"a\":1}"sv}) {
    const KafkaMark mark{
        .offset = 1234567890123, .timestamp = 1'700'000'000'000'000, .hash = xxh3_128(payload)};
    EXPECT_EQ(KafkaMark::parse(mark.to_text()), mark) << mark.to_text();
  }
}

TEST(KafkaMark, OtherTextsAreNone) {
  const std::string whole = KafkaMark{.offset = 1, .timestamp = 2, .hash = {3, 4}}.to_text();
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_EQ(KafkaMark::parse(whole.substr(0, size)), std::nullopt) << size;
  EXPECT_EQ(KafkaMark::parse(whole + "0"), std::nullopt);
  EXPECT_EQ(KafkaMark::parse("a 2 00000000000000030000000000000004"), std::nullopt);
  EXPECT_EQ(KafkaMark::parse("1 2 0000000000000003000000000000000g"), std::nullopt);
}

TEST(KafkaHeaders, NothingToKeepIsNothing) {
  EXPECT_EQ(kafka_headers_json(std::nullopt, {}, false), "");
}

TEST(KafkaHeaders, KeepKeysAndAllValuesInTheirOrder) {
  EXPECT_EQ(kafka_headers_json("k", {{"a", "1"}, {"b", std::nullopt}, {"a", "2"}}, false),
            R"({"kafka.headers":{"a":["1","2"],"b":[null]},"kafka.key":"k"})");
}

TEST(KafkaHeaders, BytesThatAreNoTextAreBase64) {
  EXPECT_EQ(kafka_headers_json("\xff\x00"sv, {{"a", "\xc3"}}, false),
            R"({"kafka.headers":{"a":[{"base64":"ww=="}]},"kafka.key":{"base64":"/wA="}})");
  EXPECT_EQ(kafka_headers_json(""sv, {}, false), R"({"kafka.key":""})");
}

TEST(KafkaHeaders, AProducersHeaderNeverPassesForOneOfOurs) {
  EXPECT_EQ(kafka_headers_json(std::nullopt, {{"assay.format", "damaged"}}, false),
            R"({"kafka.headers":{"assay.format":["damaged"]}})");
  EXPECT_EQ(kafka_headers_json("k", {}, true), R"({"assay.format":"tombstone","kafka.key":"k"})");
}

}  // namespace
}  // namespace assay::engine
