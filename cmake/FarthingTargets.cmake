# SPDX-License-Identifier: GPL-3.0-or-later

# farthing_library(NAME SOURCES ... [LINK ...]): a static library for one layer, headers by path from the root.
function(farthing_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_include_directories(${name} PUBLIC ${PROJECT_SOURCE_DIR})
  target_link_libraries(${name} PUBLIC ${ARG_LINK})
endfunction()

# What the stages of packaging/test build: tests of core with the fuzz replays, tests labelled "threads", and
# all others with the programs that they run.
add_custom_target(sanitized-tests)
add_custom_target(threaded-tests)
add_custom_target(other-tests)

# The headers that most files of a target begin with take longer to read than the file itself; they are read once.
# Sources include what they use all the same: packaging/lint --deep builds without these.
# A test's own folders, which Qt Test defines for QFINDTESTDATA, would keep tests from sharing theirs.
# Tests are compiled more often than they run, so they are not optimised.
set(farthing_test_options -UQT_TESTCASE_BUILDDIR -UQT_TESTCASE_SOURCEDIR $<$<CONFIG:RelWithDebInfo>:-O0>)
function(farthing_test_headers name)
  add_library(${name} STATIC EXCLUDE_FROM_ALL ${PROJECT_SOURCE_DIR}/tests/TestHeaders.cpp)
  target_link_libraries(${name} PRIVATE Qt6::Core Qt6::Test ${ARGN})
  target_compile_options(${name} PRIVATE ${farthing_test_options})
  target_precompile_headers(${name} PRIVATE <QTest> <QTemporaryDir> <QFile> <QProcess> <QJsonObject> <QJsonDocument>
    <algorithm> <chrono> <functional> <map> <memory> <optional> <string> <thread> <vector>)
endfunction()

# farthing_test(NAME SOURCES ... [LINK ...] [LABELS ...] [TIMEOUT s]): one Qt Test executable, run by ctest. NAME.cpp
# includes NAME.moc, which moc makes at once: AUTOMOC would take two more steps a test.
# Those that may take the longest begin first.
# Tests under tests/core are labelled "core" by themselves; "threads" runs a test under the thread sanitizer too.
function(farthing_test name)
  cmake_parse_arguments(ARG "" "TIMEOUT" "SOURCES;LINK;LABELS" ${ARGN})
  set(moc ${CMAKE_CURRENT_BINARY_DIR}/${name}.moc)
  qt_generate_moc(${name}.cpp ${moc})
  add_executable(${name} ${ARG_SOURCES} ${moc})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests-bin)
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/tests
    ${CMAKE_CURRENT_BINARY_DIR})
  target_compile_definitions(${name} PRIVATE
    FARTHING_SOURCE_DIR="${PROJECT_SOURCE_DIR}" FARTHING_BIN_DIR="${PROJECT_BINARY_DIR}/bin")
  target_link_libraries(${name} PRIVATE ${ARG_LINK} Qt6::Core Qt6::Test)
  target_compile_options(${name} PRIVATE ${farthing_test_options})
  if("farthing_ui" IN_LIST ARG_LINK)
    target_precompile_headers(${name} REUSE_FROM farthing_window_test_headers)
  elseif("Qt6::Network" IN_LIST ARG_LINK)
    target_precompile_headers(${name} REUSE_FROM farthing_network_test_headers)
  else()
    target_precompile_headers(${name} REUSE_FROM farthing_test_headers)
  endif()
  add_test(NAME ${name} COMMAND ${name})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 120)
  endif()
  if(CMAKE_CURRENT_SOURCE_DIR MATCHES "/tests/core/")
    list(APPEND ARG_LABELS core)
  endif()
  if("core" IN_LIST ARG_LABELS)
    add_dependencies(sanitized-tests ${name})
  else()
    add_dependencies(other-tests ${name})
  endif()
  if("threads" IN_LIST ARG_LABELS)
    add_dependencies(threaded-tests ${name})
  endif()
  set(environment "QT_QPA_PLATFORM=offscreen")
  if(FARTHING_SANITIZE STREQUAL "thread")
    list(APPEND environment "TSAN_OPTIONS=suppressions=${PROJECT_SOURCE_DIR}/tests/tsan.supp:die_after_fork=0")
  endif()
  set_tests_properties(${name} PROPERTIES TIMEOUT ${ARG_TIMEOUT} COST ${ARG_TIMEOUT} LABELS "${ARG_LABELS}" ENVIRONMENT "${environment}")
endfunction()

# farthing_fuzz(NAME SOURCES ... [LINK ...]): a libFuzzer target where FARTHING_FUZZ is on; otherwise the same
# entry point linked with a driver that replays the corpus in tests/fuzz/corpus/NAME, run by ctest.
function(farthing_fuzz name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ${ARG_LINK})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests-bin)
  set(corpus ${PROJECT_SOURCE_DIR}/tests/fuzz/corpus/${name})
  if(FARTHING_FUZZ)
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
    set(found ${PROJECT_BINARY_DIR}/corpus/${name}) # libFuzzer writes what it finds into the first
    file(MAKE_DIRECTORY ${found})
    add_test(NAME ${name} COMMAND ${name} -runs=20000 -max_len=65536 ${found} ${corpus})
  else()
    target_link_libraries(${name} PRIVATE farthing_replay_corpus)
    add_test(NAME ${name} COMMAND ${name} ${corpus})
  endif()
  # The simulator hears nobody but those who start it; what it reads is replayed without the sanitizers.
  if("farthing_sim" IN_LIST ARG_LINK)
    set_tests_properties(${name} PROPERTIES LABELS sim)
    add_dependencies(other-tests ${name})
  else()
    set_tests_properties(${name} PROPERTIES LABELS fuzz)
    add_dependencies(sanitized-tests ${name})
  endif()
endfunction()

# farthing_embed(TARGET FILE NAME): FILE's bytes as `farthing::embedded::NAME`, a std::string_view, made anew when it changes.
function(farthing_embed target file name)
  set(source ${CMAKE_CURRENT_BINARY_DIR}/${name}.cpp)
  add_custom_command(OUTPUT ${source}
    COMMAND ${CMAKE_COMMAND} -D IN=${file} -D OUT=${source} -D NAME=${name} -P ${PROJECT_SOURCE_DIR}/cmake/EmbedFile.cmake
    DEPENDS ${file} ${PROJECT_SOURCE_DIR}/cmake/EmbedFile.cmake VERBATIM)
  target_sources(${target} PRIVATE ${source})
endfunction()
