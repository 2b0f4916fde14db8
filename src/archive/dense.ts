/** Bytes that are looked at in one piece, where something may come again a little later. */
const STRETCH = 48 * 1024;
const SAMPLES = 8;
const SAMPLE = 4096;
/** Of a chunk that is not much more than what is looked at, nothing is said. */
const LEAST = 4 * (STRETCH + SAMPLES * SAMPLE);

/**
 * Whether bytes hardly get smaller, because they are compressed or encrypted: all values are as frequent, and hardly
 * anything comes again. Reckoned in whole numbers from samples, so that every machine says the same, in less than a hundredth of the time
 * that deflating takes. Who is told so wrongly loses a few bytes in a hundred.
 */
export function isDense(chunk: Uint8Array): boolean {
  return chunk.length >= LEAST && isEven(chunk) && repeated(chunk) < STRETCH / 100;
}

const counts = new Uint32Array(256);

/** Whether the squares of how often each value is there sum up to at most 3 % more than where all are as frequent. */
function isEven(chunk: Uint8Array): boolean {
  counts.fill(0);
  for (let sample = 0; sample < SAMPLES; sample++) {
    const start = Math.floor(((sample + 0.5) * chunk.length) / SAMPLES) - SAMPLE / 2;
    for (let at = start; at < start + SAMPLE; at++) {
      const value = chunk[at] as number;
      counts[value] = (counts[value] as number) + 1;
    }
  }
  const squares = counts.reduce((sum, count) => sum + count * count, 0);
  return squares * 256 * 100 <= (SAMPLES * SAMPLE) ** 2 * 103;
}

const HASH_BITS = 14;
/** The last four bytes in a row of each hash. */
const words = new Int32Array(1 << HASH_BITS);

/** Bytes of the stretch in the middle that were in it before, four at least in a row; four zeros always were. */
function repeated(chunk: Uint8Array): number {
  words.fill(0);
  const start = (chunk.length - STRETCH) >> 1;
  const end = start + STRETCH;
  let found = 0;
  let word = 0;
  // The first three bytes are no word yet.
  for (let at = start; at < start + 3; at++) word = (word << 8) | (chunk[at] as number);
  for (let at = start + 3; at < end; at++) {
    word = (word << 8) | (chunk[at] as number);
    const hash = Math.imul(word, 0x9e3779b1) >>> (32 - HASH_BITS);
    if (words[hash] === word) found++;
    else words[hash] = word;
  }
  return found;
}
