import { describe, expect, it } from 'vitest';
import { decodeBody } from '#internal/event/body/envelope.ts';
import { bodies, eventText, goodEvents, type LoadSpec, PLAIN_LOAD } from './load.ts';

function eventsOf(spec: LoadSpec) {
  return [...bodies(spec)].flatMap((body) =>
    decodeBody(body, 'sqs').map((decoded) => {
      if (decoded.kind === 'refused') throw new Error(decoded.refusal.detail);
      return decoded.event;
    }),
  );
}

describe('a load', () => {
  it('has the given number of events, with unique ids, in messages of the given size', () => {
    const spec = { ...PLAIN_LOAD, events: 250, eventsPerMessage: 100 };
    expect([...bodies(spec)].map((body) => decodeBody(body, 'sqs').length)).toEqual([100, 100, 50]);
    expect(new Set(eventsOf(spec).map(({ eventId }) => eventId)).size).toBe(250);
    const next = eventsOf({ ...spec, firstEvent: 250 }).map(({ eventId }) => eventId);
    expect(new Set([...eventsOf(spec).map(({ eventId }) => eventId), ...next]).size).toBe(500);
  });

  it('has the given share of bad events, spread evenly', () => {
    const spec = { ...PLAIN_LOAD, events: 1_000, bad: 0.1 };
    const bad = eventsOf(spec).map(({ clientId }) => clientId === 'client-unknown');
    expect(bad.filter(Boolean)).toHaveLength(100);
    expect(bad.slice(0, 100).filter(Boolean)).toHaveLength(10);
    expect(goodEvents(spec)).toBe(900);
  });

  it('is spread over its tenants', () => {
    const tenants = eventsOf({ ...PLAIN_LOAD, events: 100, tenants: 10 }).map(({ tenantId }) => tenantId);
    expect(new Set(tenants).size).toBe(10);
  });

  it('has ids in order or in no order', () => {
    const ids = (order: LoadSpec['ids']) =>
      eventsOf({ ...PLAIN_LOAD, events: 100, ids: order }).map(({ eventId }) => eventId);
    expect(ids('ordered')).toEqual(ids('ordered').toSorted());
    expect(ids('random')).not.toEqual(ids('random').toSorted());
    expect(new Set(ids('random')).size).toBe(100);
  });

  it('has events of an ordinary size', () => {
    expect(eventText(PLAIN_LOAD, 5).length).toBeGreaterThan(250);
    expect(eventText(PLAIN_LOAD, 5).length).toBeLessThan(400);
  });
});
