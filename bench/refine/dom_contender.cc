// simdjson's DOM: parses every record and reads nothing.

#include <simdjson.h>

#include <cstring>

#include "bench/refine/contender.h"

namespace assay::bench {
namespace {

class DomContender : public Contender {
 public:
  explicit DomContender(const Input& input) : bytes_(input.bytes.data(), input.size) {}

  Status run() override {
    const char* at = bytes_.data();
    const char* const end = at + bytes_.size();
    while (at < end) {
      const auto* line_end =
          static_cast<const char*>(std::memchr(at, '\n', static_cast<std::size_t>(end - at)));
      simdjson::dom::element element;
      // In place, as the padding of the input allows: no copy of the record.
      if (parser_.parse(at, static_cast<std::size_t>(line_end - at), false).get(element) !=
          simdjson::SUCCESS) {
        return make_error(Code::json_syntax, "the DOM refuses a record");
      }
      at = line_end + 1;
    }
    return {};
  }

 private:
  std::string_view bytes_;
  simdjson::dom::parser parser_;
};

}  // namespace

std::unique_ptr<Contender> make_dom(const Input& input) {
  return std::make_unique<DomContender>(input);
}

}  // namespace assay::bench
