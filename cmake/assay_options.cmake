# Compiler settings shared by every target of this project.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

option(ASSAY_SANITIZE "build with AddressSanitizer and UndefinedBehaviorSanitizer" OFF)
option(ASSAY_FUZZ "build the libFuzzer targets (needs clang)" OFF)
option(ASSAY_PCH "use precompiled headers" ON)

add_library(assay_options INTERFACE)
# Options structs are filled by designated initialisers; what is left out has its default (style rule 10).
target_compile_options(assay_options INTERFACE -Wall -Wextra -Wpedantic -Werror
                                               -Wno-missing-field-initializers)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # False alarms of g++ 12 on std::string and std::optional when it inlines (its bugs 105329 and 105562).
  target_compile_options(assay_options INTERFACE -Wno-restrict -Wno-stringop-overflow -Wno-stringop-overread
                                                 -Wno-maybe-uninitialized -Wno-array-bounds)
elseif(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  # std::stable_sort of libstdc++ 12 uses a function that it calls deprecated itself.
  target_compile_options(assay_options INTERFACE -Wno-deprecated-declarations)
endif()
target_include_directories(assay_options INTERFACE ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR})
if(ASSAY_SANITIZE)
  target_compile_options(assay_options INTERFACE -fsanitize=address,undefined
                                                 -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
  target_link_options(assay_options INTERFACE -fsanitize=address,undefined)
endif()

if(ASSAY_FUZZ)
  set(fuzz_checks address,undefined)
  target_compile_options(assay_options INTERFACE -fsanitize=fuzzer-no-link,${fuzz_checks}
                                                 -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
  target_link_options(assay_options INTERFACE -fsanitize=${fuzz_checks})
endif()

find_program(ASSAY_CCACHE ccache)
if(ASSAY_CCACHE)
  # Paths relative to the project, so that every build folder and every clone shares the cache.
  set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
      CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${ASSAY_CCACHE})
endif()
