import { describe, expect, test } from 'vitest';
import { decodeBody } from '#internal/event/envelope.ts';
import type { GeneratedEvent } from './events.ts';
import { Generator } from './generator.ts';

const OPTIONS = {
  tenants: ['a', 'b'],
  bad: 0.1,
  duplicates: 0.1,
  batch: 1,
  format: 'plain',
  seed: 1,
} as const;
const REGISTERED = ['client-1', 'client-2', 'client-3', 'monitor-app', 'transaction-app', 'user-app'];

function generate(
  count: number,
  options: Partial<ConstructorParameters<typeof Generator>[0]> = {},
): GeneratedEvent[] {
  const generator = new Generator({ ...OPTIONS, ...options });
  const events: GeneratedEvent[] = [];
  while (events.length < count) events.push(...generator.next(count - events.length).events);
  return events;
}

describe.each(['plain', 'cloudevents'] as const)('in the format %s', (format) => {
  test('good events and repeats are accepted, and bad ones are refused or name what is not registered', () => {
    const judged = generate(2_000, { format }).map((event) => {
      const [decoded] = decodeBody(event.json, 'sqs-id');
      const accepted =
        decoded?.kind === 'event' &&
        REGISTERED.includes(decoded.event.clientId) &&
        REGISTERED.includes(decoded.event.eventType) &&
        decoded.event.eventId === event.id &&
        decoded.event.tenantId === event.tenant;
      return { kind: event.kind, accepted };
    });
    expect(judged.filter(({ kind, accepted }) => accepted !== (kind !== 'bad'))).toEqual([]);
  });
});

test('the same seed gives the same events, another seed others', () => {
  expect(generate(500)).toEqual(generate(500));
  const ids = new Set(generate(500).map(({ id }) => id));
  expect(generate(500, { seed: 2 }).some(({ id }) => ids.has(id))).toBe(false);
});

test('the shares are about what was asked for', () => {
  const events = generate(10_000);
  for (const kind of ['bad', 'duplicate']) {
    const share = events.filter((event) => event.kind === kind).length / events.length;
    expect(share).toBeGreaterThan(0.08);
    expect(share).toBeLessThan(0.12);
  }
});

test('a repeat is an earlier good event, to the letter', () => {
  const seen = new Set<string>();
  const wrong = generate(5_000).filter(({ kind, json }) => {
    if (kind === 'good') seen.add(json);
    return kind === 'duplicate' && !seen.has(json);
  });
  expect(wrong).toEqual([]);
});

test('arrays hold events that are JSON, of one tenant; the count is exact', () => {
  const generator = new Generator({ ...OPTIONS, batch: 20, bad: 0.3 });
  let left = 1_003;
  while (left > 0) {
    const { body, events, tenant } = generator.next(left);
    expect(events.every((event) => event.tenant === tenant)).toBe(true);
    expect(decodeBody(body, 'sqs-id')).toHaveLength(events.length);
    left -= events.length;
  }
  expect(left).toBe(0);
});
