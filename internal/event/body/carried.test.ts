import { describe, expect, test } from 'vitest';
import { carriedBy, NOTHING_CARRIED } from './carried.ts';
import { decodeMessage } from './decode-message.ts';

const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const OTHER = '00-1af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const NONE = new Set<string>();
const SYSTEM = { SenderId: 'AIDA', SentTimestamp: '1', ApproximateReceiveCount: '1' };

function stored(
  event: object,
  attributes: Record<string, string>,
  systemAttributes: Record<string, string> = SYSTEM,
) {
  const body = JSON.stringify({ event_type: 'a', client_id: 'c', message: 1, ...event });
  const { events } = decodeMessage(
    { sqsMessageId: 'm', body, attributes, systemAttributes },
    { maxExpandedBytes: 1_000, queue: 'events', mappings: [] },
  );
  const [decoded] = events;
  if (decoded?.kind !== 'event') throw new Error('not an event');
  const { traceparent, attributes: kept, sqsAttributes } = decoded.event;
  return { traceparent, attributes: kept, sqsAttributes };
}

describe('SQS attributes', () => {
  test('are none where SQS has only its bookkeeping', () => {
    expect(carriedBy({}, SYSTEM, NONE)).toBe(NOTHING_CARRIED);
    expect(carriedBy({ 'Content-Encoding': 'utf-8' }, SYSTEM, NONE)).toBe(NOTHING_CARRIED);
  });

  test('of the producer are kept with the event', () => {
    const system = { ...SYSTEM, MessageGroupId: 'acme', AWSTraceHeader: 'Root=1-2' };
    expect(stored({}, { colour: 'red' }, system).sqsAttributes).toBe(
      '{"colour":"red","MessageGroupId":"acme","AWSTraceHeader":"Root=1-2"}',
    );
    expect(stored({}, {}, { MessageGroupId: 'acme' }).sqsAttributes).toBe('{"MessageGroupId":"acme"}');
  });

  test("that are named like SQS's own do not pass for them", () => {
    expect(stored({}, { MessageGroupId: 'other', AWSTraceHeader: 'x', a: 'b' }).sqsAttributes).toBe(
      '{"a":"b"}',
    );
  });

  test('are made storable', () => {
    expect(stored({}, { 'a\u0000': 'b\ud800' }).sqsAttributes).toBe('{"a\uFFFD":"b\uFFFD"}');
    expect(
      JSON.parse(stored({}, Object.fromEntries([['__proto__', 'x']])).sqsAttributes ?? ''),
    ).toHaveProperty('__proto__', 'x');
  });
});

describe('a trace context in SQS attributes', () => {
  test('serves an event that has none, whatever its case', () => {
    expect(stored({}, { TraceParent: TRACEPARENT, TRACESTATE: 'a=b', colour: 'red' })).toEqual({
      traceparent: TRACEPARENT,
      attributes: '{"tracestate":"a=b"}',
      sqsAttributes: '{"colour":"red"}',
    });
    expect(stored({}, { traceparent: TRACEPARENT })).toEqual({
      traceparent: TRACEPARENT,
      attributes: null,
      sqsAttributes: null,
    });
  });

  test('is only kept where the event has its own', () => {
    expect(stored({ traceparent: OTHER }, { traceparent: TRACEPARENT, tracestate: 'a=b' })).toEqual({
      traceparent: OTHER,
      attributes: null,
      sqsAttributes: `{"traceparent":"${TRACEPARENT}","tracestate":"a=b"}`,
    });
  });

  test('serves an event whose own cannot be used, and leaves it its tracestate', () => {
    expect(
      stored(
        { traceparent: 'garbage', tracestate: 'own=1' },
        { traceparent: TRACEPARENT, tracestate: 'a=b' },
      ),
    ).toEqual({
      traceparent: TRACEPARENT,
      attributes: '{"tracestate":"own=1","traceparent":"garbage"}',
      sqsAttributes: null,
    });
  });

  test('that cannot be used costs nothing, and is kept', () => {
    expect(stored({}, { traceparent: TRACEPARENT.toUpperCase(), tracestate: 'a=b' })).toEqual({
      traceparent: null,
      attributes: null,
      sqsAttributes: `{"traceparent":"${TRACEPARENT.toUpperCase()}","tracestate":"a=b"}`,
    });
    expect(stored({}, { tracestate: 'a=b' }).attributes).toBeNull();
  });

  test('is the first that can be used of several', () => {
    const several = {
      traceparent: 'garbage',
      Traceparent: TRACEPARENT,
      tracestate: 'a=b',
      Tracestate: 'c=d',
    };
    expect(stored({}, several)).toMatchObject({
      traceparent: TRACEPARENT,
      attributes: '{"tracestate":"a=b"}',
    });
  });
});
