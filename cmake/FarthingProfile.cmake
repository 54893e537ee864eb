# SPDX-License-Identifier: GPL-3.0-or-later
# Lays the programs out by what their code does under traffic: what calls run through lies together, inlined where it is
# hot. packaging/profile records that profile, from a build with FARTHING_RECORD_PROFILE, in the folder FARTHING_PROFILE;
# where there is none of this compiler's, or it is another than GCC, code is compiled as ever.
set(FARTHING_PROFILE "" CACHE PATH "Folder of a recorded profile")
option(FARTHING_RECORD_PROFILE "Build programs that record a profile when they end" OFF)

set(compiler "${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION}")
set(profiled_compiler "")
if(FARTHING_RECORD_PROFILE)
  file(WRITE ${PROJECT_BINARY_DIR}/compiler ${compiler})
elseif(EXISTS ${FARTHING_PROFILE}/compiler)
  file(READ ${FARTHING_PROFILE}/compiler profiled_compiler)
endif()

# To be called by a folder whose targets, and those below it, a profile covers.
macro(farthing_use_profile)
  if(FARTHING_PROFILE AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    if(FARTHING_RECORD_PROFILE)
      add_compile_options(-fprofile-generate=${FARTHING_PROFILE} -fprofile-update=atomic
        -fprofile-prefix-path=${PROJECT_BINARY_DIR})
      add_link_options(-fprofile-generate)
    elseif(compiler STREQUAL profiled_compiler)
      # Code that the traffic did not reach is compiled as without a profile; sources may have changed since.
      add_compile_options(-fprofile-use=${FARTHING_PROFILE} -fprofile-partial-training -fprofile-correction
        -fprofile-prefix-path=${PROJECT_BINARY_DIR} -Wno-missing-profile -Wno-coverage-mismatch)
      set(CMAKE_INTERPROCEDURAL_OPTIMIZATION ON)
    endif()
  endif()
endmacro()
