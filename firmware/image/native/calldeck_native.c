// What MicroPython cannot say, or not in the time that a press has: the codec of
// calldeck_wire.frames, the USB serial port without waiting, and what survives a reset.
//
// calldeck_wire/frames.py says what a frame is; the tests hold this to the same bytes.

#include <string.h>

#include "hardware/flash.h"
#include "hardware/structs/watchdog.h"
#include "hardware/sync.h"
#include "hardware/timer.h"
#include "hardware/watchdog.h"
#include "pico/multicore.h"
#include "pico/platform.h"
#include "py/binary.h"
#include "py/gc.h"
#include "py/mphal.h"
#include "py/objarray.h"
#include "py/ringbuf.h"
#include "py/runtime.h"
#include "py/smallint.h"
#include "py/stream.h"
#include "rp2_flash.h"
#ifndef NO_QSTR // while names are collected, not all folders are searched
#include "tusb.h"
#endif

#if PICO_RP2040
#include "hardware/structs/vreg_and_chip_reset.h"
#else
#include "hardware/structs/powman.h"
#endif

#define MAX_PAYLOAD (120)
#define CHECK_BYTES (4)
#define MAX_ENCODED (MAX_PAYLOAD + CHECK_BYTES + 1)
#define UNIT (32)
// A frame or two at a time: lamps wait for it.
#define TAKEN (64)
// What CRC-32 makes of anything that ends in its own CRC-32, before the last inversion.
#define WHOLE (0xdebb20e3u)

// By half bytes: in the flash cache 64 bytes of table stay, a kilobyte would not.
static const uint32_t crc_of_half_byte[16] = {
    0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
    0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c, 0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
};

static inline uint32_t crc_step(uint32_t crc, byte value) {
    crc ^= value;
    crc = crc >> 4 ^ crc_of_half_byte[crc & 15];
    return crc >> 4 ^ crc_of_half_byte[crc & 15];
}

// encode(payload): return the frame of a payload of 1 to MAX_PAYLOAD bytes, closing zero included.
static mp_obj_t encode(mp_obj_t payload_in) {
    mp_buffer_info_t payload;
    mp_get_buffer_raise(payload_in, &payload, MP_BUFFER_READ);
    if (payload.len == 0 || payload.len > MAX_PAYLOAD) {
        mp_raise_ValueError(MP_ERROR_TEXT("payload does not fit a frame"));
    }
    const byte *data = payload.buf;
    byte frame[MAX_ENCODED + 1];
    uint32_t crc = 0xffffffffu;
    size_t code_at = 0;
    size_t at = 0;
    for (size_t place = 0; place < payload.len + CHECK_BYTES; place++) {
        byte value;
        if (place < payload.len) {
            value = data[place];
            crc = crc_step(crc, value);
        } else {
            value = ~crc;
            crc >>= 8;
        }
        frame[++at] = value;
        if (value == 0) {
            frame[code_at] = at - code_at;
            code_at = at;
        }
    }
    frame[code_at] = at + 1 - code_at;
    frame[++at] = 0;
    return mp_obj_new_bytes(frame, at + 1);
}
static MP_DEFINE_CONST_FUN_OBJ_1(encode_obj, encode);

// decode(text): return the payload of a frame without its closing zero, None where it is damaged.
static mp_obj_t decode(mp_obj_t text_in) {
    mp_buffer_info_t text;
    mp_get_buffer_raise(text_in, &text, MP_BUFFER_READ);
    if (text.len < CHECK_BYTES + 2 || text.len > MAX_ENCODED) {
        return mp_const_none;
    }
    const byte *encoded = text.buf;
    byte plain[MAX_ENCODED];
    uint32_t crc = 0xffffffffu;
    size_t zero_at = encoded[0];
    for (size_t at = 1; at < text.len; at++) {
        byte value = encoded[at];
        if (at == zero_at) {
            zero_at += value;
            value = 0;
        }
        plain[at - 1] = value;
        crc = crc_step(crc, value);
    }
    // The last run must end with the text, though the zeros would be right without it.
    if (zero_at != text.len || crc != WHOLE) {
        return mp_const_none;
    }
    return mp_obj_new_bytes(plain, text.len - 1 - CHECK_BYTES);
}
static MP_DEFINE_CONST_FUN_OBJ_1(decode_obj, decode);

// take(): return the bytes that have arrived at sys.stdin, at most TAKEN of them. readinto() would
// wait until its buffer is full, and to ask a poll object before each single byte takes 60 us of
// every one. The poll lets the USB stack hand over what it has.
static mp_obj_t take(void) {
    byte taken[TAKEN];
    size_t count = 0;
    mp_hal_stdio_poll(MP_STREAM_POLL_RD);
    while (count < TAKEN) {
        int value = ringbuf_get(&stdin_ringbuf);
        if (value < 0) {
            break;
        }
        taken[count++] = value;
    }
    return mp_obj_new_bytes(taken, count);
}
static MP_DEFINE_CONST_FUN_OBJ_0(take_obj, take);

// put(data): write at most UNIT bytes to sys.stdout, zeros behind them up to a whole unit; False
// where they would have to wait. See calldeck_console/pico.py for why it is whole units.
static mp_obj_t put(mp_obj_t data_in) {
    mp_buffer_info_t data;
    mp_get_buffer_raise(data_in, &data, MP_BUFFER_READ);
    if (data.len > UNIT) {
        mp_raise_ValueError(MP_ERROR_TEXT("data does not fit a unit"));
    }
    if (!(mp_hal_stdio_poll(MP_STREAM_POLL_WR) & MP_STREAM_POLL_WR)) {
        return mp_const_false;
    }
    char unit[UNIT] = { 0 };
    memcpy(unit, data.buf, data.len);
    mp_hal_stdout_tx_strn(unit, UNIT);
    return mp_const_true;
}
static MP_DEFINE_CONST_FUN_OBJ_1(put_obj, put);

// free_heap(): bytes that are free. gc.mem_free() looks at each block of 16 bytes by itself and takes
// 9 ms; the allocation table has sixteen blocks to the word, two bits each, both 0 for a free one.
static mp_obj_t free_heap(void) {
    const byte *table = MP_STATE_MEM(area).gc_alloc_table_start;
    size_t length = MP_STATE_MEM(area).gc_alloc_table_byte_len;
    size_t used = 0;
    for (size_t at = 0; at < length; at += 4) {
        uint32_t word = 0;
        memcpy(&word, table + at, MIN(4, length - at));
        word = (word | word >> 1) & 0x55555555u;
        word = (word & 0x33333333u) + (word >> 2 & 0x33333333u);
        word = (word + (word >> 4)) & 0x0f0f0f0fu;
        used += word * 0x01010101u >> 24;
    }
    return MP_OBJ_NEW_SMALL_INT((length * 4 - used) * MICROPY_BYTES_PER_GC_BLOCK);
}
static MP_DEFINE_CONST_FUN_OBJ_0(free_heap_obj, free_heap);

// ms_before(us): what time.ticks_ms() was `us` microseconds ago.
static mp_obj_t ms_before(mp_obj_t us_in) {
    uint64_t then = time_us_64() - MP_OBJ_SMALL_INT_VALUE(us_in);
    return MP_OBJ_NEW_SMALL_INT((mp_uint_t)(then / 1000) & (MICROPY_PY_TIME_TICKS_PERIOD - 1));
}
static MP_DEFINE_CONST_FUN_OBJ_1(ms_before_obj, ms_before);

// --- life: what survives a reset --------------------------------------------------------------

// CAUSE_* of calldeck_wire/messages.py.
#define CAUSE_POWER (1)
#define CAUSE_PIN (2)
#define CAUSE_WATCHDOG (3)
#define CAUSE_ORDER (4)
// The watchdog's registers that the boot ROM and the SDK leave alone.
#define OWN_SCRATCH (4)

// The flight recorder, as calldeck_wire/flight.py says. No start-up code clears it.
#define FLIGHT_HEAD_WORDS (8)
#define FLIGHT_COUNT (2)
#define FLIGHT_STAGE (3)
#define FLIGHT_TURN (4)
#define FLIGHT_FED (5)
#define FLIGHT_RAN (6)
#define STAGE_INPUTS (2)
#define ALL_PARTS (7)
#define FLIGHT_RECORDS (64)
#define FLIGHT_TEXT_WORDS (128)
#define FLIGHT_WORDS (FLIGHT_HEAD_WORDS + 2 * FLIGHT_RECORDS + FLIGHT_TEXT_WORDS)
static uint32_t __uninitialized_ram(flight)[FLIGHT_WORDS];

// flight_bytes(): the flight recorder as a writable memoryview.
static mp_obj_t flight_bytes(void) {
    return mp_obj_new_memoryview('B' | MP_OBJ_ARRAY_TYPECODE_FLAG_RW, sizeof(flight), flight);
}
static MP_DEFINE_CONST_FUN_OBJ_0(flight_bytes_obj, flight_bytes);

// record(ms, kind, detail): write a record, as calldeck_console.flight.Recorder does. All three are
// of a small int's size. In RAM, because a press waits for it.
static mp_obj_t __time_critical_func(record)(mp_obj_t ms_in, mp_obj_t kind_in, mp_obj_t detail_in) {
    uint32_t *place = flight + FLIGHT_HEAD_WORDS + 2 * (flight[FLIGHT_COUNT] % FLIGHT_RECORDS);
    place[0] = MP_OBJ_SMALL_INT_VALUE(ms_in);
    place[1] = MP_OBJ_SMALL_INT_VALUE(kind_in) << 24 | (MP_OBJ_SMALL_INT_VALUE(detail_in) & 0xffffffu);
    flight[FLIGHT_COUNT]++;
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_3(record_obj, record);

// The three that follow are in RAM, because each turn of the loop calls them.

// turn(ms): a turn of the loop begins, with the inputs.
static mp_obj_t __time_critical_func(turn)(mp_obj_t ms_in) {
    flight[FLIGHT_TURN] = MP_OBJ_SMALL_INT_VALUE(ms_in);
    flight[FLIGHT_STAGE] = STAGE_INPUTS;
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_1(turn_obj, turn);

// stage(what): STAGE_* that begins, and PART_* << 8 of what runs with it or has run before it.
static mp_obj_t __time_critical_func(stage)(mp_obj_t what_in) {
    uint32_t what = MP_OBJ_SMALL_INT_VALUE(what_in);
    flight[FLIGHT_STAGE] = what & 0xff;
    flight[FLIGHT_RAN] |= what >> 8;
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_1(stage_obj, stage);

// all_ran(ms): whether all parts have run since it was so last; the watchdog is to be fed then.
static mp_obj_t __time_critical_func(all_ran)(mp_obj_t ms_in) {
    if (flight[FLIGHT_RAN] != ALL_PARTS) {
        return mp_const_false;
    }
    flight[FLIGHT_RAN] = 0;
    flight[FLIGHT_FED] = MP_OBJ_SMALL_INT_VALUE(ms_in);
    return mp_const_true;
}
static MP_DEFINE_CONST_FUN_OBJ_1(all_ran_obj, all_ran);

// scratch(): the words that every reset leaves alone but a power cut and the reset pin.
static mp_obj_t scratch(void) {
    void *words = (void *)watchdog_hw->scratch;
    return mp_obj_new_memoryview('I' | MP_OBJ_ARRAY_TYPECODE_FLAG_RW, OWN_SCRATCH, words);
}
static MP_DEFINE_CONST_FUN_OBJ_0(scratch_obj, scratch);

// reset_cause(): CAUSE_* of the last reset, as far as the chip knows; machine.reset_cause() takes a
// watchdog's bite and machine.reset() for the same, and the reset pin for power.
static mp_obj_t reset_cause(void) {
    int cause = CAUSE_POWER;
    if (watchdog_enable_caused_reboot()) {
        cause = CAUSE_WATCHDOG;
    } else if (watchdog_hw->reason) {
        cause = CAUSE_ORDER;
    #if PICO_RP2040
    } else if (vreg_and_chip_reset_hw->chip_reset
               & (VREG_AND_CHIP_RESET_CHIP_RESET_HAD_RUN_BITS
                  | VREG_AND_CHIP_RESET_CHIP_RESET_HAD_PSM_RESTART_BITS)) {
        cause = CAUSE_PIN;
    #else
    } else if (powman_hw->chip_reset & POWMAN_CHIP_RESET_HAD_RUN_LOW_BITS) {
        cause = CAUSE_PIN;
    #endif
    }
    return MP_OBJ_NEW_SMALL_INT(cause);
}
static MP_DEFINE_CONST_FUN_OBJ_0(reset_cause_obj, reset_cause);

// first_start(): True once after each reset; a soft reboot (Ctrl-D at the prompt) is none.
static mp_obj_t first_start(void) {
    static bool started;
    bool first = !started;
    started = true;
    return mp_obj_new_bool(first);
}
static MP_DEFINE_CONST_FUN_OBJ_0(first_start_obj, first_start);

// port_open(): whether a host has the serial port open.
static mp_obj_t port_open(void) {
    return mp_obj_new_bool(tud_cdc_connected());
}
static MP_DEFINE_CONST_FUN_OBJ_0(port_open_obj, port_open);

// --- the settings' own sectors of the flash -----------------------------------------------------
// Nothing else of the flash can be reached from here, whatever a caller says.

static_assert(CALLDECK_SETTINGS_START % FLASH_SECTOR_SIZE == 0, "settings need whole sectors");
static_assert(CALLDECK_SETTINGS_SECTOR_BYTES == FLASH_SECTOR_SIZE, "settings need whole sectors");

// What a reader needs of a sector: its first two pages.
#define SETTINGS_KEPT (2 * FLASH_PAGE_SIZE)

static uint32_t settings_at(mp_obj_t sector_in, mp_obj_t page_in) {
    mp_int_t sector = mp_obj_get_int(sector_in);
    mp_int_t page = mp_obj_get_int(page_in);
    if (sector < 0 || sector >= CALLDECK_SETTINGS_SECTORS) {
        mp_raise_ValueError(MP_ERROR_TEXT("no sector of the settings"));
    }
    if (page < 0 || page >= SETTINGS_KEPT / FLASH_PAGE_SIZE) {
        mp_raise_ValueError(MP_ERROR_TEXT("no page of the settings"));
    }
    return CALLDECK_SETTINGS_START + sector * FLASH_SECTOR_SIZE + page * FLASH_PAGE_SIZE;
}

// As MicroPython's rp2_flash.c does it: no interrupt, and the other core, where a program in
// maintenance mode has started it, stands still, for no instruction can be read from the flash.
static uint32_t begin_writing(void) {
    if (core1_entry != NULL && multicore_lockout_victim_is_initialized(1 - get_core_num())) {
        multicore_lockout_start_blocking();
    }
    return save_and_disable_interrupts();
}

static void end_writing(uint32_t state) {
    restore_interrupts(state);
    if (core1_entry != NULL && multicore_lockout_victim_is_initialized(1 - get_core_num())) {
        multicore_lockout_end_blocking();
    }
    // The boot ROM's routines leave the flash at its slowest.
    rp2_flash_set_timing();
}

// settings_read(sector): return what stands on the first two pages of a sector.
static mp_obj_t settings_read(mp_obj_t sector_in) {
    uint32_t at = settings_at(sector_in, MP_OBJ_NEW_SMALL_INT(0));
    return mp_obj_new_bytes((const byte *)(XIP_BASE + at), SETTINGS_KEPT);
}
static MP_DEFINE_CONST_FUN_OBJ_1(settings_read_obj, settings_read);

// settings_erase(sector): erase it; 45 ms, 400 ms at the worst, in which nothing else is done.
static mp_obj_t settings_erase(mp_obj_t sector_in) {
    uint32_t at = settings_at(sector_in, MP_OBJ_NEW_SMALL_INT(0));
    uint32_t state = begin_writing();
    flash_range_erase(at, FLASH_SECTOR_SIZE);
    end_writing(state);
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_1(settings_erase_obj, settings_erase);

// settings_program(sector, page, data): write at most a page, the rest of which stays erased.
static mp_obj_t settings_program(mp_obj_t sector_in, mp_obj_t page_in, mp_obj_t data_in) {
    uint32_t at = settings_at(sector_in, page_in);
    mp_buffer_info_t data;
    mp_get_buffer_raise(data_in, &data, MP_BUFFER_READ);
    if (data.len > FLASH_PAGE_SIZE) {
        mp_raise_ValueError(MP_ERROR_TEXT("data does not fit a page"));
    }
    // A copy in RAM: what is frozen lies in the flash itself and cannot be read meanwhile.
    byte page[FLASH_PAGE_SIZE];
    memset(page, 0xff, FLASH_PAGE_SIZE);
    memcpy(page, data.buf, data.len);
    uint32_t state = begin_writing();
    flash_range_program(at, page, FLASH_PAGE_SIZE);
    end_writing(state);
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_3(settings_program_obj, settings_program);

static const mp_rom_map_elem_t globals_table[] = {
    { MP_ROM_QSTR(MP_QSTR___name__), MP_ROM_QSTR(MP_QSTR_calldeck_native) },
    { MP_ROM_QSTR(MP_QSTR_encode), MP_ROM_PTR(&encode_obj) },
    { MP_ROM_QSTR(MP_QSTR_decode), MP_ROM_PTR(&decode_obj) },
    { MP_ROM_QSTR(MP_QSTR_take), MP_ROM_PTR(&take_obj) },
    { MP_ROM_QSTR(MP_QSTR_put), MP_ROM_PTR(&put_obj) },
    { MP_ROM_QSTR(MP_QSTR_free_heap), MP_ROM_PTR(&free_heap_obj) },
    { MP_ROM_QSTR(MP_QSTR_ms_before), MP_ROM_PTR(&ms_before_obj) },
    { MP_ROM_QSTR(MP_QSTR_flight_bytes), MP_ROM_PTR(&flight_bytes_obj) },
    { MP_ROM_QSTR(MP_QSTR_record), MP_ROM_PTR(&record_obj) },
    { MP_ROM_QSTR(MP_QSTR_turn), MP_ROM_PTR(&turn_obj) },
    { MP_ROM_QSTR(MP_QSTR_stage), MP_ROM_PTR(&stage_obj) },
    { MP_ROM_QSTR(MP_QSTR_all_ran), MP_ROM_PTR(&all_ran_obj) },
    { MP_ROM_QSTR(MP_QSTR_scratch), MP_ROM_PTR(&scratch_obj) },
    { MP_ROM_QSTR(MP_QSTR_reset_cause), MP_ROM_PTR(&reset_cause_obj) },
    { MP_ROM_QSTR(MP_QSTR_first_start), MP_ROM_PTR(&first_start_obj) },
    { MP_ROM_QSTR(MP_QSTR_port_open), MP_ROM_PTR(&port_open_obj) },
    { MP_ROM_QSTR(MP_QSTR_settings_read), MP_ROM_PTR(&settings_read_obj) },
    { MP_ROM_QSTR(MP_QSTR_settings_erase), MP_ROM_PTR(&settings_erase_obj) },
    { MP_ROM_QSTR(MP_QSTR_settings_program), MP_ROM_PTR(&settings_program_obj) },
};
static MP_DEFINE_CONST_DICT(globals, globals_table);

const mp_obj_module_t calldeck_native_module = {
    .base = { &mp_type_module },
    .globals = (mp_obj_dict_t *)&globals,
};

MP_REGISTER_MODULE(MP_QSTR_calldeck_native, calldeck_native_module);
