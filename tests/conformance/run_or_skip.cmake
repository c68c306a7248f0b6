# SPDX-License-Identifier: Apache-2.0
# Runs PROGRAM with ARGUMENTS when NEEDS exists; says SKIPPED otherwise.
if(NOT EXISTS ${NEEDS})
  message(STATUS "SKIPPED: ${NEEDS} is not there")
  return()
endif()
execute_process(COMMAND ${PROGRAM} ${ARGUMENTS} RESULT_VARIABLE result)
if(NOT result EQUAL 0)
  message(FATAL_ERROR "${PROGRAM} failed: ${result}")
endif()
