// Levels of compatibility and modes: of a subject, else of its context, else the registry's own.

#include <algorithm>

#include "serve/schema_registry.h"

namespace assay::serve {
namespace {

constexpr std::string_view kLenient = "lenient";

Result<std::optional<CompatibilityConfig>> config_of(const control::RegistrySetting& setting) {
  if (!setting.compatibility) return std::optional<CompatibilityConfig>();
  CompatibilityConfig config;
  ASSAY_TRY(config.level, schema::parse_compatibility(*setting.compatibility));
  if (setting.policy == kLenient) config.policy = schema::ContentPolicy::lenient;
  return std::optional(config);
}

}  // namespace

Result<std::optional<CompatibilityConfig>> SchemaRegistry::own_config(const std::string& subject) {
  ASSAY_TRY(const auto setting, store_.setting(scope_, subject));
  return config_of(setting);
}

Result<CompatibilityConfig> SchemaRegistry::config(const std::string& subject) {
  ASSAY_TRY(const auto own, own_config(subject));
  if (own) return *own;
  ASSAY_TRY(const auto of_context, own_config(""));
  return of_context.value_or(CompatibilityConfig{});
}

Status SchemaRegistry::set_config(const std::string& subject,
                                  std::optional<CompatibilityConfig> config) {
  return store_.write([&]() -> Status {
    ASSAY_TRY(auto setting, store_.setting(scope_, subject));
    setting.compatibility.reset();
    setting.policy.reset();
    if (config) {
      setting.compatibility = std::string(to_string(config->level));
      if (config->policy == schema::ContentPolicy::lenient) setting.policy = std::string(kLenient);
    }
    return store_.put_setting(scope_, subject, setting);
  });
}

Result<std::optional<RegistryMode>> SchemaRegistry::own_mode(const std::string& subject) {
  ASSAY_TRY(const auto setting, store_.setting(scope_, subject));
  if (!setting.mode) return std::optional<RegistryMode>();
  ASSAY_TRY(const RegistryMode mode, parse_mode(*setting.mode));
  return std::optional(mode);
}

Result<RegistryMode> SchemaRegistry::mode(const std::string& subject) {
  ASSAY_TRY(const auto own, own_mode(subject));
  if (own) return *own;
  ASSAY_TRY(const auto of_context, own_mode(""));
  return of_context.value_or(RegistryMode::readwrite);
}

Status SchemaRegistry::set_mode(const std::string& subject, std::optional<RegistryMode> mode) {
  return store_.write([&]() -> Status {
    ASSAY_TRY(auto setting, store_.setting(scope_, subject));
    setting.mode.reset();
    if (mode) setting.mode = std::string(to_string(*mode));
    return store_.put_setting(scope_, subject, setting);
  });
}

}  // namespace assay::serve
