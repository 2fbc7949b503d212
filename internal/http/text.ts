import { storableText } from '../event/storable.ts';

const MAX_TEXT_BYTES = 1_024;
/** Of a header value. */
const MAX_VALUE_LENGTH = 1_024;
const MAX_ENCODING_LENGTH = 32;

/**
 * The beginning of a body as text that PostgreSQL can store: at most 1 kB in UTF-8, whole characters; undefined if empty. A
 * compressed body is never inflated: a few bytes can become gigabytes.
 */
export function textOf(bytes: Buffer, encoding: string | undefined): string | undefined {
  if (encoding !== undefined && !/^(?:identity)?$/i.test(encoding))
    return `(compressed: ${encoding.slice(0, MAX_ENCODING_LENGTH)})`;
  const text = decoded(bytes.subarray(0, MAX_TEXT_BYTES)).replaceAll('\u0000', '\uFFFD');
  // What is not UTF-8 grows: three bytes stand for each wrong one.
  const fitting =
    text.length * 3 > MAX_TEXT_BYTES && Buffer.byteLength(text) > MAX_TEXT_BYTES
      ? decoded(Buffer.from(text).subarray(0, MAX_TEXT_BYTES))
      : text;
  return fitting === '' ? undefined : fitting;
}

/** As a stream, so that a character which is cut off at the end is left out. */
function decoded(bytes: Buffer): string {
  return new TextDecoder().decode(bytes, { stream: true });
}

/** A header of a response as text that PostgreSQL can store; the first one if there are several. */
export function valueOf(value: string | string[] | undefined): string | undefined {
  const first = typeof value === 'object' ? value[0] : value;
  return first === undefined ? undefined : storableText(first, MAX_VALUE_LENGTH);
}
