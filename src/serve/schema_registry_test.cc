#include "serve/schema_registry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "serve/api_keys.h"
#include "serve/rate_limiter.h"

namespace assay::serve {
namespace {

using ::testing::HasSubstr;

constexpr std::string_view kId =
    R"({"type":"record","name":"r","fields":[{"name":"id","type":"long"}]})";
constexpr std::string_view kNote =
    R"({"type":"record","name":"r","fields":[{"name":"id","type":"long"},{"name":"n","type":"string","default":""}]})";
constexpr std::string_view kTotal =
    R"({"type":"record","name":"r","fields":[{"name":"id","type":"long"},{"name":"t","type":"double"}]})";

class SchemaRegistryTest : public ::testing::Test {
 protected:
  SchemaRegistryTest() : folder_(made()), store_(opened(folder_)) {}
  ~SchemaRegistryTest() override { std::filesystem::remove_all(folder_); }

  static std::string made() {
    std::string pattern = (std::filesystem::temp_directory_path() / "assay-serve-XXXXXX").string();
    return ::mkdtemp(pattern.data());
  }
  static control::SubjectStore opened(const std::string& folder) {
    auto store = control::SubjectStore::open(folder + "/control.db");
    if (!store) throw std::runtime_error(store.error().to_text());
    return *std::move(store);
  }
  SchemaRegistry registry(const std::string& tenant = "uk") {
    return SchemaRegistry(store_, {tenant, "."}, {"ann", "because", 5});
  }
  static SchemaDraft draft(std::string_view text) { return {.text = std::string(text)}; }

  std::string folder_;
  control::SubjectStore store_;
};

TEST_F(SchemaRegistryTest, GivesVersionsOnceAndForGood) {
  auto uk = registry();
  const auto first = uk.put("s", draft(kId));
  ASSERT_TRUE(first) << first.error().to_text();
  EXPECT_EQ(first->version.version, 1);
  EXPECT_EQ(first->version.owner, "ann");
  EXPECT_EQ(first->version.reason, "because");
  EXPECT_EQ(uk.put("s", draft(kNote))->version.version, 2);
  EXPECT_EQ(uk.put("s", draft(kId))->version.version, 1);
  const auto refused = uk.put("s", draft(kTotal));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::schema_incompatible);
  EXPECT_THAT(refused.error().message, HasSubstr("'/fields/1'"));
  ASSERT_TRUE(uk.remove_subject("s", {}));
  ASSERT_TRUE(uk.remove_subject("s", {.permanent = true}));
  EXPECT_EQ(uk.put("s", draft(kId))->version.version, 3)
      << "a version's number is never used twice";
}

TEST_F(SchemaRegistryTest, NormalizesWhereAsked) {
  auto uk = registry();
  SchemaDraft sorted = draft(R"({"name":"f", "type":"fixed", "size":3})");
  sorted.normalize = true;
  ASSERT_TRUE(uk.put("n", sorted));
  SchemaDraft other = draft(R"({"type":"fixed","size":3,"name":"f"})");
  EXPECT_EQ(uk.look_up("n", other, Visible::active).error().code, Code::schema_unknown);
  other.normalize = true;
  EXPECT_EQ(uk.look_up("n", other, Visible::active)->version.version, 1);
}

TEST_F(SchemaRegistryTest, KeepsTenantsApart) {
  ASSERT_TRUE(registry("uk").put("s", draft(kId)));
  EXPECT_EQ(registry("de").version("s", "1", Visible::with_deleted).error().code,
            Code::subject_unknown);
  EXPECT_EQ(registry("de").schema(1).error().code, Code::schema_unknown);
  SchemaDraft referring = draft(R"({"type":"array","items":"r"})");
  referring.references = {{"r", "s", 1}};
  EXPECT_EQ(registry("de").put("t", referring).error().code, Code::schema_invalid);
  EXPECT_TRUE(registry("uk").put("t", referring));
  EXPECT_EQ(registry("uk").remove_version("s", "1", {}).error().code, Code::schema_referenced);
}

TEST(QualifiedSubjects, AreReadAndSaid) {
  EXPECT_EQ(parse_subject("a:b", ".")->subject, "a:b");
  EXPECT_EQ(parse_subject(":.shop:a", ".")->context, ".shop");
  EXPECT_EQ(qualified(*parse_subject(":.shop:a", ".")), ":.shop:a");
  for (const char* text : {":.shop", ":.a/b:c", ":.a b:c", "a\nb"})
    EXPECT_FALSE(parse_subject(text, ".")) << text;
}

TEST_F(SchemaRegistryTest, KnowsCallersByTheirKeysAlone) {
  const NewKey key = make_key("uk", "shop", Role::writer, 10, 100);
  EXPECT_EQ(key.secret.size(), 64U);
  EXPECT_EQ(key.stored.sha256.find(key.secret), std::string::npos);
  ASSERT_TRUE(store_.insert_key(key.stored));
  const std::string bearer = "Bearer " + key.stored.key_id + "." + key.secret;
  const auto caller = Caller::authenticate(store_, bearer, 50);
  ASSERT_TRUE(caller);
  EXPECT_EQ(caller->tenant(), "uk");
  EXPECT_TRUE(caller->may(Role::reader) && caller->may(Role::writer));
  EXPECT_FALSE(caller->may(Role::admin));
  EXPECT_FALSE(Caller::authenticate(store_, bearer, 100)) << "expired";
  EXPECT_FALSE(Caller::authenticate(store_, bearer + "0", 50));
  EXPECT_FALSE(Caller::authenticate(store_, "Bearer .", 50));
  EXPECT_FALSE(Caller::authenticate(store_, "", 50));
  ASSERT_TRUE(store_.revoke_key(key.stored.key_id, 60));
  EXPECT_FALSE(Caller::authenticate(store_, bearer, 50));
}

TEST(RateLimiter, GivesEachTenantItsShare) {
  RateLimiter limiter({.per_second = 10, .burst = 2});
  EXPECT_TRUE(limiter.take("uk", 0) && limiter.take("uk", 0));
  EXPECT_FALSE(limiter.take("uk", 0));
  EXPECT_TRUE(limiter.take("de", 0));
  EXPECT_TRUE(limiter.take("uk", 100'000));
  EXPECT_FALSE(limiter.take("uk", 100'000));
}

}  // namespace
}  // namespace assay::serve
