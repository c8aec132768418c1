"""What the console's flight recorder holds, as the console keeps it and the host reads it.

Little endian: the words of the head, RECORDS records of eight bytes, then a text. The console
writes it where a reset does not reach, so after a power cut it is noise: the head tells.
"""

import struct

HEAD_FORMAT = "<8I"
RECORD_FORMAT = "<II"
RECORDS = 64
TEXT_BYTES = 512
HEAD_BYTES = struct.calcsize(HEAD_FORMAT)
RECORD_BYTES = struct.calcsize(RECORD_FORMAT)
TEXT_AT = HEAD_BYTES + RECORDS * RECORD_BYTES
BYTES = TEXT_AT + TEXT_BYTES

# The words of the head, by their places.
MARK = 0  # MARK_WORD, and at CHECK its complement
CHECK = 1
COUNT = 2  # records written since the boot; the newest RECORDS of them are kept
STAGE = 3  # STAGE_*: what the program is doing now
TURN = 4  # console ms at which the present turn of its loop began
FED = 5  # console ms of the turn that fed the watchdog last
RAN = 6  # PART_* that had run by the end of a turn that did not feed it, added together
BOOT = 7  # of the boot that is recorded: CAUSE_* of messages << 8 | MODE_* of messages

MARK_WORD = 0x0CA11F11
ALL_ONES = 0xFFFFFFFF

STAGE_START = 1
STAGE_INPUTS = 2
STAGE_CORE = 3
STAGE_LAMPS = 4
STAGE_LINK = 5
STAGE_WAIT = 6
STAGE_COLLECTION = 7
STAGE_FLASH = 8
STAGE_RESET = 9  # the reset that was ordered
STAGE_ERROR = 10  # the program has ended by an error

# The watchdog is fed when all of them have run.
PART_INPUTS = 1
PART_LAMPS = 2
PART_LINK = 4
ALL_PARTS = 7
# What has not been fed for so long bites.
WATCHDOG_MS = 1000
# A turn that waits begins the next one after this at the latest.
LONGEST_WAIT_MS = 500

# Records: console ms, then the kind in the highest 8 bits of a word and its detail in the others.
KIND_SHIFT = 24
DETAIL_MASK = 0xFFFFFF
BOOTED = 1  # CAUSE_* << 8 | MODE_*
SESSION = 2  # the lowest bits of its number
ORDER = 3  # number of the message << 8 | RESULT_*
EDGE = 4  # as in messages.EDGE: button, or EDGE_PRESSED and button
LAPSE = 5  # leases that have run out so far
FAULT = 6  # FAULT_* << 16 | the lowest bits of its detail
COLLECTION = 7  # microseconds of one that took long
FLASH = 8  # sector of the settings << 8 | page that is written, or FLASH_ERASE
ERROR = 9  # bytes of the text

FLASH_ERASE = 0xFF
