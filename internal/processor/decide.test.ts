import { expect, test } from 'vitest';
import type { Event } from '../event/event.ts';
import { plainEvent } from '../proof/kit/events.ts';
import { Deciding, type DecideParts, decide } from './decide.ts';
import { MappingRegistry } from './mappings.ts';
import { SchemaRegistry } from './schemas.ts';

const RECEIVING = { queue: 'events', receivedAt: new Date() };

/** A registry that throws for events with this id, as a bug might. */
class BreakingSchemas extends SchemaRegistry {
  override check(event: Event) {
    if (event.eventId === 'breaking') throw new TypeError('not foreseen');
    return super.check(event);
  }
}

function partsWith(schemas: SchemaRegistry, mappings = new MappingRegistry()): DecideParts {
  return { schemas, mappings, maxExpandedBytes: 1_000_000 };
}

const message = (events: unknown) => ({
  sqsMessageId: 'sqs',
  body: JSON.stringify(events),
  attributes: {},
  systemAttributes: {},
});

test('an error that nobody expected is the outcome of its event, and of no other', () => {
  const events = ['a', 'breaking', 'b'].map((id) => plainEvent(id));
  const decided = decide(message(events), RECEIVING, partsWith(new BreakingSchemas()));
  expect(decided.events.map(({ decision }) => decision)).toMatchObject([
    { kind: 'storable' },
    {
      kind: 'refused',
      refusal: {
        reason: 'unstorable',
        detail: 'it could not be decided, because of an error in this program: not foreseen',
      },
    },
    { kind: 'storable' },
  ]);
  expect(decided.events[1]?.text()).toBe(JSON.stringify(events[1]));
  expect(decided.errors).toEqual([new TypeError('not foreseen')]);
});

test('an error that nobody expected of the body as a whole is the outcome of the message', () => {
  const mappings = {
    get current(): never {
      throw new TypeError('not foreseen');
    },
  } as unknown as MappingRegistry;
  const sent = message(plainEvent('a'));
  const decided = decide(sent, RECEIVING, partsWith(new SchemaRegistry(), mappings));
  expect(decided.events).toMatchObject([
    { index: null, decision: { kind: 'refused', refusal: { reason: 'unstorable' } } },
  ]);
  expect(decided.events[0]?.text()).toBe(sent.body);
});

test('events are decided one at a time', () => {
  const deciding = new Deciding(
    message([plainEvent('a'), plainEvent('b')]),
    RECEIVING,
    partsWith(new SchemaRegistry()),
  );
  const seen: unknown[] = [];
  for (; !deciding.isDone; deciding.next()) seen.push(deciding.events.length);
  expect([...seen, deciding.events.length]).toEqual([0, 1, 2]);
});
