# Third-party libraries: Debian packages, and DuckDB from .deps (put there by ./dev, checked by SHA-256).
find_package(fmt REQUIRED)
find_package(Threads REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(ZLIB REQUIRED)
find_package(simdjson REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(RocksDB REQUIRED)
find_package(CLI11 REQUIRED)
find_package(GTest REQUIRED)
find_package(rapidcheck REQUIRED)
find_package(benchmark REQUIRED)
find_package(SQLite3 REQUIRED)

add_library(duckdb SHARED IMPORTED)
set_target_properties(duckdb PROPERTIES
  IMPORTED_LOCATION ${PROJECT_SOURCE_DIR}/.deps/duckdb/lib/libduckdb.so
  INTERFACE_INCLUDE_DIRECTORIES ${PROJECT_SOURCE_DIR}/.deps/duckdb/include)

add_library(zstd INTERFACE)
target_link_libraries(zstd INTERFACE -lzstd)
add_library(snappy INTERFACE)
target_link_libraries(snappy INTERFACE -lsnappy)
add_library(xxhash INTERFACE)
target_link_libraries(xxhash INTERFACE -lxxhash)
add_library(soci INTERFACE)
target_link_libraries(soci INTERFACE -lsoci_core -lsoci_sqlite3 SQLite::SQLite3)
if(ASSAY_SANITIZE OR ASSAY_FUZZ)
  # This one check needs type information that the library of SOCI does not export.
  target_compile_options(soci INTERFACE -fno-sanitize=vptr)
endif()
add_library(rdkafka INTERFACE)
target_link_libraries(rdkafka INTERFACE -lrdkafka)
add_library(re2 INTERFACE)
target_link_libraries(re2 INTERFACE -lre2)

# One precompiled header for the whole project: the standard headers that most files use, and fmt.
add_library(assay_pch STATIC ${PROJECT_SOURCE_DIR}/cmake/pch.cc)
target_link_libraries(assay_pch PUBLIC assay_options fmt::fmt)
if(ASSAY_PCH)
  target_precompile_headers(assay_pch PRIVATE <algorithm> <array> <cstdint> <cstring> <functional> <map>
    <memory> <optional> <span> <string> <string_view> <tuple> <unordered_map> <utility> <variant> <vector>
    <fmt/format.h>)
endif()
