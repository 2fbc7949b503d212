import type { Carried } from './body/carried.ts';
import type { Members } from './event-or-refusal.ts';
import type { Event } from './event.ts';
import { keepable } from './json/kept.ts';
import { storableText, unstorableInJson, unstorableNumberIn } from './storable.ts';
import { readTime } from './time.ts';
import { isTraceparent } from './trace.ts';

/** The attributes of an event: what has no column, by name, in the order of keeping. */
export class Attributes {
  #members = '';

  /**
   * Takes a JSON value with its numbers as source text. A name is kept once. What PostgreSQL could not store is made
   * storable: a member without a column never costs the event.
   */
  keep(name: string, exact: unknown): void {
    // Text, and no object: that would take the name `__proto__` for its prototype.
    const member = `${storableJson(name, storableName)}:${storableJson(exact, keepable)}`;
    this.#members = this.#members === '' ? member : `${this.#members},${member}`;
  }

  /** JSON text of an object, or null without any. */
  get json(): string | null {
    return this.#members === '' ? null : `{${this.#members}}`;
  }
}

function storableJson<Value>(exact: Value, storable: (exact: Value) => unknown): string {
  const json = JSON.stringify(exact);
  const isStorable = unstorableInJson(json) === null && unstorableNumberIn(json) === null;
  return isStorable ? json : JSON.stringify(storable(exact));
}

function storableName(name: string): string {
  return storableText(name, Number.POSITIVE_INFINITY);
}

/** The instant that a member names. What names none is kept as it came: a time never costs the event. */
export function timeOf(
  name: 'occurred_at' | 'time',
  members: Members,
  exact: Members,
  attributes: Attributes,
): string | null {
  const value = members[name];
  if (value === undefined) return null;
  const time = readTime(value);
  if (time === null) attributes.keep(name, keepable(exact[name]));
  return time;
}

/**
 * The trace context of an event: its own, or what was carried along where it has none that can be used. One that cannot
 * be used never costs the event: it is kept. So is every tracestate, which has no column.
 */
export function traceOf(
  members: Members,
  exact: Members,
  carried: Carried,
  attributes: Attributes,
): Pick<Event, 'traceparent' | 'sqsAttributes'> {
  const { traceparent, tracestate } = members;
  if (tracestate !== undefined) attributes.keep('tracestate', keepable(exact['tracestate']));
  if (typeof traceparent === 'string' && isTraceparent(traceparent))
    return { traceparent, sqsAttributes: carried.sqsAttributesWithTrace };
  if (traceparent !== undefined) attributes.keep('traceparent', keepable(exact['traceparent']));
  if (tracestate === undefined && carried.tracestate !== null)
    attributes.keep('tracestate', carried.tracestate);
  return { traceparent: carried.traceparent, sqsAttributes: carried.sqsAttributes };
}
