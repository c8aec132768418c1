// What every CallDeck console has in common, whatever its board.

// The host finds a console by the ids and the product string together. The ids stay those of
// MicroPython on these chips until the project has ids of its own.
#define MICROPY_HW_USB_VID (0x2E8A)
#define MICROPY_HW_USB_PID (0x0005)
#define MICROPY_HW_USB_MANUFACTURER_STRING "CallDeck"
#define MICROPY_HW_USB_PRODUCT_FS_STRING "CallDeck"
#define MICROPY_HW_USB_CDC_INTERFACE_STRING "CallDeck link"
// The serial number string is the port's default: the board's unique id, in hex.

// The default of 64 entries overflows on our heap, and each overflow costs a sweep of the whole
// heap: with 512 entries a collection takes 1.2 ms instead of 4.9 ms, for 900 bytes of RAM.
#define MICROPY_ALLOC_GC_STACK_SIZE (512)

// Names found once are found at once again; half of a press is looking up names, of which there
// are more than the default's 128. A byte each.
#define MICROPY_OPT_MAP_LOOKUP_CACHE_SIZE (1024)

// The flash, from its start: the image, the console's settings, the files. Settings outlive an
// update, so no image may reach into them: the build holds it to these numbers
// (tools/flash_map.py), and C code takes them from here. Offsets from the start of the flash; a
// sector is what it erases at once, and there are two, so that one is whole at any time.
#define CALLDECK_SETTINGS_SECTORS (2)
#define CALLDECK_SETTINGS_SECTOR_BYTES (4096)
#define CALLDECK_SETTINGS_BYTES (CALLDECK_SETTINGS_SECTORS * CALLDECK_SETTINGS_SECTOR_BYTES)
#define CALLDECK_SETTINGS_START \
    (PICO_FLASH_SIZE_BYTES - MICROPY_HW_FLASH_STORAGE_BYTES - CALLDECK_SETTINGS_BYTES)
// It would lie there too.
#define MICROPY_HW_ROMFS_BYTES (0)
