// Lockstep mode: time stands still between two requests. One line of JSON in, one line out.

import fs from 'node:fs';

const STANDARD_INPUT = 0;
const STANDARD_OUTPUT = 1;
const NEWLINE = 0x0a;
const STOP_ON_NEWS = 1;
const STOP_ON_EDGES = 2;

/**
 * Reads and answers requests until the input ends. A request is a list of commands; `["run", micros, stop]` runs the board. The
 * input is read with blocking calls: they answer in a tenth of the time that the event loop takes, and nothing else runs here.
 */
export function serveLockstep(board, control) {
  const run = (micros, stop) => {
    control.onNews = stop & STOP_ON_NEWS ? () => board.interrupt() : () => {};
    board.pins.onEdge = stop & STOP_ON_EDGES ? () => board.interrupt() : () => {};
    board.run(micros * 1000);
  };
  for (const line of requestLines()) {
    const values = [];
    for (const command of JSON.parse(line)) {
      if (command[0] === 'run') run(command[1], command[2]);
      else values.push(control.execute(command));
    }
    writeLine({ ...control.report(), values });
  }
}

export function writeLine(value) {
  const data = Buffer.from(`${JSON.stringify(value)}\n`);
  for (let written = 0; written < data.length; ) {
    written += fs.writeSync(STANDARD_OUTPUT, data, written);
  }
}

function* requestLines() {
  const chunk = Buffer.alloc(1 << 16);
  let waiting = Buffer.alloc(0);
  for (;;) {
    const count = readInput(chunk);
    if (count === 0) return;
    waiting = Buffer.concat([waiting, chunk.subarray(0, count)]);
    for (let end = waiting.indexOf(NEWLINE); end >= 0; end = waiting.indexOf(NEWLINE)) {
      yield waiting.toString('utf8', 0, end);
      waiting = waiting.subarray(end + 1);
    }
  }
}

function readInput(chunk) {
  try {
    return fs.readSync(STANDARD_INPUT, chunk);
  } catch (error) {
    if (error.code === 'EOF') return 0; // how Windows tells of a closed pipe
    throw error;
  }
}
