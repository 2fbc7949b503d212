import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { decodeBody } from '../../event/body/envelope.ts';
import { carriedText, comparable, ENVELOPES, jsonText } from './arbitraries.ts';
import { Rig } from './rig.ts';

/** A failure prints its seed; set BAD_INPUT_SEED to repeat it. */
const SEED = process.env['BAD_INPUT_SEED'];
const ROUNDS = { numRuns: 10, ...(SEED === undefined ? {} : { seed: Number(SEED) }) };
const TIMEOUT_MS = 120_000;

let rig: Rig;

beforeAll(async () => {
  rig = await Rig.open();
});

afterAll(() => rig[Symbol.asyncDispose]());

async function send(bodies: readonly string[]): Promise<string[]> {
  const answers = await rig.sendAndWait(bodies.map((body) => ({ body })));
  return answers.map((answer) => {
    if (answer.kind === 'sent') return answer.sqsMessageId;
    throw new Error(`SQS refused a text that it should carry: ${answer.code} ${answer.message}`);
  });
}

/** SQS MessageId and index of the rejections of these messages. */
async function rejected(messageIds: readonly string[]): Promise<Set<string>> {
  const { rows } = await rig.database.pool.query<{ place: string }>(
    `select sqs_message_id || '/' || coalesce(event_index::text, 'null') as place
       from rejection where sqs_message_id = any($1)`,
    [messageIds],
  );
  return new Set(rows.map(({ place }) => place));
}

/** The event ids among these that are stored. */
async function eventIds(ids: readonly string[]): Promise<Set<string>> {
  const { rows } = await rig.database.pool.query<{ id: string }>(
    'select event_id as id from message where event_id = any($1)',
    [ids],
  );
  return new Set(rows.map(({ id }) => id));
}

test('any text that SQS carries ends as messages or rejections, and none is lost', {
  timeout: TIMEOUT_MS,
}, async () => {
  const bodies = fc.array(carriedText, { minLength: 60, maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(bodies, async (sent) => {
      const ids = await send(sent);
      const events = sent.flatMap((body, i) =>
        decodeBody(body, ids[i] as string).map((each) => [ids[i], each] as const),
      );
      const kept = await rejected(ids);
      const stored = await eventIds(
        events.flatMap(([, each]) => (each.kind === 'event' ? [each.event.eventId] : [])),
      );
      const lost = events.filter(
        ([id, each]) =>
          !kept.has(`${id}/${each.index}`) && !(each.kind === 'event' && stored.has(each.event.eventId)),
      );
      expect(lost).toEqual([]);
    }),
    ROUNDS,
  );
});

test('any JSON value is read back from PostgreSQL as sent, with every digit of its numbers', {
  timeout: TIMEOUT_MS,
}, async () => {
  const payloads = fc.array(fc.tuple(jsonText, fc.constantFrom(...ENVELOPES)), {
    minLength: 60,
    maxLength: 60,
  });
  await fc.assert(
    fc.asyncProperty(payloads, async (sent) => {
      const ids = await send(sent.map(([payload, envelope]) => envelope(payload)));
      const { rows } = await rig.database.pool.query<{ id: string; payload: string }>(
        'select event_id as id, payload::text as payload from message where event_id = any($1)',
        [ids],
      );
      const stored = new Map(rows.map(({ id, payload }) => [id, comparable(payload)]));
      expect(ids.map((id) => stored.get(id))).toEqual(sent.map(([payload]) => comparable(payload)));
    }),
    ROUNDS,
  );
});
