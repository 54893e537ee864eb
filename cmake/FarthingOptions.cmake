# SPDX-License-Identifier: GPL-3.0-or-later
# Language level, warnings and instrumentation, the same for every target.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)

option(BUILD_TESTING "Build the tests" ON)
option(FARTHING_DESKTOP "Build the window (needs Qt 6 Widgets and Charts)" ON)
option(FARTHING_WERROR "Treat warnings as errors" ON)
option(FARTHING_FUZZ "Build the fuzz targets with libFuzzer (needs clang)" OFF)
set(FARTHING_SANITIZE "" CACHE STRING "Sanitizers for -fsanitize=, for instance address,undefined or thread")

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
  # What ccache asks for where headers are precompiled.
  set(CMAKE_CXX_COMPILER_LAUNCHER
    ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros ${CCACHE_PROGRAM})
endif()

add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Wcast-align)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC 12 takes assignments of literals for overlaps (its bug 105651), and short strings' buffers for overruns where
  # <string> comes out of a precompiled header. The address sanitizer looks after both.
  set(mistaken_warnings -Wno-restrict -Wno-array-bounds -Wno-stringop-overflow -Wno-stringop-overread)
  add_compile_options(-fpch-preprocess ${mistaken_warnings})
  add_link_options(${mistaken_warnings}) # where code is compiled when it is linked
endif()
if(FARTHING_WERROR)
  add_compile_options(-Werror)
endif()
if(FARTHING_SANITIZE)
  add_compile_options(-fsanitize=${FARTHING_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${FARTHING_SANITIZE})
endif()
if(FARTHING_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
