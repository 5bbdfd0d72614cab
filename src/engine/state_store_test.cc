#include "engine/state_store.h"

#include <gtest/gtest.h>

#include <filesystem>

namespace assay::engine {
namespace {

class StateStoreTest : public ::testing::Test {
 protected:
  StateStoreTest() { std::filesystem::remove_all(folder_); }
  ~StateStoreTest() override { std::filesystem::remove_all(folder_); }
  const std::string folder_ =
      (std::filesystem::temp_directory_path() / "assay-state-store-test").string();
  const StateScope scope_{"acme", 0, "hub"};
  const fold::PageKey key_{"k", 0};
};

TEST_F(StateStoreTest, SeesTheOverlayAtOnceAndTheStoreAfterApply) {
  {
    auto store = StateStore::open(folder_).value();
    EXPECT_EQ(store.applied_epoch().value(), 0);
    store.stage(scope_, {{key_, "page"}}, {});
    fold::Pages pages;
    ASSERT_TRUE(store.load(scope_, std::vector{key_}, pages));
    EXPECT_EQ(pages.at(key_), "page");
    ASSERT_TRUE(store.apply(7));
  }
  auto store = StateStore::open(folder_).value();
  EXPECT_EQ(store.applied_epoch().value(), 7);
  fold::Pages pages;
  ASSERT_TRUE(store.load(scope_, std::vector{key_}, pages));
  EXPECT_EQ(pages.at(key_), "page");
  pages.clear();
  ASSERT_TRUE(store.load({"other", 0, "hub"}, std::vector{key_}, pages));
  EXPECT_EQ(pages.at(key_), std::nullopt);
}

TEST_F(StateStoreTest, ADiscardedOverlayLeavesNothingAndADeletionHides) {
  auto store = StateStore::open(folder_).value();
  store.stage(scope_, {{key_, "page"}}, {});
  store.discard();
  fold::Pages pages;
  ASSERT_TRUE(store.load(scope_, std::vector{key_}, pages));
  EXPECT_EQ(pages.at(key_), std::nullopt);
  store.stage(scope_, {{key_, "page"}}, {});
  ASSERT_TRUE(store.apply(1));
  store.stage(scope_, {}, std::vector{key_});
  pages.clear();
  ASSERT_TRUE(store.load(scope_, std::vector{key_}, pages));
  EXPECT_EQ(pages.at(key_), std::nullopt);
}

}  // namespace
}  // namespace assay::engine
