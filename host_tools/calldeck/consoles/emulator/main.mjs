// Starts one emulated Pico. Usage: node main.mjs lockstep|paced OPTIONS, with OPTIONS as JSON (see README.md).
//
// `process` is used as the global it is: importing it from 'node:process' would open its standard input, which makes the
// input non-blocking, and lockstep mode reads it with blocking calls.

const CHECK_PARENT_MS = 500;

let parts;
try {
  parts = await Promise.all([
    import('./board.mjs'), import('./control.mjs'), import('./image.mjs'), import('./lockstep.mjs'), import('./paced.mjs'),
  ]);
} catch (error) {
  if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
  process.stdout.write(`${JSON.stringify({ error: 'no-modules', detail: error.message })}\n`);
  process.exit(1);
}
const [{ Board }, { Control }, { ImageError, readBootRom, readFlash, readUf2, writeBlocks, FLASH_BYTES }, { serveLockstep, writeLine }, { servePaced }] = parts;

function readContents({ flash, uf2 }) {
  const contents = flash === null ? new Uint8Array(FLASH_BYTES).fill(0xff) : readFlash(flash);
  if (uf2 !== null) writeBlocks(contents, readUf2(uf2));
  return contents;
}

function openBoard(options) {
  return new Board({
    bootRom: readBootRom(options.bootRom),
    contents: readContents(options),
    seed: options.seed,
    uniqueId: Buffer.from(options.uniqueId, 'hex'),
    cache: options.cache,
    timing: { eraseNanos: options.eraseMs * 1e6, pageNanos: options.pageMs * 1e6 },
    dtr: options.dtr,
    clockNanos: options.clockUs * 1000,
    drive: Object.entries(options.drive).map(([pin, level]) => [Number(pin), level]),
  });
}

/** A parent that was killed leaves this process to another one: end then, even in the middle of a long run. */
function guardAgainstOrphaning(board) {
  const parent = process.ppid;
  let checkedAt = performance.now();
  const run = board.run.bind(board);
  board.run = (until) => {
    if (performance.now() - checkedAt > CHECK_PARENT_MS) {
      if (process.ppid !== parent) process.exit(0);
      checkedAt = performance.now();
    }
    run(until);
  };
}

function main(mode, optionsText) {
  let board;
  try {
    board = openBoard(JSON.parse(optionsText));
  } catch (error) {
    if (!(error instanceof ImageError)) throw error;
    writeLine({ error: error.code, detail: error.message });
    process.exit(1);
  }
  guardAgainstOrphaning(board);
  // Ctrl-C in a terminal reaches this process too. The program that started it decides when it ends, by closing its input.
  process.on('SIGINT', () => {});
  const control = new Control(board);
  writeLine(control.report());
  if (mode === 'lockstep') serveLockstep(board, control);
  else servePaced(board, control, writeLine);
}

main(process.argv[2], process.argv[3]);
