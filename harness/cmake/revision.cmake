# Writes the revision of the sources into a header, at every build but only where it changed.
execute_process(COMMAND git describe --always --dirty --abbrev=9 --exclude=*
  WORKING_DIRECTORY ${SOURCE} OUTPUT_VARIABLE revision OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET
  RESULT_VARIABLE failed)
if(failed)
  set(revision "")
endif()
file(CONFIGURE OUTPUT ${HEADER} CONTENT "#pragma once\n#define GEMMARK_REVISION \"${revision}\"\n" @ONLY)
