#include "examples/commerce/stream.h"

#include <filesystem>

namespace assay::commerce {

void Stream::write(std::string_view record, std::string_view month) {
  append(record, month);
  while (!resends_.empty() && resends_.front().due <= records_) {
    const std::string again = std::move(resends_.front().record);
    resends_.pop_front();
    append(again, month);
  }
}

void Stream::write_again_after(std::uint64_t records, std::string_view record) {
  resends_.push_back({.due = records_ + records, .record = std::string(record)});
}

void Stream::release_held(std::string_view month) {
  for (const std::string& record : held_) append(record, month);
  held_.clear();
}

bool Stream::finish(std::string_view month) {
  release_held(month);
  for (const Resend& resend : resends_) append(resend.record, month);
  resends_.clear();
  close();
  return !failed_;
}

void Stream::append(std::string_view record, std::string_view month) {
  if (month != month_) {
    close();
    open(month);
  }
  if (array_) put(records_in_file_ == 0 ? "[\n" : ",\n");
  put(record);
  if (!array_) put("\n");
  ++records_;
  ++records_in_file_;
}

void Stream::open(std::string_view month) {
  std::error_code ignored;  // a folder that is missing makes the file fail, and that is seen
  std::filesystem::create_directories(folder_, ignored);
  month_ = month;
  file_.open(folder_ + "/" + month_ + (array_ ? ".json" : ".ndjson"),
             std::ios::binary | std::ios::trunc);
  failed_ = failed_ || !file_;
  records_in_file_ = 0;
  ++files_;
}

void Stream::close() {
  if (!file_.is_open()) return;
  if (array_) put("\n]\n");
  file_.close();
  failed_ = failed_ || !file_;
}

void Stream::put(std::string_view text) {
  file_.write(text.data(), static_cast<std::streamsize>(text.size()));
  bytes_ += text.size();
}

}  // namespace assay::commerce
