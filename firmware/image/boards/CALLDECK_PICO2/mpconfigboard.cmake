# The CallDeck console on a plain Raspberry Pi Pico 2, whose Arm cores it uses.
set(PICO_BOARD "pico2")
set(PICO_PLATFORM "rp2350-arm-s")
include(${CMAKE_CURRENT_LIST_DIR}/../calldeck.cmake)
