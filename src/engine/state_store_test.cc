#include "engine/state_store.h"

#include <gtest/gtest.h>
#include <rocksdb/db.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/hash.h"

namespace assay::engine {
namespace {

class StateStoreTest : public ::testing::Test {
 protected:
  StateStoreTest() { std::filesystem::remove_all(folder_); }
  ~StateStoreTest() override { std::filesystem::remove_all(folder_); }
  const std::string folder_ =
      (std::filesystem::temp_directory_path() / "assay-state-store-test").string();
  const StateScope scope_{"acme", 0, "hub"};
  const fold::PageKey key_{{1, 2}, 0};

  static fold::PageWrites one(const fold::PageKey& key, std::string_view page) {
    fold::PageWrites writes;
    writes.add(key, page);
    return writes;
  }
};

TEST_F(StateStoreTest, SeesTheOverlayAtOnceAndTheStoreAfterApply) {
  {
    auto store = StateStore::open(folder_).value();
    EXPECT_EQ(store.applied_epoch().value(), 0);
    store.stage(scope_, one(key_, "page"), {});
    fold::Pages pages;
    ASSERT_TRUE(store.load(scope_, std::vector{key_}, pages));
    EXPECT_EQ(pages.find(key_).value(), fold::Page("page"));
    ASSERT_TRUE(store.apply(7));
  }
  auto store = StateStore::open(folder_).value();
  EXPECT_EQ(store.applied_epoch().value(), 7);
  fold::Pages pages;
  ASSERT_TRUE(store.load(scope_, std::vector{key_}, pages));
  EXPECT_EQ(pages.find(key_).value(), fold::Page("page"));
  pages.clear();
  ASSERT_TRUE(store.load({"other", 0, "hub"}, std::vector{key_}, pages));
  EXPECT_EQ(pages.find(key_).value(), fold::Page());
}

TEST_F(StateStoreTest, ADiscardedOverlayLeavesNothingAndADeletionHides) {
  auto store = StateStore::open(folder_).value();
  store.stage(scope_, one(key_, "page"), {});
  store.discard();
  fold::Pages pages;
  ASSERT_TRUE(store.load(scope_, std::vector{key_}, pages));
  EXPECT_EQ(pages.find(key_).value(), fold::Page());
  store.stage(scope_, one(key_, "page"), {});
  ASSERT_TRUE(store.apply(1));
  store.stage(scope_, {}, std::vector{key_});
  pages.clear();
  ASSERT_TRUE(store.load(scope_, std::vector{key_}, pages));
  EXPECT_EQ(pages.find(key_).value(), fold::Page());
}

/// Keys that are spread as hashes are, in no order.
fold::PageWrites many_pages(int count, const std::string& text) {
  fold::PageWrites writes;
  for (int i = 0; i < count; ++i) {
    writes.add({xxh3_128(std::to_string(i)), static_cast<std::uint32_t>(i % 3)},
               text + std::to_string(i));
  }
  return writes;
}

void expect_pages(const StateStore& store, const StateScope& scope,
                  const fold::PageWrites& writes) {
  std::vector<fold::PageKey> keys;
  for (std::size_t i = 0; i < writes.size(); ++i) keys.push_back(writes.key(i));
  keys.push_back({{3, 4}, 5});  // never written
  fold::Pages pages;
  ASSERT_TRUE(store.load(scope, keys, pages));
  EXPECT_EQ(pages.size(), keys.size());
  for (std::size_t i = 0; i < writes.size(); ++i) {
    ASSERT_EQ(pages.find(writes.key(i)).value(), fold::Page(writes.page(i))) << i;
  }
  EXPECT_EQ(pages.find(keys.back()).value(), fold::Page());
}

/// A large epoch becomes a file, a small one a batch; the newer of both is seen, whichever it was.
TEST_F(StateStoreTest, LargeAndSmallEpochsFollowEachOther) {
  const StateScope other{"acme", 0, "link"};
  const fold::PageWrites large = many_pages(20'000, "large ");
  const fold::PageWrites small = many_pages(50, "small ");
  {
    auto store = StateStore::open(folder_).value();
    store.stage(scope_, many_pages(300, "first "), {});
    ASSERT_TRUE(store.apply(1));
    store.stage(scope_, many_pages(20'000, "large "), {});
    store.stage(other, many_pages(50, "small "), {});
    ASSERT_TRUE(store.apply(2));
    expect_pages(store, scope_, large);
    expect_pages(store, other, small);
    store.stage(scope_, many_pages(50, "small "), {});
    ASSERT_TRUE(store.apply(3));
    expect_pages(store, scope_, small);
  }
  auto store = StateStore::open(folder_).value();
  EXPECT_EQ(store.applied_epoch().value(), 3);
  expect_pages(store, scope_, small);
  std::vector<fold::PageKey> gone;
  for (std::size_t i = 0; i < large.size(); ++i) gone.push_back(large.key(i));
  store.stage(scope_, {}, gone);
  ASSERT_TRUE(store.apply(4));
  fold::Pages pages;
  ASSERT_TRUE(store.load(scope_, gone, pages));
  for (const fold::PageKey& key : gone) ASSERT_EQ(pages.find(key).value(), fold::Page());
  expect_pages(store, other, small);
}

/// What a crash left of an epoch's file does not hinder the next one.
TEST_F(StateStoreTest, AFileThatWasLeftBehindIsReplaced) {
  auto store = StateStore::open(folder_).value();
  std::ofstream(folder_ + "/epoch.sst") << "half a file";
  const fold::PageWrites large = many_pages(20'000, "");
  store.stage(scope_, many_pages(20'000, ""), {});
  ASSERT_TRUE(store.apply(1));
  expect_pages(store, scope_, large);
  EXPECT_FALSE(std::filesystem::exists(folder_ + "/epoch.sst"));
}

/// State is made again from silver, so a store of another format starts anew.
TEST_F(StateStoreTest, AnotherFormatIsThrownAway) {
  for (const auto& [key, value] : {std::pair("epoch", "9"), std::pair("m:format", "1")}) {
    std::filesystem::remove_all(folder_);
    rocksdb::Options options;
    options.create_if_missing = true;
    rocksdb::DB* raw = nullptr;
    ASSERT_TRUE(rocksdb::DB::Open(options, folder_, &raw).ok());
    const std::unique_ptr<rocksdb::DB> database(raw);
    ASSERT_TRUE(database->Put({}, key, value).ok());
    ASSERT_TRUE(database->Put({}, "m:epoch", "9").ok());
    ASSERT_TRUE(database->Close().ok());
    auto store = StateStore::open(folder_).value();
    EXPECT_EQ(store.applied_epoch().value(), 0) << key;
    ASSERT_TRUE(store.apply(1));
    EXPECT_EQ(store.applied_epoch().value(), 1) << key;
  }
}

}  // namespace
}  // namespace assay::engine
