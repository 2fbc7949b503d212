import { type Carried, NOTHING_CARRIED } from './carried.ts';
import { claimsIn } from './claims.ts';
import type { Decision } from './decision.ts';
import { decideEvent } from './decode-event.ts';
import { elementTexts, isTooDeep, MAX_DEPTH, memberText, type ParsedJson, parseJson } from './json.ts';
import { malformation } from './malformed.ts';
import type { Refusal } from './rejection.ts';

/** One event of an SQS body, or why it is none. */
export type Decoded = Decision & {
  /** Position in the array of events; null when the body was not an array. */
  readonly index: number | null;
  /** The SQS body, or the JSON text of the array's element; decoding it again gives the same. */
  readonly text: () => string;
};

/** What a text was read as. One that nests too deep is valid JSON all the same; it is only not looked into. */
type Read =
  | (ParsedJson & { readonly kind: 'json'; readonly text: () => string })
  | { readonly kind: 'too_deep'; readonly text: string; readonly value: unknown; readonly refusal: Refusal }
  | { readonly kind: 'malformed'; readonly refusal: Refusal };

/** SNS, EventBridge or both around an event; more layers than that are nobody's and not unwrapped. */
const MAX_WRAPPERS = 3;

/** A body of 1 MiB could hold half a million of the shortest elements, each a rejection of its own. */
const MAX_EVENTS = 10_000;

/**
 * Decodes an SQS body: one event or an array of them, plain or CloudEvents, bare or wrapped by SNS or EventBridge.
 * Never throws and never answers an empty list: what is not an event is answered as refused.
 * @param messageId the SQS MessageId, which serves as id of an event without one (with `-index` in an array)
 */
export function decodeBody(body: string, messageId: string, carried: Carried = NOTHING_CARRIED): Decoded[] {
  const read = unwrap(body);
  if (read.kind !== 'malformed' && Array.isArray(read.value) && read.value.length > MAX_EVENTS) {
    const detail = `the array has ${read.value.length} events; at most ${MAX_EVENTS} are taken from one message`;
    return [
      placed(
        { kind: 'refused', refusal: { reason: 'invalid_envelope', detail }, claims: {} },
        null,
        () => body,
      ),
    ];
  }
  if (read.kind === 'too_deep' && Array.isArray(read.value)) {
    // One element is too deep, its neighbours need not be: each is read by itself.
    return elementTexts(read.text).map((text, index) => ({
      ...decodeElement(text, `${messageId}-${index}`, carried),
      index,
    }));
  }
  if (read.kind === 'json' && Array.isArray(read.value)) {
    const decoded = decodeArray(read.value, read.exact as unknown[], read.text, { messageId, carried });
    if (decoded.length > 0) return decoded;
    const refusal = { reason: 'invalid_envelope', detail: 'the array of events is empty' } as const;
    return [placed({ kind: 'refused', refusal, claims: {} }, null, () => body)];
  }
  return [placed(decide(read, messageId, carried), null, () => body)];
}

/** Decodes one element of an array again, from its text; `eventId` serves when it has no id of its own. */
export function decodeElement(text: string, eventId: string, carried: Carried = NOTHING_CARRIED): Decoded {
  return placed(decide(readJson(text, 'the event'), eventId, carried), null, () => text);
}

function decodeArray(
  values: readonly unknown[],
  exact: readonly unknown[],
  arrayText: () => string,
  { messageId, carried }: { messageId: string; carried: Carried },
): Decoded[] {
  // Few need their text again. Until then the body is held and not what was parsed of it, which takes far more.
  let texts: string[] | undefined;
  return values.map((value, index) =>
    placed(decideEvent(value, exact[index], `${messageId}-${index}`, carried), index, () => {
      texts ??= elementTexts(arrayText());
      return texts[index] as string;
    }),
  );
}

// Written out: spreading costs as much as parsing does.
function placed(decision: Decision, index: number | null, text: () => string): Decoded {
  return decision.kind === 'event'
    ? { kind: 'event', event: decision.event, index, text }
    : { kind: 'refused', refusal: decision.refusal, claims: decision.claims, index, text };
}

function decide(read: Read, fallbackId: string, carried: Carried): Decision {
  if (read.kind === 'malformed') return { kind: 'refused', refusal: read.refusal, claims: {} };
  if (read.kind === 'too_deep') {
    return { kind: 'refused', refusal: read.refusal, claims: claimsIn(read.value, fallbackId) };
  }
  return decideEvent(read.value, read.exact, fallbackId, carried);
}

function unwrap(body: string): Read {
  let read = readJson(body, 'the body');
  for (let wrappers = 0; wrappers < MAX_WRAPPERS && read.kind !== 'malformed'; wrappers += 1) {
    const { value } = read;
    if (isSnsNotification(value)) read = readJson(value.Message, 'Message of the SNS notification');
    else if (isEventBridgeEvent(value)) read = detailOf(read, value.detail);
    else break;
  }
  return read;
}

/** What an EventBridge event is around. Of one that nests too deep, the detail alone may not. */
function detailOf(read: Exclude<Read, { kind: 'malformed' }>, value: unknown): Read {
  if (read.kind === 'too_deep')
    return readJson(memberText(read.text, 'detail'), 'detail of the EventBridge event');
  const { detail } = read.exact as { detail: unknown };
  return { kind: 'json', value, exact: detail, text: () => JSON.stringify(detail) };
}

/** https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html */
function isSnsNotification(value: unknown): value is { Message: string } {
  return (
    isObject(value) &&
    value['Type'] === 'Notification' &&
    typeof value['TopicArn'] === 'string' &&
    typeof value['Message'] === 'string'
  );
}

/** https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html */
function isEventBridgeEvent(value: unknown): value is { detail: unknown } {
  return (
    isObject(value) &&
    typeof value['detail-type'] === 'string' &&
    Object.hasOwn(value, 'detail') &&
    !Object.hasOwn(value, 'specversion')
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function readJson(source: string, what: string): Read {
  const text = source.startsWith('\uFEFF') ? source.slice(1) : source;
  try {
    if (!isTooDeep(text)) {
      const { value, exact } = parseJson(text);
      return { kind: 'json', value, exact, text: () => text };
    }
    // JSON.parse alone keeps no stack of calls, so depth does not hurt it.
    const refusal = {
      reason: 'unstorable',
      detail: `${what} nests deeper than ${MAX_DEPTH} levels`,
    } as const;
    return { kind: 'too_deep', text, value: JSON.parse(text), refusal };
  } catch {
    return {
      kind: 'malformed',
      refusal: { reason: 'malformed_json', detail: `${what} is not JSON: ${malformation(text)}` },
    };
  }
}
