#include "control/subject_store.h"

#include "control/control_fixture_internal.h"

namespace assay::control {
namespace {

class SubjectStoreTest : public ControlTest {
 protected:
  SubjectStore open_store() {
    auto store = SubjectStore::open(path_);
    if (!store) throw std::runtime_error(store.error().to_text());
    return *std::move(store);
  }
  static Status add(SubjectStore& store, const RegistryScope& scope, const std::string& text) {
    return store.write([&]() -> Status {
      ASSAY_TRY(const auto id, store.insert_schema(scope, {.type = "AVRO",
                                                           .text = text,
                                                           .references = "[]",
                                                           .identity = text,
                                                           .registered = 7}));
      return store.insert_version(scope, {.context = scope.context,
                                          .subject = "s",
                                          .version = id,
                                          .schema_id = id,
                                          .owner = "ann",
                                          .registered = 7});
    });
  }
};

TEST_F(SubjectStoreTest, KeepsScopesApart) {
  SubjectStore store = open_store();
  const RegistryScope uk{"uk"}, de{"de"}, uk_shop{"uk", ".shop"};
  ASSERT_TRUE(add(store, uk, "\"int\""));
  ASSERT_TRUE(add(store, uk, "\"long\""));
  ASSERT_TRUE(add(store, de, "\"string\""));
  ASSERT_TRUE(add(store, uk_shop, "\"int\""));
  EXPECT_EQ(store.schema(uk, 2)->value().text, "\"long\"");
  EXPECT_EQ(store.schema(de, 1)->value().text, "\"string\"");
  EXPECT_FALSE(store.schema(de, 2)->has_value());
  EXPECT_FALSE(store.find_schema(de, "\"int\"")->has_value());
  EXPECT_EQ(store.find_schema(uk_shop, "\"int\"")->value().id, 1);
  EXPECT_EQ(store.versions(uk, "s")->size(), 2U);
  EXPECT_EQ(store.versions(uk, std::nullopt)->size(), 2U);
  EXPECT_TRUE(store.versions(uk, "t")->empty());
  EXPECT_EQ(store.versions_of_schema(uk, 1)->at(0).owner, "ann");
  EXPECT_EQ(*store.contexts("uk"), (std::vector<std::string>{".", ".shop"}));
  EXPECT_EQ(*store.contexts("fr"), (std::vector<std::string>{"."}));
  EXPECT_EQ(*store.tenants(), (std::vector<std::string>{"de", "uk"}));
}

TEST_F(SubjectStoreTest, RollsBackAndWritesOnce) {
  SubjectStore store = open_store();
  const RegistryScope uk{"uk"};
  const Status refused = store.write([&]() -> Status {
    ASSAY_TRY_VOID(store.insert_version(uk, {.subject = "s", .version = 1}));
    return make_error(Code::registry_refused, "no");
  });
  EXPECT_EQ(refused.error().code, Code::registry_refused);
  EXPECT_TRUE(store.versions(uk, "s")->empty());
  ASSERT_TRUE(add(store, uk, "\"int\""));
  EXPECT_FALSE(add(store, uk, "\"int\""));  // the same identity again
  EXPECT_EQ(store.versions(uk, "s")->size(), 1U);
}

TEST_F(SubjectStoreTest, MovesStatesAndSettings) {
  SubjectStore store = open_store();
  const RegistryScope uk{"uk"};
  ASSERT_TRUE(add(store, uk, "\"int\""));
  ASSERT_TRUE(store.write([&] {
    return store.set_state(uk, store.versions(uk, "s")->at(0), VersionState::deleted, 9);
  }));
  EXPECT_EQ(store.versions(uk, "s")->at(0).state, VersionState::deleted);
  EXPECT_EQ(store.versions(uk, "s")->at(0).changed, 9);
  EXPECT_TRUE(store.setting(uk, "s")->empty());
  ASSERT_TRUE(store.write([&] { return store.put_setting(uk, "s", {.compatibility = "FULL"}); }));
  EXPECT_EQ(store.setting(uk, "s")->compatibility, "FULL");
  EXPECT_FALSE(store.setting(uk, "s")->mode);
  ASSERT_TRUE(store.write([&] { return store.put_setting(uk, "s", {.mode = "READONLY"}); }));
  EXPECT_FALSE(store.setting(uk, "s")->compatibility);
}

TEST_F(SubjectStoreTest, KeepsKeysAndWhenTheyEnded) {
  SubjectStore store = open_store();
  ASSERT_TRUE(store.insert_key({.key_id = "k1",
                                .tenant = "uk",
                                .sha256 = "00",
                                .name = "shop",
                                .role = "writer",
                                .created = 5,
                                .expires = 50}));
  EXPECT_EQ(store.key("k1")->value().expires, 50);
  EXPECT_FALSE(store.key("k1")->value().revoked);
  ASSERT_TRUE(store.revoke_key("k1", 9));
  ASSERT_TRUE(store.revoke_key("k1", 10));
  EXPECT_EQ(store.key("k1")->value().revoked, 9);
  EXPECT_EQ(store.revoke_key("k2", 9).error().code, Code::key_unknown);
  EXPECT_EQ(store.keys()->size(), 1U);
}

TEST_F(SubjectStoreTest, WritesBesideAnotherConnection) {
  SubjectStore store = open_store();
  SubjectStore other = open_store();
  Database engine = open();
  ASSERT_TRUE(engine.take_lease("engine", 1));
  ASSERT_TRUE(add(store, {"uk"}, "\"int\""));
  ASSERT_TRUE(add(other, {"uk"}, "\"long\""));
  ASSERT_TRUE(engine.next_epoch());
  EXPECT_EQ(store.versions({"uk"}, "s")->size(), 2U);
}

}  // namespace
}  // namespace assay::control
