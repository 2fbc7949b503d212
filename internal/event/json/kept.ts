import { MAX_LENGTHS } from '../limits.ts';
import { digitsWrittenOut, storableText, unstorableInJson } from '../storable.ts';

/** Far from what jsonb fails on. */
const MAX_DIGITS = 1_000;

/**
 * A JSON value that only describes, so that keeping it never costs the event: itself where PostgreSQL can hold it and it
 * is short, else a text of it, cut and made storable. `exact` has its numbers as source text.
 */
export function keepable(exact: unknown): unknown {
  if (typeof exact === 'string') return storableText(exact, MAX_LENGTHS.described);
  const json = JSON.stringify(exact);
  const fits =
    json.length <= MAX_LENGTHS.described &&
    unstorableInJson(json) === null &&
    digitsWrittenOut(json) <= MAX_DIGITS;
  return fits ? exact : storableText(json, MAX_LENGTHS.described);
}
