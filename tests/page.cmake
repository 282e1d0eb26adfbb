# The report's page in a real browser, skipped with the reason where there is none.
foreach(candidate ${Python3_EXECUTABLE} /usr/bin/python3)
  execute_process(COMMAND ${candidate} -c "import selenium, sys; print(sys.executable)"
    OUTPUT_VARIABLE found ERROR_QUIET OUTPUT_STRIP_TRAILING_WHITESPACE)
  if(found AND NOT GEMMARK_BROWSER_PYTHON)
    set(GEMMARK_BROWSER_PYTHON ${found} CACHE INTERNAL "A Python that can drive a browser")
  endif()
endforeach()
set(browser_python ${GEMMARK_BROWSER_PYTHON})
if(NOT browser_python)
  set(browser_python ${Python3_EXECUTABLE})  # which says what it lacks
endif()
foreach(part page page_use)
  set(name "page in a browser: test_${part}")
  add_test(NAME ${name} COMMAND ${browser_python} ${CMAKE_CURRENT_SOURCE_DIR}/page/test_${part}.py)
  set_tests_properties(${name} PROPERTIES TIMEOUT 1200 LABELS browser SKIP_REGULAR_EXPRESSION "OK \\(skipped="
    ENVIRONMENT "GEMMARK=$<TARGET_FILE:gemmark>;GEMMARK_VEGA=${GEMMARK_VEGA_MODULES}")
endforeach()

# The pictures need packages of the same distribution.
add_test(NAME "scripts: plot" COMMAND ${browser_python} ${CMAKE_CURRENT_SOURCE_DIR}/scripts/test_plot.py)
set_tests_properties("scripts: plot" PROPERTIES TIMEOUT 600 SKIP_REGULAR_EXPRESSION "OK \\(skipped=")

# The gallery is made of the reference runs, and gives them back.
add_test(NAME "gallery shows the reference runs"
  COMMAND Python3::Interpreter ${PROJECT_SOURCE_DIR}/scripts/gallery.py --check --gemmark $<TARGET_FILE:gemmark>)
