// The microsecond timer's alarms.

const ALARM_FIRST = 0x10;
const ALARM_LAST = 0x1c;

/**
 * A real alarm fires when the counter becomes equal to the target. rp2040js cuts the wait down to whole microseconds counted
 * from inside the current one, so it fired up to one microsecond early and the firmware went round once more.
 */
export function mendTimer(chip, aheadNanos) {
  const timer = chip.peripherals[0x40054];
  // For tests of what happens after days: the counter starts at another time than 0.
  timer.clock = {
    get nanos() {
      return chip.clock.nanos + aheadNanos;
    },
  };
  const write = timer.writeUint32.bind(timer);
  timer.writeUint32 = (offset, value) => {
    write(offset, value);
    if (offset < ALARM_FIRST || offset > ALARM_LAST) return;
    const nanos = timer.clock.nanos;
    const counter = Math.floor(nanos / 1000);
    const micros = (value - (counter >>> 0)) >>> 0;
    timer.alarms[(offset - ALARM_FIRST) >> 2].clockAlarm.schedule(micros === 0 ? 0 : (counter + micros) * 1000 - nanos);
  };
}
