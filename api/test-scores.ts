/** Largest file of scores that is read. */
export const mostScoreBytes = 16 * 1024 * 1024;
/**
 * More are not compared: the bootstrap draws 2,000 times as many, and nobody else's searches are looked at meanwhile. Numbers are those of
 * all models of one side.
 */
export const mostScores = {examples: 30_000, numbers: 150_000} as const;

export type TestScoresRead =
  /** One row per model, one column per test example; all rows are of one length. */
  | {readonly kind: 'Found'; readonly scores: readonly (readonly number[])[]; readonly examples: number}
  | {readonly kind: 'Damaged'; readonly why: string};

const damaged = (why: string): TestScoresRead => ({kind: 'Damaged', why});

/** Reads the per-example scores that a scoring trial has kept, whoever wrote them: see `blobs.testScores`. */
export function parseTestScores(bytes: Uint8Array): TestScoresRead {
  // before an object is made of each
  if (partsIn(bytes) > mostScores.numbers)
    return damaged(`it holds more than ${String(mostScores.numbers)} values, and no more are compared`);
  try {
    return scoresIn(JSON.parse(new TextDecoder().decode(bytes)));
  } catch {
    return damaged('it is no JSON');
  }
}

function scoresIn(rows: unknown): TestScoresRead {
  if (!isListOf(rows, isRow)) return damaged('it is no list of lists of finite numbers');
  const [first = []] = rows;
  if (first.length === 0) return damaged('it holds no examples');
  if (first.length > mostScores.examples)
    return damaged(
      `it holds ${String(first.length)} examples, and ${String(mostScores.examples)} are compared at most`,
    );
  const other = rows.find(({length}) => length !== first.length);
  if (other !== undefined)
    return damaged(`one model has ${String(first.length)} examples and another ${String(other.length)}`);
  return {kind: 'Found', scores: rows, examples: first.length};
}

const isRow = (row: unknown): row is number[] => isListOf(row, Number.isFinite as (value: unknown) => value is number);

function isListOf<Item>(value: unknown, is: (item: unknown) => item is Item): value is Item[] {
  return Array.isArray(value) && value.every((item) => is(item));
}

/** As many values as JSON can make of it, give or take one. */
function partsIn(bytes: Uint8Array): number {
  const [comma, list, object] = [0x2c, 0x5b, 0x7b];
  let count = 0;
  for (const byte of bytes) if (byte === comma || byte === list || byte === object) count += 1;
  return count;
}
