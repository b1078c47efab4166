# The installed tree: program, modules beside it where app/paths.cc looks, shipped suites, the plugin header.
include(GNUInstallDirs)
install(TARGETS assay RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(TARGETS assay_tesseract assay_google_benchmark LIBRARY DESTINATION lib/assay/modules)
install(DIRECTORY suites/data/ DESTINATION ${CMAKE_INSTALL_DATADIR}/assay/suites PATTERN generator EXCLUDE)
install(FILES backends/plugin/assay_plugin.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/assay)
install(FILES LICENSE README.md DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/assay)
