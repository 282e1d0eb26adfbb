# `cpack` makes a .tar.gz and a .deb. The .deb leaves libraries to the distribution; the .tar.gz brings those
# that a bare machine lacks, so that it runs wherever it is unpacked and the C library is as new.
include(GNUInstallDirs)

set_target_properties(gemmark PROPERTIES INSTALL_RPATH "$ORIGIN/../lib/gemmark")
install(TARGETS gemmark
  RUNTIME_DEPENDENCY_SET gemmark_dependencies
  RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT program)
install(DIRECTORY bench/suites DESTINATION ${CMAKE_INSTALL_DATADIR}/gemmark COMPONENT program OPTIONAL)
install(FILES reports/record.schema.json DESTINATION ${CMAKE_INSTALL_DATADIR}/gemmark COMPONENT program OPTIONAL)
install(FILES README.md CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT program)
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} RENAME copyright COMPONENT program)
# Left out: what every machine has, and the C++ library, because a vendor's library may need a newer one.
install(RUNTIME_DEPENDENCY_SET gemmark_dependencies
  PRE_EXCLUDE_REGEXES "^ld-linux" "^lib(c|m|dl|pthread|rt|stdc\\+\\+|gcc_s|udev)\\.so"
  LIBRARY DESTINATION lib/gemmark COMPONENT libraries)

set(CPACK_GENERATOR TGZ)
find_program(GEMMARK_SHLIBDEPS dpkg-shlibdeps)
if(GEMMARK_SHLIBDEPS)
  list(APPEND CPACK_GENERATOR DEB)
endif()
set(CPACK_PROJECT_CONFIG_FILE ${CMAKE_CURRENT_LIST_DIR}/package_components.cmake)
set(CPACK_ARCHIVE_COMPONENT_INSTALL ON)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_GROUPING ALL_COMPONENTS_IN_ONE)
set(CPACK_STRIP_FILES ON)
set(CPACK_THREADS 0)
set(CPACK_PACKAGE_VENDOR gemmark)
set(CPACK_PACKAGE_CONTACT "the gemmark authors <gemmark@localhost>")
set(CPACK_RESOURCE_FILE_LICENSE ${PROJECT_SOURCE_DIR}/LICENSE)
set(CPACK_PACKAGE_FILE_NAME gemmark-${PROJECT_VERSION}-linux-${CMAKE_SYSTEM_PROCESSOR})
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "libopenblas0-pthread | libopenblas0, libblis4-pthread | libblis4, libdnnl3 | libdnnl2")
include(CPack)
