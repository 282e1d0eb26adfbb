# Vega as Debian packages it is a folder of UMD modules, each of which would overwrite the global `vega`. Here they
# become one script with one global: a function a module, called when another asks for it. Left out is what the
# charts do not use: maps, forces, hierarchies, word clouds.
set(vega_modules util time format loader canvas dataflow statistics scale scenegraph expression selection
  event-selector functions runtime parser transforms view-transforms encode view)

# vega_bundle(<variable> <variable>): Vega, and its expression interpreter, which works without eval. Both empty
# where there is no folder VEGA.
function(vega_bundle bundle_out interpreter_out)
  set(${bundle_out} "" PARENT_SCOPE)
  set(${interpreter_out} "" PARENT_SCOPE)
  if(NOT EXISTS "${VEGA}/vega-view.min.js")
    return()
  endif()
  set(licence "")
  if(EXISTS "${LICENCE}")
    file(READ ${LICENCE} licence)
    string(REPLACE "*/" "* /" licence "${licence}")
  endif()
  set(text "/*! Vega, https://vega.github.io\n${licence}*/\nvar vega = (function () {\n")
  string(APPEND text "var factories = {}, made = {};\n")
  string(APPEND text "function require(name) {\n  if (!made[name]) factories[name](made[name] = {}, require, {});\n")
  string(APPEND text "  return made[name];\n}\n")
  foreach(module IN LISTS vega_modules)
    file(READ ${VEGA}/vega-${module}.min.js content)
    string(REGEX REPLACE "\n//# sourceMappingURL=[^\n]*" "" content "${content}")
    string(APPEND text "factories[\"vega-${module}\"] = function (exports, require, module) {\n")
    string(APPEND text "${content}\n};\n")
  endforeach()
  # Debian names the file after one, its users after several.
  string(APPEND text "factories[\"vega-selections\"] = factories[\"vega-selection\"];\n")
  string(APPEND text "var transforms = require(\"vega-dataflow\").transforms;\n")
  string(APPEND text "[\"transforms\", \"view-transforms\", \"encode\"].forEach(function (name) {\n")
  string(APPEND text "  Object.assign(transforms, require(\"vega-\" + name));\n});\n")
  string(APPEND text "return Object.assign({}, require(\"vega-util\"), require(\"vega-dataflow\"), ")
  string(APPEND text "require(\"vega-scenegraph\"), require(\"vega-parser\"), require(\"vega-runtime\"), ")
  string(APPEND text "require(\"vega-view\"));\n})();\n")
  set(${bundle_out} "${text}" PARENT_SCOPE)
  file(READ ${VEGA}/vega-interpreter.min.js content)
  string(REGEX REPLACE "\n//# sourceMappingURL=[^\n]*" "" content "${content}")
  set(${interpreter_out} "(function (exports, module) {\n${content}\n})(vega, {});\n" PARENT_SCOPE)
endfunction()
