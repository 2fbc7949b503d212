import { createHmac, timingSafeEqual } from 'node:crypto';

/** As in the libraries of Standard Webhooks: a timestamp may differ from the clock by five minutes. */
const TOLERANCE_SECONDS = 300;

/** The headers of a signed request. */
interface SignedHeaders {
  readonly id: string | undefined;
  /** Whole seconds since 1970. */
  readonly timestamp: string | undefined;
  /** Signatures with spaces between them, such as `v1,<Base64>`. */
  readonly signature: string | undefined;
}

/**
 * Whether one of the keys made one of the v1 signatures over exactly these bytes, a short time ago:
 * https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 * Written apart from the sender's own code, so that a mistake there is not repeated here.
 */
export function isSigned(
  { id, timestamp, signature }: SignedHeaders,
  body: Buffer,
  keys: readonly Buffer[],
  nowMs = Date.now(),
): boolean {
  if (id === undefined || signature === undefined || !/^\d{1,12}$/.test(timestamp ?? '')) return false;
  if (Math.abs(nowMs / 1000 - Number(timestamp)) > TOLERANCE_SECONDS) return false;
  const given = signature
    .split(' ')
    .filter((each) => each.startsWith('v1,'))
    .map((each) => Buffer.from(each.slice('v1,'.length), 'base64'));
  return keys.some((key) => {
    const wanted = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest();
    return given.some((each) => each.length === wanted.length && timingSafeEqual(each, wanted));
  });
}
