import { tooMuchToKeep } from '../body/kept-with-each.ts';
import { controlMessageIn } from './control-message.ts';
import {
  type Decoded,
  type DecodedInSteps,
  eachDecoded,
  placed,
  refused,
  type Surroundings,
} from '../body/decoded.ts';
import { storableText } from '../storable.ts';
import { valueAt } from '../json/pointer.ts';
import { decodeMapped } from './mapped.ts';
import { isMatch, type Mapping } from './mapping.ts';
import { takeText } from './value.ts';
import { type Read, readJson } from '../json/read.ts';
import { Unread } from '../json/unread.ts';
import { skeletonOf } from './skeleton.ts';
import { type Level, usableId } from '../body/wrapper.ts';

type LevelRead = Exclude<Read, { kind: 'malformed' }>;

/** Decodes what an event stands in, as if it were a body. */
type DecodeInner = (inner: Level) => DecodedInSteps;

const MAX_DETAIL = 1_000;

/** A body of 1 MiB could hold half a million of the shortest elements, each a rejection of its own. */
export const MAX_EVENTS = 10_000;

/**
 * Whether JSON says itself that it is one of our formats, fit or not: a CloudEvent has a `specversion`; a plain event a
 * `client_id`, or both an `event_type` and a `message`. No mapping takes such JSON.
 */
export function isOurs(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return (
    Object.hasOwn(value, 'client_id') ||
    Object.hasOwn(value, 'specversion') ||
    (Object.hasOwn(value, 'event_type') && Object.hasOwn(value, 'message'))
  );
}

/** The same of what is not read as a whole. */
export function isOursUnread(unread: Unread): boolean {
  return (
    unread.has('client_id') ||
    unread.has('specversion') ||
    (unread.has('event_type') && unread.has('message'))
  );
}

/**
 * What becomes of a level that is not ours: what it is for, where it is part of setting something up; the events that the
 * first mapping makes of it, which matches; undefined where none does.
 */
export function decodeForeign(
  level: Level,
  around: Surroundings,
  text: () => string,
  decodeInner: DecodeInner,
): DecodedInSteps | undefined {
  const { read, fallbackId } = level;
  if (read.kind === 'malformed') return undefined;
  // What is part of setting something up is short.
  const control = read.kind === 'json' ? controlMessageIn(read.value) : undefined;
  if (control !== undefined)
    return [refused('control_message', storableText(control, MAX_DETAIL), text, { eventId: fallbackId })];
  const exact = read.kind === 'json' ? read.exact : read.unread;
  const subject = { exact, attributes: around.attributes };
  const mapping = around.mappings.find((each) => isMatch(each, subject, around.queue));
  if (mapping === undefined) return undefined;
  if (mapping.event !== null)
    return decodeEventAt(mapping, { read, fallbackId }, around, { text, decodeInner });
  if (mapping.each !== null) return decodeEach(mapping, { exact, fallbackId }, around, text);
  return [placed(decodeMapped(mapping, subject, fallbackId, around.carried), null, text)];
}

function decodeEventAt(
  mapping: Mapping,
  { read, fallbackId }: { readonly read: LevelRead; readonly fallbackId: string },
  { attributes }: Surroundings,
  { text, decodeInner }: { readonly text: () => string; readonly decodeInner: DecodeInner },
): DecodedInSteps {
  const steps = mapping.event as readonly string[];
  const what = `mapping ${mapping.name}: event: /${steps.join('/')}`;
  const subject = { exact: read.kind === 'json' ? read.exact : read.unread, attributes };
  const exact = valueAt(subject.exact, steps);
  if (exact === undefined || exact === null)
    return [
      refused('invalid_envelope', storableText(`${what} leads nowhere`, MAX_DETAIL), text, {
        eventId: fallbackId,
      }),
    ];
  const { id } = mapping.values;
  const ownId = id === undefined ? undefined : usableId(takeText(id, subject));
  const inner = innerOf(read, exact, steps);
  return eachDecoded(decodeInner({ read: inner, fallbackId: ownId ?? fallbackId }), (decoded) =>
    decoded.kind === 'event' ? decoded : explained(decoded, what),
  );
}

function innerOf(outer: LevelRead, exact: unknown, steps: readonly string[]): Read {
  const what = `the text at /${steps.join('/')}`;
  if (typeof exact === 'string') return readJson(exact, what);
  if (exact instanceof Unread) return { kind: 'unread', unread: exact, what };
  const text = () => JSON.stringify(exact);
  // Of what was not read as a whole, the parts are read both ways, and only the exact one was asked for.
  if (outer.kind === 'unread') return readJson(text(), what);
  return { kind: 'json', value: valueAt(outer.value, steps), exact, text };
}

function explained(decoded: Decoded & { kind: 'refused' }, what: string): Decoded {
  const { reason, detail } = decoded.refusal;
  return { ...decoded, refusal: { reason, detail: storableText(`${what}: ${detail}`, MAX_DETAIL) } };
}

function decodeEach(
  mapping: Mapping,
  { exact, fallbackId }: { readonly exact: unknown; readonly fallbackId: string },
  around: Surroundings,
  text: () => string,
): DecodedInSteps {
  const steps = mapping.each as readonly string[];
  const elements = valueAt(exact, steps);
  const refuseAll = (problem: string) => [
    refused('invalid_envelope', `mapping ${mapping.name}: each: /${steps.join('/')} ${problem}`, text, {
      eventId: fallbackId,
    }),
  ];
  if (!(Array.isArray(elements) || (elements instanceof Unread && elements.isArray)))
    return refuseAll('leads to no array');
  const { length } = elements;
  if (length === 0) return refuseAll('leads to an empty array');
  if (length > MAX_EVENTS)
    return refuseAll(`leads to ${length} events; at most ${MAX_EVENTS} are taken from one message`);
  const tooMuch = tooMuchToKeep(length, around);
  if (tooMuch !== undefined) return [refused('unstorable', tooMuch, text, { eventId: fallbackId })];
  return decodeElements(mapping, { exact, elements, fallbackId }, around);
}

/** @throws MalformedError */
function* decodeElements(
  mapping: Mapping,
  {
    exact,
    elements,
    fallbackId,
  }: { readonly exact: unknown; readonly elements: readonly unknown[] | Unread; readonly fallbackId: string },
  { attributes, carried, isElement }: Surroundings,
): Generator<Decoded> {
  const idOf = (index: number) =>
    isElement === true && elements.length === 1 ? fallbackId : `${fallbackId}-${index}`;
  for (let index = 0; index < elements.length; index += 1) {
    const element = () => (elements instanceof Unread ? elements.exactElement(index) : elements[index]);
    const subject = { exact: element(), attributes };
    yield placed(decodeMapped(mapping, subject, idOf(index), carried), index, () =>
      skeletonOf(mapping, exact, element()),
    );
  }
}

/** What is foreign and taken by no mapping is told so, and what it lacks to be ours. */
export function withHint(decoded: Decoded, value: unknown): Decoded {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  if (decoded.kind === 'event' || !isObject) return decoded;
  const { reason, detail } = decoded.refusal;
  const told = `neither a CloudEvent nor a plain event, and no mapping takes it (admin mapping presets): ${detail}`;
  return { ...decoded, refusal: { reason, detail: storableText(told, MAX_DETAIL) } };
}
