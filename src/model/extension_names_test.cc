#include "model/extension_names.h"

#include <gmock/gmock.h>

#include "model/names.h"

namespace assay::model {
namespace {

TEST(ExtensionNames, ATenantThatIsANameStaysAsItIs) {
  EXPECT_EQ(extension_name("order", "acme"), "order__acme");
  EXPECT_EQ(extension_name("order", "acme_eu_2"), "order__acme_eu_2");
}

TEST(ExtensionNames, OthersAreTypableAndKeptApart) {
  std::vector<std::string> suffixes;
  for (const char* tenant : {"acme-eu", "acme.eu", "ACME.eu", "acme__eu", "acme_eu_", "9", "...",
                             "acme_status", "content", "my_history", "current"}) {
    const std::string suffix = extension_suffix(tenant);
    EXPECT_TRUE(is_name("t" + suffix)) << suffix;
    EXPECT_EQ(suffix.find("__"), std::string::npos) << suffix;
    EXPECT_FALSE(suffix.starts_with('_') || suffix.ends_with('_')) << suffix;
    for (const char* end : {"content", "history", "status", "current"})
      EXPECT_FALSE(suffix.ends_with(end)) << suffix;
    EXPECT_THAT(suffixes, testing::Not(testing::Contains(suffix)));
    suffixes.push_back(suffix);
  }
}

TEST(ExtensionNames, ATableTellsWhoseItIs) {
  for (const char* tenant : {"acme", "acme-eu", "b", "status"}) {
    for (const char* other : {"acme", "acme-eu", "b", "status", "eu"}) {
      for (const char* entity : {"order", "order_", "a_b"}) {
        const std::string table = "silver." + extension_name(entity, tenant);
        EXPECT_EQ(is_extension_of_other(table, other), std::string_view(tenant) != other)
            << table << " " << other;
      }
    }
  }
  for (const char* shared : {"silver.order", "silver.order_line", "mart.order", "silver.residue"})
    EXPECT_FALSE(is_extension_of_other(shared, "acme")) << shared;
}

}  // namespace
}  // namespace assay::model
