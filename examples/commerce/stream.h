#pragma once
// What one application delivers: a file a month, as lines or as one array.

#include <cstdint>
#include <deque>
#include <fstream>
#include <string>
#include <string_view>

namespace assay::commerce {

/// Owns its open file. One thread. Bytes written are counted with their separators.
class Stream {
 public:
  /// Files are `<folder>/<month>.ndjson`, or `.json` for arrays; `month` "all" makes one file.
  Stream(std::string folder, bool array) : folder_(std::move(folder)), array_(array) {}

  /// Appends a record to the file of the month in which it arrived, and after it what was due.
  void write(std::string_view record, std::string_view month);
  /// The same record will come again after `records` more.
  void write_again_after(std::uint64_t records, std::string_view record);
  /// Holds a record back until `release_held`.
  void hold(std::string record) { held_.push_back(std::move(record)); }
  bool holds() const { return !held_.empty(); }
  void release_held(std::string_view month);
  /// Writes what is still due, and closes. False where a file could not be written.
  bool finish(std::string_view month);

  std::uint64_t records() const { return records_; }
  std::uint64_t bytes() const { return bytes_; }
  std::uint64_t files() const { return files_; }

 private:
  struct Resend {
    std::uint64_t due;  ///< number of records after which it comes
    std::string record;
  };

  void append(std::string_view record, std::string_view month);
  void open(std::string_view month);
  void close();
  void put(std::string_view text);

  const std::string folder_;
  const bool array_;
  std::ofstream file_;
  std::string month_;
  bool failed_ = false;
  std::uint64_t records_ = 0;
  std::uint64_t records_in_file_ = 0;
  std::uint64_t bytes_ = 0;
  std::uint64_t files_ = 0;
  std::deque<Resend> resends_;
  std::deque<std::string> held_;
};

}  // namespace assay::commerce
