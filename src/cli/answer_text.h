#pragma once
// An answer as a page in the terminal.

#include <string>

#include "ask/answer.h"

namespace assay::cli {

std::string answer_text(const ask::Answer& answer, const ask::Vocabulary& vocabulary);

}  // namespace assay::cli
