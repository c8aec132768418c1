// What flash_map.py asks the compiler, which alone knows what the boards' headers come to.

const unsigned long flash_map[] = {
    PICO_FLASH_SIZE_BYTES,
    CALLDECK_SETTINGS_START,
    CALLDECK_SETTINGS_BYTES,
    MICROPY_HW_FLASH_STORAGE_BYTES,
};
