# Writes OUT, a C++ file with every file of page/ and charts/ and with Vega (from the folder VEGA) as literals.
include(${CMAKE_CURRENT_LIST_DIR}/vega.cmake)
set(reports ${CMAKE_CURRENT_LIST_DIR}/..)

set(text "#include \"reports/page.hpp\"\n\nnamespace gemmark {\n\n")
string(APPEND text "const std::vector<Asset>& page_assets() {\n  static const std::vector<Asset> assets{\n")
# Quoted throughout: what a file holds is no list, whatever brackets and semicolons stand in it.
file(GLOB files RELATIVE ${reports} ${reports}/page/*.html ${reports}/page/*.css ${reports}/page/*.js
  ${reports}/charts/*.json)
list(SORT files)
foreach(file IN LISTS files)
  file(READ ${reports}/${file} content)
  string(APPEND text "{\"${file}\", R\"gemmark_asset(")
  string(APPEND text "${content}")
  string(APPEND text ")gemmark_asset\"},\n")
endforeach()
vega_bundle(vega interpreter)
string(APPEND text "{\"vega.js\", R\"gemmark_asset(")
string(APPEND text "${vega}")
string(APPEND text ")gemmark_asset\"},\n{\"vega_interpreter.js\", R\"gemmark_asset(")
string(APPEND text "${interpreter}")
string(APPEND text ")gemmark_asset\"},\n  };\n  return assets;\n}\n\n}  // namespace gemmark\n")
file(WRITE ${OUT} "${text}")
