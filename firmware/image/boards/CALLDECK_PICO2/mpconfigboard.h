// The CallDeck console on a Raspberry Pi Pico 2 (RP2350, its Arm cores).
#include "../calldeck.h"

#define MICROPY_HW_BOARD_NAME "CallDeck Pico 2"

// As on the stock Pico 2 board, so that a console keeps its files when it changes images.
#define MICROPY_HW_FLASH_STORAGE_BYTES (PICO_FLASH_SIZE_BYTES - 1024 * 1024)
