// assay ask: a question in English, answered over one tenant's marts.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "ask/answer.h"
#include "cli/answer_text.h"
#include "cli/command.h"
#include "cli/open_questions.h"
#include "io/clock.h"

namespace assay::cli {
namespace {

struct AskOptions {
  std::vector<std::string> words;
  std::string tenant, as_of, known_at;
};

Status run_ask(const Globals& globals, const AskOptions& options) {
  ASSAY_TRY(const auto as_of, instant_option("--as-of", options.as_of));
  ASSAY_TRY(auto known_at, instant_option("--known-at", options.known_at));
  if (!known_at) known_at = as_of;
  ASSAY_TRY(Questions questions,
            open_questions(globals, {.tenant = options.tenant, .known_at = known_at}));
  const ask::Vocabulary vocabulary(questions.workspace);
  const ask::AnswerRequest request{.question = fmt::format("{}", fmt::join(options.words, " ")),
                                   .tenant = questions.tenant,
                                   .now = as_of ? *as_of : io::system_clock()->now(),
                                   .as_of = as_of,
                                   .known_at = known_at};
  ASSAY_TRY(const ask::Answer answer,
            ask::answer_question(request, vocabulary, questions.sql, questions.control));
  fmt::print("{}\n",
             globals.json ? ask::to_json(answer, vocabulary) : answer_text(answer, vocabulary));
  return {};
}

}  // namespace

void add_ask(CLI::App& app, Globals& globals) {
  auto options = std::make_shared<AskOptions>();
  auto* command = app.add_subcommand("ask", "answer a question in English over one tenant's data");
  command
      ->add_option("question", options->words,
                   "for example: average order value for premium customers this month")
      ->required()
      ->type_name("QUESTION");
  command->add_option("--tenant", options->tenant, "whose data; needed where there are several")
      ->type_name("NAME");
  command
      ->add_option("--as-of", options->as_of,
                   "answer as at this instant: \"this month\" is its month, and later "
                   "events and knowledge do not count")
      ->type_name("TIME");
  command
      ->add_option("--known-at", options->known_at,
                   "what was known then (default: --as-of, else all)")
      ->type_name("TIME");
  command->callback(
      [&globals, options] { run(globals, [&] { return run_ask(globals, *options); }); });
}

}  // namespace assay::cli
