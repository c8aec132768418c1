# What every CallDeck console has in common, whatever its board.

# The pico-sdk would compile the day of the build into an object that nothing rebuilds when the day
# changes, so an incremental build would differ from a clean one of the same commit. MicroPython's
# own date, which os.uname() shows, is made anew when it changes.
list(APPEND MICROPY_DEF_BOARD PICO_NO_BI_PROGRAM_BUILD_DATE=1)

# The same commit gives the same image in every folder and on every day.
add_compile_options(${CALLDECK_PREFIX_MAPS} -Werror=date-time)

# Looking up a name divides, by a routine of the SDK that would wait for the flash (RP2040 only: the
# RP2350 has an instruction for it).
add_compile_definitions(PICO_DIVIDER_IN_RAM=1)

# Half of what the console does is looking up names, and a collection is the longest thing it does in
# one go: worth the few hundred bytes of RAM that the faster code takes.
set_source_files_properties(
    ${MICROPY_DIR}/py/gc.c ${MICROPY_DIR}/py/map.c
    PROPERTIES COMPILE_OPTIONS "-O3"
)
