# SPDX-License-Identifier: Apache-2.0
# The three ways a target comes into being here. A component is a static library with the alias
# roundhouse::NAME; includes are rooted at the project ("engine/ops/ops.h", "roundhouse/result.h").

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE_PROGRAM})
  set(CMAKE_CUDA_COMPILER_LAUNCHER ${CCACHE_PROGRAM})
endif()

# Everything a target of ours compiles with.
add_library(roundhouse_options INTERFACE)
target_compile_features(roundhouse_options INTERFACE cxx_std_20)
target_compile_options(roundhouse_options INTERFACE
  $<$<COMPILE_LANGUAGE:CXX>:-Wall -Wextra -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -ffp-contract=off>)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC 12 reports "literal" + std::string as an overlapping copy (GCC bug 105651).
  target_compile_options(roundhouse_options INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-Wno-restrict>)
endif()
if(ROUNDHOUSE_SANITIZE)
  target_compile_options(roundhouse_options INTERFACE -fsanitize=${ROUNDHOUSE_SANITIZE} -fno-sanitize-recover=all)
  target_link_options(roundhouse_options INTERFACE -fsanitize=${ROUNDHOUSE_SANITIZE})
endif()
find_package(Threads REQUIRED)
target_link_libraries(roundhouse_options INTERFACE Threads::Threads)

# roundhouse_component(NAME SOURCES ... [PUBLIC libs...] [PRIVATE libs...] [QT])
function(roundhouse_component name)
  cmake_parse_arguments(ARG "QT" "" "SOURCES;PUBLIC;PRIVATE" ${ARGN})
  add_library(roundhouse_${name} STATIC ${ARG_SOURCES})
  add_library(roundhouse::${name} ALIAS roundhouse_${name})
  set_target_properties(roundhouse_${name} PROPERTIES POSITION_INDEPENDENT_CODE ON CXX_EXTENSIONS OFF)
  target_include_directories(roundhouse_${name} PUBLIC ${PROJECT_SOURCE_DIR})
  target_link_libraries(roundhouse_${name} PUBLIC ${ARG_PUBLIC} PRIVATE roundhouse_options ${ARG_PRIVATE})
  if(ARG_QT)
    set_target_properties(roundhouse_${name} PROPERTIES AUTOMOC ON)
    target_compile_definitions(roundhouse_${name} PRIVATE QT_NO_KEYWORDS QT_NO_CAST_TO_ASCII)
  endif()
endfunction()

# roundhouse_test(NAME SOURCES ... LIBS ... [LABELS ...] [GUI] [TIMEOUT s])
# One Qt Test executable; GUI tests run offscreen. SOURCES that hold Q_OBJECT include their own .moc.
function(roundhouse_test name)
  cmake_parse_arguments(ARG "GUI" "TIMEOUT" "SOURCES;LIBS;LABELS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  set_target_properties(${name} PROPERTIES AUTOMOC ON CXX_EXTENSIONS OFF)
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
  target_link_libraries(${name} PRIVATE roundhouse_options ${ARG_LIBS} Qt6::Test)
  target_compile_definitions(${name} PRIVATE
    ROUNDHOUSE_SOURCE_DIR="${PROJECT_SOURCE_DIR}" ROUNDHOUSE_SHARED_DIR="${PROJECT_SOURCE_DIR}/../shared")
  add_test(NAME ${name} COMMAND ${name})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 120)
  endif()
  set_tests_properties(${name} PROPERTIES TIMEOUT ${ARG_TIMEOUT})
  if(ARG_LABELS)
    set_tests_properties(${name} PROPERTIES LABELS "${ARG_LABELS}")
  endif()
  if(ARG_GUI)
    set_tests_properties(${name} PROPERTIES ENVIRONMENT "QT_QPA_PLATFORM=offscreen")
  endif()
  if(ROUNDHOUSE_SANITIZE MATCHES "address")
    # Tests of refused allocations want the refusal.
    set_property(TEST ${name} APPEND PROPERTY ENVIRONMENT "ASAN_OPTIONS=allocator_may_return_null=1")
  endif()
  if(ROUNDHOUSE_SANITIZE MATCHES "thread")
    set_property(TEST ${name} APPEND PROPERTY ENVIRONMENT
      "TSAN_OPTIONS=suppressions=${PROJECT_SOURCE_DIR}/tests/tsan-suppressions.txt")
  endif()
endfunction()
