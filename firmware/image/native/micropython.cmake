# What the console needs in C, as the MicroPython module calldeck_native.
add_library(usermod_calldeck_native INTERFACE)
target_sources(usermod_calldeck_native INTERFACE ${CMAKE_CURRENT_LIST_DIR}/calldeck_native.c)
target_link_libraries(usermod INTERFACE usermod_calldeck_native)
