import { claimsInUnread } from '../claims.ts';
import { decodeEvent } from '../decode-event.ts';
import {
  BARE,
  type Decoded,
  type DecodedInSteps,
  decodedOf,
  placed,
  refused,
  type Surroundings,
} from './decoded.ts';
import { decodeForeign, isOurs, isOursUnread, MAX_EVENTS, withHint } from '../mapping/foreign.ts';
import { textsOfElements } from '../json/scan.ts';
import { tooMuchToKeep } from './kept-with-each.ts';
import { nameOfPayload, type PayloadPointer, payloadPointerIn } from './payload-pointer.ts';
import { type Read, readElement, readJson, readWhole } from '../json/read.ts';
import { MalformedError } from '../json/unread.ts';
import { type Level, MAX_WRAPPERS, within } from './wrapper.ts';

/** What stands in the place of events: what is known about it, and the text to be kept of it. */
interface Place {
  readonly around: Surroundings;
  readonly text: () => string;
  /** How often a mapping may still lead to an event within. */
  readonly layers: number;
}

/**
 * Decodes an SQS body: one event or an array of them, plain or CloudEvents, bare or wrapped by SNS or EventBridge, or what
 * a mapping takes. Never throws and never answers an empty list: what is not an event is answered as refused.
 * @param sqsMessageId the SQS MessageId, which serves as id of an event without one where no wrapper has an id (with
 * `-index` in an array)
 */
export function decodeBody(body: string, sqsMessageId: string, around: Surroundings = BARE): Decoded[] {
  try {
    return decodedOf(decodeBodyInSteps(body, sqsMessageId, around));
  } catch (error) {
    return [malformed(error, () => body)];
  }
}

/** @throws MalformedError where the body, of which much may be decoded by then, turns out to be no JSON */
export function decodeBodyInSteps(body: string, sqsMessageId: string, around: Surroundings): DecodedInSteps {
  const outermost = { read: readJson(body, 'the body'), fallbackId: sqsMessageId };
  return decodeLevels(outermost, { around, text: () => body, layers: MAX_WRAPPERS });
}

/** Decodes one event of an array again, from the text that was kept of it; `eventId` serves when it has no id of its own. */
export function decodeElement(text: string, eventId: string, around: Surroundings = BARE): Decoded {
  try {
    const level = { read: readJson(text, 'the event'), fallbackId: eventId };
    const element = { ...around, isElement: true } as const;
    const steps = decodeAlone(level, { around: element, text: () => text, layers: MAX_WRAPPERS });
    for (;;) {
      const { done, value } = steps.next();
      if (done) return value;
    }
  } catch (error) {
    return malformed(error, () => text);
  }
}

/** What becomes of a body of which a part turned out to be no JSON. */
export function malformed(error: unknown, text: () => string): Decoded {
  if (!(error instanceof MalformedError)) throw error;
  return refused('malformed_json', `the body is not JSON: ${error.message}`, text);
}

function decodeLevels(outermost: Level, place: Place): DecodedInSteps {
  const levels = [outermost];
  let level: Level | undefined = outermost;
  while (level.read.kind !== 'unread' && levels.length <= MAX_WRAPPERS) {
    level = within(level);
    if (level === undefined) break;
    levels.push(level);
  }
  return level?.read.kind === 'unread' ? decodeUnread(levels, place) : decodeInnermost(levels, place);
}

/** The same where a level is not read as a whole: looking into the next takes a scan of it, and a step. */
function* decodeUnread(outer: readonly Level[], place: Place): Generator<Decoded | undefined> {
  const levels = [...outer];
  while (levels.length <= MAX_WRAPPERS) {
    yield undefined;
    const level = within(levels.at(-1) as Level);
    if (level === undefined) break;
    levels.push(level);
  }
  yield undefined;
  yield* decodeInnermost(levels, place);
}

function decodeInnermost(levels: readonly Level[], place: Place): DecodedInSteps {
  const inner = levels.at(-1) as Level;
  if (isOursIn(inner.read)) return [decodeOurs(inner, place)];
  return decodeArray(levels, place) ?? foreignIn(levels, place) ?? [decodeOurs(inner, place)];
}

function isOursIn(read: Read): boolean {
  if (read.kind === 'malformed') return false;
  return read.kind === 'json' ? isOurs(read.value) : isOursUnread(read.unread);
}

/** Decides what is one of our formats, or has to be refused for being none. */
function decodeOurs(level: Level, { around, text }: Place, index: number | null = null): Decoded {
  const read = readWhole(level.read);
  if (read.kind === 'json') {
    const decision = decodeEvent(read.value, read.exact, level.fallbackId, around.carried);
    const decided = placed(decision, index, text);
    return isOurs(read.value) ? decided : withHint(decided, read.value);
  }
  const { reason, detail } = read.refusal;
  const claims = level.read.kind === 'unread' ? claimsInUnread(level.read.unread, level.fallbackId) : {};
  return { ...refused(reason, detail, text, claims), index };
}

/** The first of the levels, from the innermost outwards, that is for something or that a mapping takes. */
function foreignIn(levels: readonly Level[], place: Place): DecodedInSteps | undefined {
  for (const level of levels.toReversed()) {
    const decoded = decodeForeign(level, place.around, place.text, (inner) => decodeInner(inner, place));
    if (decoded !== undefined) return decoded;
  }
  return undefined;
}

function decodeInner(inner: Level, { layers, ...place }: Place): DecodedInSteps {
  return layers === 0
    ? [refused('invalid_envelope', 'it stands within more layers than are looked into', place.text)]
    : decodeLevels(inner, { ...place, layers: layers - 1 });
}

/** Undefined when the innermost level is no array. */
function decodeArray(levels: readonly Level[], place: Place): DecodedInSteps | undefined {
  const { read, fallbackId } = levels.at(-1) as Level;
  const length = lengthOf(read);
  if (length === undefined) return undefined;
  const pointer = read.kind === 'json' ? payloadPointerIn(read.value) : undefined;
  if (pointer !== undefined) return decodePayload(pointer, fallbackId, place);
  if (length > MAX_EVENTS) {
    const detail = `the array has ${length} events; at most ${MAX_EVENTS} are taken from one message`;
    return [refused('invalid_envelope', detail, place.text)];
  }
  const tooMuch = tooMuchToKeep(length, place.around);
  if (tooMuch !== undefined) return [refused('unstorable', tooMuch, place.text)];
  if (length === 0)
    return (
      foreignIn(levels.slice(0, -1), place) ?? [
        refused('invalid_envelope', 'the array of events is empty', place.text),
      ]
    );
  const around = levels.length === 1 ? undefined : () => foreignIn(levels.slice(0, -1), place);
  return decodeElements({ read: read as ArrayRead, fallbackId, length }, place, around);
}

type ArrayRead = Exclude<Read, { kind: 'malformed' }>;

/** Of an array; undefined for what is none. */
function lengthOf(read: Read): number | undefined {
  if (read.kind === 'unread') return read.unread.isArray ? read.unread.length : undefined;
  return read.kind === 'json' && Array.isArray(read.value) ? read.value.length : undefined;
}

/**
 * @param around what is around the array: none of its elements is an event, and it may be one
 * @throws MalformedError
 */
function* decodeElements(
  array: { readonly read: ArrayRead; readonly fallbackId: string; readonly length: number },
  place: Place,
  around: (() => DecodedInSteps | undefined) | undefined,
): Generator<Decoded | undefined> {
  const readAt = elementsOf(array.read);
  let held: Decoded[] | undefined = around === undefined ? undefined : [];
  for (let index = 0; index < array.length; index += 1) {
    const { read, text } = readAt(index);
    const level = { read, fallbackId: `${array.fallbackId}-${index}` };
    const ours = isOursIn(read);
    const there = { around: place.around, layers: place.layers, text };
    const decoded = ours ? decodeOurs(level, there, index) : { ...(yield* decodeAlone(level, there)), index };
    held?.push(decoded);
    if (held === undefined) yield decoded;
    else if (!ours && decoded.kind === 'refused') yield undefined;
    else {
      yield* held;
      held = undefined;
    }
  }
  if (held !== undefined && around !== undefined) yield* around() ?? held;
}

interface ElementRead {
  readonly read: Read;
  readonly text: () => string;
}

/** Reads the elements of an array. */
function elementsOf(array: ArrayRead): (index: number) => ElementRead {
  if (array.kind === 'json') {
    const values = array.value as readonly unknown[];
    const exact = array.exact as readonly unknown[];
    const textAt = textsOfElements(array.text);
    return (index) => {
      const text = textAt(index);
      return { read: { kind: 'json', value: values[index], exact: exact[index], text }, text };
    };
  }
  return (index) => {
    const element = array.unread.elementText(index);
    const read = readElement(element, 'the event');
    if (read.kind === 'malformed') throw new MalformedError(`element ${index}: ${read.refusal.detail}`);
    return { read, text: () => element };
  };
}

/** Decodes what can be one event and no more, and returns it. */
function* decodeAlone(level: Level, place: Place): Generator<undefined, Decoded> {
  const steps = isOursIn(level.read) ? undefined : foreignIn([level], place);
  if (steps === undefined) return decodeOurs(level, place);
  const decoded: Decoded[] = [];
  for (const step of steps) {
    if (step !== undefined) decoded.push(step);
    yield undefined;
  }
  const [first, ...others] = decoded;
  if (others.length === 0) return { ...(first as Decoded), index: null, text: place.text };
  const detail = `an element of an array is ${others.length + 1} events: they have to come in messages of their own`;
  return refused('invalid_envelope', detail, place.text, { eventId: level.fallbackId });
}

/** What stands in S3, as far as it was fetched; it may be wrapped, but not stand elsewhere again. */
function decodePayload(pointer: PayloadPointer, fallbackId: string, place: Place): DecodedInSteps {
  const { fetched, ...around } = place.around;
  if (fetched !== undefined)
    return decodeLevels({ read: readJson(fetched, 'the payload in S3'), fallbackId }, { ...place, around });
  return [elsewhere(pointer, place.text)];
}

export function elsewhere(pointer: PayloadPointer, text: () => string): Decoded {
  const detail = `the body is elsewhere, ${nameOfPayload(pointer)}: set S3_POINTERS=true for the processor, and let it read there, to have it fetched`;
  return { ...refused('payload_elsewhere', detail, text), elsewhere: pointer };
}
