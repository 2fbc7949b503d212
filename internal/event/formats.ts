import { z } from 'zod';
import { isRfc3339 } from './time.ts';

/** How a value that was not expected is called in a sentence. Kinds and lengths only: payloads stay out of details. */
export function got(value: unknown): string {
  if (value === undefined) return 'it is missing';
  if (value === null) return 'got null';
  if (Array.isArray(value)) return 'got an array';
  if (typeof value === 'string')
    return value === '' ? 'got an empty text' : `got a text of ${value.length} characters`;
  return typeof value === 'object' ? 'got an object' : `got a ${typeof value}`;
}

function text(maxLength: number) {
  const expected = `expected a text of 1 to ${maxLength} characters`;
  return z
    .string({ error: ({ input }) => `${expected}, ${got(input)}` })
    .min(1, `${expected}, got an empty text`)
    .max(maxLength, { error: ({ input }) => `${expected}, ${got(input)}` });
}

const timestamp = z
  .string({ error: ({ input }) => `${TIME_EXPECTED}, ${got(input)}` })
  .refine(isRfc3339, { error: ({ input }) => `${TIME_EXPECTED}, ${got(input)}` });

const TIME_EXPECTED = 'expected an RFC 3339 time such as 2026-01-31T12:00:00Z';

const name = text(128);
const identifier = text(1024);

/** Our own short format. Strict: a misspelt tenant_id would file the event under another tenant. */
export const plainEvent = z.strictObject({
  event_type: text(255),
  client_id: name,
  message: z.unknown(),
  tenant_id: name.exactOptional(),
  event_id: identifier.exactOptional(),
  source: identifier.exactOptional(),
  occurred_at: timestamp.exactOptional(),
  traceparent: z.string({ error: ({ input }) => `expected a text, ${got(input)}` }).exactOptional(),
});

export const PLAIN_MEMBERS = Object.keys(plainEvent.shape);

/** CloudEvents 1.0, structured JSON, with the extension attributes tenantid, clientid and traceparent. */
export const cloudEvent = z.looseObject({
  specversion: z.literal('1.0', 'expected "1.0"'),
  id: identifier.exactOptional(),
  source: identifier,
  type: text(255),
  time: timestamp.exactOptional(),
  datacontenttype: text(255).exactOptional(),
  tenantid: name.exactOptional(),
  clientid: name,
  traceparent: z.string({ error: ({ input }) => `expected a text, ${got(input)}` }).exactOptional(),
  data_base64: z
    .string({ error: ({ input }) => `expected Base64 text, ${got(input)}` })
    .refine(isBase64, 'expected Base64 text (RFC 4648, with padding)')
    .exactOptional(),
});

export const CLOUD_EVENT_FIELDS: ReadonlySet<string> = new Set([...Object.keys(cloudEvent.shape), 'data']);

/** RFC 4648, 4. Looks for what does not belong: a pattern of the whole would run out of stack on a long text. */
export function isBase64(value: string): boolean {
  const digits = value.length - (value.endsWith('==') ? 2 : value.endsWith('=') ? 1 : 0);
  return value.length % 4 === 0 && !/[^A-Za-z0-9+/]/.test(value.slice(0, digits));
}

const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(-[\x21-\x7e]*)?$/;
const MAX_TRACEPARENT = 512;

/** W3C Trace Context, 3.2: neither id is all zeros, version ff is none, and only versions above 00 may go on. */
export function isTraceparent(value: string): boolean {
  const match = value.length > MAX_TRACEPARENT ? null : TRACEPARENT.exec(value);
  if (match === null) return false;
  const [, version, traceId, parentId, more] = match;
  if (version === 'ff' || (version === '00' && more !== undefined)) return false;
  return !isZero(traceId as string) && !isZero(parentId as string);
}

function isZero(hex: string): boolean {
  return /^0+$/.test(hex);
}
