// The CallDeck console: a Raspberry Pi Pico (RP2040) with our own names on the USB port.
#include "../calldeck.h"

#define MICROPY_HW_BOARD_NAME "CallDeck Pico"

// As on the stock Pico board, so that a console keeps its files when it changes images.
#define MICROPY_HW_FLASH_STORAGE_BYTES (1408 * 1024)
