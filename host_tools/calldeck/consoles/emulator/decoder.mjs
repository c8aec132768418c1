// Tells what a Thumb instruction is by its first ten bits.

const CODE_BITS = 10;
export const OPERAND_BITS = 16 - CODE_BITS;

/** Stands for what is left to rp2040js because it is rare. */
export function rare() {}

/**
 * rp2040js finds out what an instruction is by up to 80 comparisons, one after the other. Here a table names the function at
 * once. It gets the PC moved on already and gives the cycles, as rp2040js counts them.
 */
export const HANDLERS = new Array(1 << CODE_BITS).fill(rare);

/** Puts a function into the table for all instructions that begin with the bits of `prefix`. */
export function on(prefix, handler) {
  const free = CODE_BITS - prefix.length;
  const first = Number.parseInt(prefix, 2) << free;
  HANDLERS.fill(handler, first, first + (1 << free));
}
