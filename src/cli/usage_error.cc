#include "cli/usage_error.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "ask/spelling.h"

namespace assay::cli {
namespace {

constexpr std::size_t kHintsMax = 3;

/// The command that was understood, the innermost one.
const CLI::App& chosen(const CLI::App& app) {
  const CLI::App* command = &app;
  for (auto below = command->get_subcommands(); !below.empty(); below = command->get_subcommands())
    command = below.front();
  return *command;
}

std::string name_of(const CLI::App& command) {
  const CLI::App* const parent = command.get_parent();
  return parent == nullptr ? command.get_name() : name_of(*parent) + " " + command.get_name();
}

std::vector<std::string> commands_of(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::App* below : command.get_subcommands([](const CLI::App*) { return true; }))
    names.push_back(below->get_name());
  return names;
}

/// Options of the command and of those around it, which every command takes.
std::vector<std::string> options_of(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::App* at = &command; at != nullptr; at = at->get_parent()) {
    for (const CLI::Option* option : at->get_options()) {
      for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
      for (const std::string& name : option->get_snames()) names.push_back("-" + name);
    }
  }
  return names;
}

std::string did_you_mean(const std::string& word, const std::vector<std::string>& names,
                         const std::string& help) {
  const auto near = ask::nearest(word, names, kHintsMax);
  return near.empty() ? help : fmt::format("Did you mean {}? {}", ask::quoted_list(near), help);
}

std::string as_message(std::string text) {
  while (!text.empty() && (text.back() == '.' || text.back() == '\n')) text.pop_back();
  return text;
}

}  // namespace

Error usage_error(const CLI::App& app, const CLI::ParseError& error) {
  const CLI::App& command = chosen(app);
  const std::string help = fmt::format("See: {} --help", name_of(command));
  const auto left = app.remaining(true);
  const std::string word = left.empty() ? std::string() : left.front();
  if (word.size() > 1 && word.front() == '-') {
    return make_error(
        Code::usage,
        fmt::format("{} has no option \"{}\"", name_of(command), word.substr(0, word.find('='))),
        did_you_mean(word.substr(0, word.find('=')), options_of(command), help));
  }
  const auto commands = commands_of(command);
  if (!word.empty() && !commands.empty()) {
    return make_error(Code::usage, fmt::format("{} has no command \"{}\"", name_of(command), word),
                      did_you_mean(word, commands, help));
  }
  if (!commands.empty() && command.get_subcommands().empty() && left.empty() &&
      error.get_name() == "RequiredError") {
    return make_error(Code::usage, fmt::format("{} needs a command", name_of(command)),
                      fmt::format("One of {}. {}", fmt::join(commands, ", "), help));
  }
  if (!word.empty())
    return make_error(Code::usage,
                      fmt::format("{} takes no argument \"{}\" there", name_of(command), word),
                      help);
  return make_error(Code::usage, as_message(error.what()), help);
}

}  // namespace assay::cli
