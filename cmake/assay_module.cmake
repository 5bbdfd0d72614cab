# assay_module(NAME name [DEPS module...] [LIBS private library...])
#
# Declares the module in the current folder as one static library `assay_<name>`. Sources are the
# folder's *.cc (and one level of sub-folders); *_test.cc become one GoogleTest program
# `assay_<name>_test`. DEPS are modules of ours and are public; LIBS are third-party and private, so
# that their headers cannot leak through ours.
function(assay_module)
  cmake_parse_arguments(ARG "" "NAME" "DEPS;LIBS" ${ARGN})
  set(target assay_${ARG_NAME})
  file(GLOB sources CONFIGURE_DEPENDS *.cc */*.cc)
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "_test\\.cc$")
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")
  set(deps ${ARG_DEPS})
  list(TRANSFORM deps PREPEND assay_)
  if(sources)
    add_library(${target} STATIC ${sources})
    target_link_libraries(${target} PUBLIC assay_options ${deps} fmt::fmt PRIVATE ${ARG_LIBS})
    if(ASSAY_PCH)
      target_precompile_headers(${target} REUSE_FROM assay_pch)
      target_link_libraries(${target} PRIVATE assay_pch)
    endif()
  else()
    add_library(${target} INTERFACE)
    target_link_libraries(${target} INTERFACE assay_options ${deps} fmt::fmt)
  endif()
  set_property(GLOBAL APPEND PROPERTY ASSAY_MODULES ${ARG_NAME})
  if(tests)
    add_executable(${target}_test ${tests})
    target_link_libraries(${target}_test PRIVATE ${target} GTest::gmock GTest::gtest_main
                                                 rapidcheck rapidcheck_gtest ${ARG_LIBS})
    if(ASSAY_PCH)
      # Programs would be compiled with -fPIE, and GCC refuses a header that was precompiled with -fPIC.
      set_target_properties(${target}_test PROPERTIES POSITION_INDEPENDENT_CODE OFF)
      target_compile_options(${target}_test PRIVATE -fPIC)
      target_precompile_headers(${target}_test REUSE_FROM assay_pch)
    endif()
    add_dependencies(unit_tests ${target}_test)
    add_test(NAME unit.${ARG_NAME} COMMAND ${target}_test)
    set_tests_properties(unit.${ARG_NAME} PROPERTIES LABELS unit)
  endif()
endfunction()

# All unit test programs, and nothing else.
add_custom_target(unit_tests)
