# SPDX-License-Identifier: Apache-2.0
# The two ways a target comes into being here. A component is a static library with the alias
# roundhouse::NAME; includes are rooted at the project ("engine/ops/ops.h", "roundhouse/result.h").

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
  # ccache takes part with precompiled headers only when it is told that they are meant.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros ${CCACHE_PROGRAM})
  set(CMAKE_CUDA_COMPILER_LAUNCHER ${CCACHE_PROGRAM})
endif()

# Everything a target of ours compiles with.
add_library(roundhouse_options INTERFACE)
target_compile_features(roundhouse_options INTERFACE cxx_std_20)
target_compile_options(roundhouse_options INTERFACE
  $<$<COMPILE_LANGUAGE:CXX>:-Wall -Wextra -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -ffp-contract=off>)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC 12 reports "literal" + std::string as a copy that overlaps or leaves its bounds (GCC bug 105651).
  target_compile_options(roundhouse_options INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-Wno-restrict -Wno-array-bounds -Wno-stringop-overflow -Wno-stringop-overread>)
endif()
if(ROUNDHOUSE_SANITIZE)
  target_compile_options(roundhouse_options INTERFACE -fsanitize=${ROUNDHOUSE_SANITIZE} -fno-sanitize-recover=all)
  target_link_options(roundhouse_options INTERFACE -fsanitize=${ROUNDHOUSE_SANITIZE})
endif()
find_package(Threads REQUIRED)
target_link_libraries(roundhouse_options INTERFACE Threads::Threads)

# Qt Test without its definitions that differ in each folder: they would keep a precompiled header from being shared.
# Targets of tests, made when tests are.
function(roundhouse_prepare_tests)
  add_library(roundhouse_qt_test INTERFACE)
  target_include_directories(roundhouse_qt_test SYSTEM INTERFACE $<TARGET_PROPERTY:Qt6::Test,INTERFACE_INCLUDE_DIRECTORIES>)
  target_compile_definitions(roundhouse_qt_test INTERFACE QT_TESTLIB_LIB)
  target_link_libraries(roundhouse_qt_test INTERFACE Qt6::Core $<LINK_ONLY:Qt6::Test>)
  roundhouse_headers(test LIBS roundhouse_qt_test OPTIONS ${ROUNDHOUSE_TEST_OPTIONS} HEADERS <QtTest> ${ROUNDHOUSE_STD_HEADERS})
  if(ROUNDHOUSE_GUI)
    roundhouse_headers(test_gui LIBS roundhouse_qt_test Qt6::Widgets OPTIONS ${ROUNDHOUSE_TEST_OPTIONS}
      HEADERS <QtTest> ${ROUNDHOUSE_WIDGET_HEADERS} ${ROUNDHOUSE_STD_HEADERS})
  endif()
endfunction()

# Headers that most sources of a kind include, parsed once. A source still includes what it uses: the dev preset builds
# without them.
set(ROUNDHOUSE_STD_HEADERS <algorithm> <array> <atomic> <cmath> <filesystem> <fstream> <functional> <limits> <map> <memory>
  <optional> <random> <span> <string> <thread> <variant> <vector>)
set(ROUNDHOUSE_CORE_HEADERS <QCoreApplication> <QDateTime> <QDir> <QFile> <QFileInfo> <QHash> <QJsonArray> <QJsonDocument> <QJsonObject>
  <QList> <QLocale> <QObject> <QPointer> <QRegularExpression> <QSet> <QString> <QStringList> <QThread> <QTimer>)
set(ROUNDHOUSE_WIDGET_HEADERS <QAbstractItemModel> <QAccessible> <QAction> <QApplication> <QBoxLayout> <QComboBox> <QFileDialog> <QHeaderView> <QKeyEvent> <QLabel>
  <QLineEdit> <QListView> <QMenu> <QPainter> <QPlainTextEdit> <QPushButton> <QScrollArea> <QScrollBar> <QSpinBox> <QSplitter>
  <QStyledItemDelegate> <QTableView> <QToolButton> <QWidget>)
set(ROUNDHOUSE_QT_DEFINITIONS QT_NO_KEYWORDS QT_NO_CAST_TO_ASCII)
set(ROUNDHOUSE_TEST_OPTIONS $<$<CONFIG:Release>:-O1>)  # a test spends its time being compiled

# roundhouse_headers(NAME LIBS ... HEADERS ... [OPTIONS ...] [DEFINITIONS ...]): the target roundhouse_headers_NAME, to be reused.
function(roundhouse_headers name)
  cmake_parse_arguments(ARG "" "" "LIBS;HEADERS;OPTIONS;DEFINITIONS" ${ARGN})
  set(source ${PROJECT_BINARY_DIR}/headers/${name}.cpp)
  file(CONFIGURE OUTPUT ${source} CONTENT "// Nothing but its precompiled headers.\n")
  add_library(roundhouse_headers_${name} OBJECT ${source})
  set_target_properties(roundhouse_headers_${name} PROPERTIES POSITION_INDEPENDENT_CODE ON CXX_EXTENSIONS OFF)
  target_link_libraries(roundhouse_headers_${name} PRIVATE roundhouse_options ${ARG_LIBS})
  target_compile_options(roundhouse_headers_${name} PRIVATE ${ARG_OPTIONS})
  target_compile_definitions(roundhouse_headers_${name} PRIVATE ${ARG_DEFINITIONS})
  target_precompile_headers(roundhouse_headers_${name} PRIVATE ${ARG_HEADERS})
endfunction()

# The first component that wants a kind of headers makes them.
function(roundhouse_use_headers target name)
  if(name STREQUAL "qt" AND NOT TARGET roundhouse_headers_qt)
    roundhouse_headers(qt LIBS Qt6::Core DEFINITIONS ${ROUNDHOUSE_QT_DEFINITIONS} HEADERS ${ROUNDHOUSE_CORE_HEADERS} ${ROUNDHOUSE_STD_HEADERS})
  elseif(name STREQUAL "widgets" AND NOT TARGET roundhouse_headers_widgets)
    roundhouse_headers(widgets LIBS Qt6::Widgets DEFINITIONS ${ROUNDHOUSE_QT_DEFINITIONS}
      HEADERS ${ROUNDHOUSE_CORE_HEADERS} ${ROUNDHOUSE_WIDGET_HEADERS} ${ROUNDHOUSE_STD_HEADERS})
  endif()
  target_precompile_headers(${target} REUSE_FROM roundhouse_headers_${name})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(${target} PRIVATE -fpch-preprocess)  # ccache needs it
  endif()
endfunction()

# roundhouse_component(NAME SOURCES ... [PUBLIC libs...] [PRIVATE libs...] [QT | WIDGETS])
# QT: uses Qt without widgets; WIDGETS: with them.
function(roundhouse_component name)
  cmake_parse_arguments(ARG "QT;WIDGETS" "" "SOURCES;PUBLIC;PRIVATE" ${ARGN})
  add_library(roundhouse_${name} STATIC ${ARG_SOURCES})
  add_library(roundhouse::${name} ALIAS roundhouse_${name})
  set_target_properties(roundhouse_${name} PROPERTIES POSITION_INDEPENDENT_CODE ON CXX_EXTENSIONS OFF)
  target_include_directories(roundhouse_${name} PUBLIC ${PROJECT_SOURCE_DIR})
  target_link_libraries(roundhouse_${name} PUBLIC ${ARG_PUBLIC} PRIVATE roundhouse_options ${ARG_PRIVATE})
  if(ARG_QT OR ARG_WIDGETS)
    set_target_properties(roundhouse_${name} PROPERTIES AUTOMOC ON)
    target_compile_definitions(roundhouse_${name} PRIVATE ${ROUNDHOUSE_QT_DEFINITIONS})
  endif()
  if(ARG_WIDGETS)
    roundhouse_use_headers(roundhouse_${name} widgets)
  elseif(ARG_QT)
    roundhouse_use_headers(roundhouse_${name} qt)
  endif()
endfunction()

# roundhouse_test(NAME SOURCES ... LIBS ... [LABELS ...] [GUI] [TIMEOUT s])
# One Qt Test executable; GUI tests (those that link widgets) run offscreen. SOURCES that hold Q_OBJECT include their own .moc.
function(roundhouse_test name)
  cmake_parse_arguments(ARG "GUI" "TIMEOUT" "SOURCES;LIBS;LABELS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  set_target_properties(${name} PROPERTIES AUTOMOC ON CXX_EXTENSIONS OFF POSITION_INDEPENDENT_CODE ON)
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
  target_link_libraries(${name} PRIVATE roundhouse_options ${ARG_LIBS} roundhouse_qt_test)
  target_compile_options(${name} PRIVATE ${ROUNDHOUSE_TEST_OPTIONS})
  target_compile_definitions(${name} PRIVATE
    ROUNDHOUSE_SOURCE_DIR="${PROJECT_SOURCE_DIR}" ROUNDHOUSE_SHARED_DIR="${PROJECT_SOURCE_DIR}/../shared")
  if(ARG_GUI)
    roundhouse_use_headers(${name} test_gui)
  else()
    roundhouse_use_headers(${name} test)
  endif()
  # Nearly always empty: reading the headers would cost more than the rest.
  set_source_files_properties(${CMAKE_CURRENT_BINARY_DIR}/${name}_autogen/mocs_compilation.cpp PROPERTIES SKIP_PRECOMPILE_HEADERS ON)
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
    # QProcess shares its memory with the child until that runs the program: the sanitizer takes the parent for the child of
    # a fork, which by default may start no thread.
    set_property(TEST ${name} APPEND PROPERTY ENVIRONMENT
      "TSAN_OPTIONS=die_after_fork=0 suppressions=${PROJECT_SOURCE_DIR}/tests/tsan-suppressions.txt")
  endif()
endfunction()
