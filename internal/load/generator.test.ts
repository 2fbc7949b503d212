import { describe, expect, it } from 'vitest';
import { decodeBody } from '#internal/event/body/envelope.ts';
import { eventKey } from '#internal/event/identity.ts';
import { FORMATS } from './envelopes.ts';
import { EventGenerator, type GeneratedEvent, type GeneratorSettings } from './generator.ts';

const SETTINGS: GeneratorSettings = { seed: 1, tenants: ['acme', 'globex'], format: 'plain' };

function generate(count: number, settings: Partial<GeneratorSettings> = {}): GeneratedEvent[] {
  const generator = new EventGenerator({ ...SETTINGS, ...settings });
  return Array.from({ length: count }, () => generator.next());
}

/** Removes the timestamps, which alone may differ. */
function untimed(events: readonly GeneratedEvent[]): object[] {
  return events.map((event) => ({
    ...event,
    text: event.text.replace(/"(time|occurred_at|deliverafter|deliver_after)":"[^"]*"/, ''),
  }));
}

/** Returns the one event in a text, as the processor decodes it. */
function decode({ text }: GeneratedEvent) {
  const [decoded, ...others] = decodeBody(text, 'sqs-message-id');
  if (decoded === undefined || others.length > 0) throw new Error(`not one event: ${text}`);
  return decoded;
}

function identity(event: GeneratedEvent): string {
  const decoded = decode(event);
  if (decoded.kind === 'refused') throw new Error(decoded.refusal.detail);
  return [decoded.event.tenantId, eventKey(decoded.event), decoded.fingerprint].join(' ');
}

const MIXED = { bad: 0.2, duplicates: 0.3 };

describe.each(FORMATS)('EventGenerator, %s', (format) => {
  it('makes the same events from the same seed, in the same order', () => {
    const first = generate(300, { ...MIXED, format });
    expect(untimed(generate(300, { ...MIXED, format }))).toEqual(untimed(first));
  });

  it('makes other events from another seed', () => {
    const ids = new Set(generate(300, { ...MIXED, format, seed: 1 }).map(({ id }) => id));
    const others = generate(300, { ...MIXED, format, seed: 2 }).filter(({ id }) => id !== null);
    expect(others.filter(({ id }) => ids.has(id))).toEqual([]);
  });

  it('makes good events that are events, with the ids and tenants that it tells', () => {
    for (const event of generate(300, { format })) {
      expect(decode(event)).toMatchObject({
        kind: 'event',
        event: { eventId: event.id, tenantId: event.tenant },
      });
    }
  });

  it('makes events that are to be delivered later', () => {
    for (const event of generate(10, { format, deliverAfter: 60 })) {
      const decoded = decode(event);
      if (decoded.kind === 'refused') throw new Error(decoded.refusal.detail);
      const { deliverAfter, occurredAt } = decoded.event;
      expect(Date.parse(deliverAfter ?? '') - Date.parse(occurredAt ?? '')).toBe(60_000);
    }
    expect(untimed(generate(10, { format })).every((event) => !/deliver/.test(JSON.stringify(event)))).toBe(
      true,
    );
  });

  it('makes duplicates that repeat an earlier good event exactly, and nothing else twice', () => {
    const seen = new Set<string>();
    for (const event of generate(1_000, { duplicates: 0.4, format })) {
      expect(seen.has(identity(event))).toBe(event.kind === 'duplicate');
      seen.add(identity(event));
    }
  });

  it('makes bad events of every kind, each refused once or naming what nobody registers', () => {
    const events = generate(600, { bad: 1, format });
    const ends = new Set<string>();
    for (const event of events) {
      const decoded = decode(event);
      if (decoded.kind === 'refused') ends.add(decoded.refusal.reason);
      else ends.add(decoded.event.clientId === 'unregistered-client' ? 'client' : decoded.event.eventType);
      expect(event.alone).toBe(decoded.kind === 'refused' && decoded.refusal.reason === 'malformed_json');
    }
    expect([...ends].sort()).toEqual(['client', 'invalid_envelope', 'malformed_json', 'unregistered-app']);
  });

  it('refuses bad events inside of an array one by one', () => {
    const elements = generate(300, { bad: 0.5, format }).filter(({ alone }) => !alone);
    const decoded = decodeBody(`[${elements.map(({ text }) => text).join(',')}]`, 'sqs-message-id');
    expect(decoded).toHaveLength(elements.length);
    expect(decoded.map(({ kind }, i) => elements[i]?.kind === 'bad' || kind === 'event')).not.toContain(
      false,
    );
  });

  it('tells the ids of bad events that have one', () => {
    for (const event of generate(300, { bad: 1, format })) {
      const decoded = decode(event);
      const read = decoded.kind === 'refused' ? decoded.claims.eventId : decoded.event.eventId;
      // An event without an id has the MessageId, if it is JSON at all.
      expect(event.id === null ? [undefined, 'sqs-message-id'] : [event.id]).toContain(read);
    }
  });
});

describe('EventGenerator', () => {
  it('keeps to the shares', () => {
    const events = generate(20_000, { bad: 0.1, duplicates: 0.3 });
    const share = (kind: string) => events.filter((event) => event.kind === kind).length / events.length;
    expect(share('bad')).toBeCloseTo(0.1, 1);
    expect(share('duplicate')).toBeCloseTo(0.3, 1);
  });

  it('makes the same good events whatever the shares and the format', () => {
    const good = (events: GeneratedEvent[]) =>
      events
        .filter(({ kind }) => kind === 'good')
        .slice(0, 100)
        .map(identity);
    const plain = good(generate(100));
    expect(good(generate(400, { ...MIXED, format: 'cloudevents' }))).toEqual(plain);
  });

  it('gives bad and good events different ids', () => {
    const ids = generate(2_000, { bad: 0.5 }).flatMap(({ id }) => (id === null ? [] : [id]));
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('sends for every tenant and every producer alike', () => {
    const events = generate(600);
    expect(events.filter(({ tenant }) => tenant === 'acme')).toHaveLength(300);
    for (const source of ['monitor-app', 'transaction-app', 'user-app']) {
      expect(events.filter(({ text }) => text.includes(`"source":"${source}"`))).toHaveLength(200);
    }
  });

  it('ticks with one good event of each producer, and a bad one about every twentieth time', () => {
    const generator = new EventGenerator(SETTINGS);
    const ticks = Array.from({ length: 2_000 }, () => generator.tick());
    for (const tick of ticks)
      expect(tick.slice(0, 3).map(({ kind }) => kind)).toEqual(['good', 'good', 'good']);
    const bad = ticks.flat().filter(({ kind }) => kind === 'bad').length;
    expect(bad).toBeGreaterThan(60);
    expect(bad).toBeLessThan(140);
  });

  it('escapes what emulators of SQS refuse in a body, and loses nothing by it', () => {
    const withEmoji = generate(3_000).filter(({ text }) => text.includes('\\ud83e\\udd89'));
    expect(withEmoji.length).toBeGreaterThan(0);
    expect(generate(3_000).filter(({ text }) => /[\uD800-\uDFFF]/.test(text))).toEqual([]);
    const decoded = withEmoji.slice(0, 1).map(decode);
    expect(decoded[0]).toMatchObject({ event: { payload: expect.stringContaining('🦉') } });
  });
});
