# make install: headers, both libraries, pkg-config file, CMake package, the program; the plug-in for language models, if it is built.
include(CMakePackageConfigHelpers)
set(targets xybrid_static)
if(TARGET xybrid)
  list(APPEND targets xybrid)
endif()
install(TARGETS ${targets} EXPORT xybrid-targets)
install(DIRECTORY "${PROJECT_SOURCE_DIR}/include/xybrid" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" FILES_MATCHING PATTERN "*.h")
install(EXPORT xybrid-targets NAMESPACE xybrid:: DESTINATION "${CMAKE_INSTALL_LIBDIR}/cmake/xybrid")
configure_package_config_file(cmake/xybrid-config.cmake.in "${CMAKE_BINARY_DIR}/xybrid-config.cmake"
  INSTALL_DESTINATION "${CMAKE_INSTALL_LIBDIR}/cmake/xybrid" PATH_VARS XYBRID_INSTALL_ENGINEDIR)
write_basic_package_version_file("${CMAKE_BINARY_DIR}/xybrid-config-version.cmake" COMPATIBILITY SameMinorVersion)
install(FILES "${CMAKE_BINARY_DIR}/xybrid-config.cmake" "${CMAKE_BINARY_DIR}/xybrid-config-version.cmake"
  DESTINATION "${CMAKE_INSTALL_LIBDIR}/cmake/xybrid")
# the pkg-config file finds the rest from where it lies, so that what is installed may be moved
cmake_path(RELATIVE_PATH CMAKE_INSTALL_PREFIX BASE_DIRECTORY "${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig"
  OUTPUT_VARIABLE XYBRID_PC_TO_PREFIX)
configure_file(cmake/xybrid.pc.in "${CMAKE_BINARY_DIR}/xybrid.pc" @ONLY)
install(FILES "${CMAKE_BINARY_DIR}/xybrid.pc" DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
if(TARGET xybrid_cli)
  install(TARGETS xybrid_cli)
endif()
install(FILES "${XYBRID_ENGINE_DIR}/${XYBRID_PLUGIN_PREFIX}xybrid-llama${CMAKE_SHARED_LIBRARY_SUFFIX}"
  DESTINATION "${XYBRID_INSTALL_ENGINEDIR}" OPTIONAL)
install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" "${PROJECT_SOURCE_DIR}/THIRD_PARTY_NOTICES.md" DESTINATION "${CMAKE_INSTALL_DOCDIR}")
