import { isUtf8 } from 'node:buffer';
import { constants, gunzipSync, zstdDecompressSync } from 'node:zlib';
import { got } from '../names.ts';
import { storableText } from '../storable.ts';
import type { TextAttributes } from './message-attributes.ts';
import type { Refusal } from '../rejection.ts';

/** The text of an SQS body after expansion, or why there is none. */
type BodyText =
  | { readonly kind: 'text'; readonly text: string; readonly bytes: number }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

/** The message attribute that says how a body is compressed; SQS itself takes any case. */
const ATTRIBUTE = 'content-encoding';

export const CONTENT_ENCODINGS = ['gzip', 'zstd'] as const;
export type ContentEncoding = (typeof CONTENT_ENCODINGS)[number];

/** Names of character sets and of transfer encodings that leave a text as it is: in AMQP and MIME they stand here. */
const NOT_COMPRESSED: ReadonlySet<string> = new Set([
  'identity',
  'utf-8',
  'utf8',
  'us-ascii',
  'ascii',
  'binary',
  '7bit',
  '8bit',
]);

/** What most honest senders need: 1 MiB of Base64 holds about as much of compressed JSON. */
export const DEFAULT_MAX_EXPANDED_BYTES = 8_388_608;

/** Window of 8 MiB. RFC 9659 allows senders no larger one, so that receivers know what a frame can cost them. */
const ZSTD_WINDOW_LOG_MAX = 23;

/** `{ info: true }` also answers how much of the input was read. */
interface Expanded {
  readonly buffer: Buffer;
  readonly engine: { readonly bytesWritten: number };
}

type Expand = (compressed: Buffer, options: { maxOutputLength: number; info: true }) => unknown;

const EXPANDERS: Readonly<Record<ContentEncoding, Expand>> = {
  gzip: gunzipSync,
  zstd: (compressed, options) =>
    zstdDecompressSync(compressed, {
      ...options,
      params: { [constants.ZSTD_d_windowLogMax]: ZSTD_WINDOW_LOG_MAX },
    }),
};

/** Whether a message says that its body is compressed. */
export function isCompressed({ attributes }: { readonly attributes: TextAttributes }): boolean {
  return encodingsIn(attributes) !== undefined;
}

/** Whether a message attribute of that name says how the body is compressed. */
export function isEncodingName(name: string): boolean {
  return name.length === ATTRIBUTE.length && name.toLowerCase() === ATTRIBUTE;
}

/**
 * The text of an SQS body. A body whose message attribute `content-encoding` is gzip or zstd is the Base64 (RFC 4648, 4;
 * padding optional, space and line breaks read over, because `base64` breaks its lines) of the compressed UTF-8 text;
 * without the attribute, or with a value that names no compression, such as `identity` or `utf-8`, it is the text itself.
 * Never throws, and never expands to more than `maxExpandedBytes`. It expands on the calling thread: 8 MiB take 5 to 20 ms,
 * less than decoding what comes out takes on the same thread, so a thread pool would not keep the event loop any freer.
 */
export function bodyText(
  { body, attributes }: { readonly body: string; readonly attributes: TextAttributes },
  maxExpandedBytes: number,
): BodyText {
  const encodings = encodingsIn(attributes);
  if (encodings === undefined) return { kind: 'text', text: body, bytes: body.length };
  const [encoding = ''] = encodings;
  if (encodings.size > 1)
    return refused(`${ATTRIBUTE} is given more than once, with different values: ${listed(encodings)}`);
  if (!isContentEncoding(encoding)) {
    const expected = `expected ${CONTENT_ENCODINGS.join(', ')} or identity`;
    return refused(`${ATTRIBUTE}: ${expected}, got ${listed(encodings)}`);
  }
  const compressed = fromBase64(body);
  return compressed === null
    ? refused(
        `with ${ATTRIBUTE} ${encoding} the body must be Base64 text (RFC 4648, 4): ${whyNotBase64(body)}`,
      )
    : textOf(compressed, encoding, maxExpandedBytes);
}

/**
 * Names and values in any case, as HTTP has them (RFC 9110, 8.4.1). SQS keeps names that differ only in case apart.
 * Undefined where all of them leave the body as it is.
 */
function encodingsIn(attributes: TextAttributes): Set<string> | undefined {
  let encodings: Set<string> | undefined; // made only for those that have one: every message comes through here
  for (const name in attributes) {
    if (!isEncodingName(name)) continue;
    encodings ??= new Set();
    encodings.add((attributes[name] as string).trim().toLowerCase());
  }
  return encodings?.isSubsetOf(NOT_COMPRESSED) ? undefined : encodings;
}

function isContentEncoding(name: string): name is ContentEncoding {
  return (CONTENT_ENCODINGS as readonly string[]).includes(name);
}

function listed(encodings: ReadonlySet<string>): string {
  return [...encodings].map((encoding) => JSON.stringify(storableText(encoding, MAX_QUOTED))).join(', ');
}

const MAX_QUOTED = 40;

/** Null when the text is not exactly what an encoder writes, with or without its padding, but for white space. */
function fromBase64(text: string): Buffer | null {
  const bytes = Buffer.from(text, 'base64'); // reads over whatever does not belong: so it is written again
  const written = bytes.toString('base64');
  if (written === text) return bytes;
  const padding = written.endsWith('==') ? 2 : written.endsWith('=') ? 1 : 0;
  const given = text.replaceAll(WHITE_SPACE, '');
  return written === given || written.slice(0, written.length - padding) === given ? bytes : null;
}

const WHITE_SPACE = /[\t\n\r ]+/g;

function whyNotBase64(text: string): string {
  const digits = text.trimEnd().replace(/={1,2}$/, '');
  const at = digits.search(/[^A-Za-z0-9+/\t\n\r ]/);
  if (at === -1) return `it ends in the middle of a byte, or is padded wrongly, ${got(text)}`;
  const character = String.fromCodePoint(digits.codePointAt(at) as number);
  return `${JSON.stringify(storableText(character, 2))} at position ${at} does not belong there`;
}

function textOf(compressed: Buffer, encoding: ContentEncoding, maxExpandedBytes: number): BodyText {
  const expand = EXPANDERS[encoding];
  try {
    const { buffer, engine } = expand(compressed, {
      maxOutputLength: maxExpandedBytes,
      info: true,
    }) as Expanded;
    const trailing = compressed.length - engine.bytesWritten;
    if (trailing > 0) return refused(`${trailing} bytes follow after the end of the ${encoding} data`);
    if (encoding === 'zstd' && endsInMagic(compressed) && !endsAtFrame(compressed, maxExpandedBytes))
      return refused('the zstd data ends with the beginning of another frame');
    if (!isUtf8(buffer)) return refused(`the body, expanded from ${encoding}, is not UTF-8 text`);
    return { kind: 'text', text: buffer.toString('utf8'), bytes: buffer.length };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ERR_BUFFER_TOO_LARGE')
      return refused(
        `the body expands from ${encoding} to more than ${maxExpandedBytes} bytes, which are allowed`,
      );
    const problem = code === 'Z_BUF_ERROR' ? 'it ends too early' : message;
    return refused(`the body cannot be expanded as ${encoding}: ${problem}`);
  }
}

/** Of a zstd frame (RFC 8878, 3.1.1) or of a skippable one (3.1.2), little-endian. */
const PARTIAL_MAGIC = /(?:\x28|\x28\xb5|\x28\xb5\x2f|[\x50-\x5f]|[\x50-\x5f]\x2a|[\x50-\x5f]\x2a\x4d)$/;
const EMPTY_SKIPPABLE_FRAME = Buffer.from('502a4d1800000000', 'hex');

/** Whether the data may end with one to three bytes of a frame that is not there: zlib reads over these. */
function endsInMagic(compressed: Buffer): boolean {
  return PARTIAL_MAGIC.test(compressed.toString('latin1', compressed.length - 3));
}

/** A frame that holds nothing can follow where a frame has ended, and nowhere else. */
function endsAtFrame(compressed: Buffer, maxExpandedBytes: number): boolean {
  const followed = Buffer.concat([compressed, EMPTY_SKIPPABLE_FRAME]);
  const { engine } = EXPANDERS.zstd(followed, { maxOutputLength: maxExpandedBytes, info: true }) as Expanded;
  return engine.bytesWritten === followed.length;
}

function refused(detail: string): BodyText {
  return { kind: 'refused', refusal: { reason: 'invalid_encoding', detail } };
}
