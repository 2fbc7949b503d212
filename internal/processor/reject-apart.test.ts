import { describe, expect, test } from 'vitest';
import { recordingLog, refusedWork } from '../proof/kit/work.ts';
import { type RejectionRecord, StoreError } from './ports.ts';
import { type Refused, rejectApart } from './reject-apart.ts';

const error = (kind: StoreError['kind']) => new StoreError(kind, 'words of PostgreSQL', '22P05', undefined);

function refusedOf(id: string): Refused {
  const refusal = { reason: 'malformed_json', detail: 'not JSON' } as const;
  return { work: refusedWork(id), refusal, claims: { tenantId: 'acme' } };
}

/** Keeps rejections of these ids in a store that fails for some of them. */
async function reject(ids: readonly string[], failures: Readonly<Record<string, StoreError['kind']>> = {}) {
  const kept: RejectionRecord[] = [];
  const patience: (number | undefined)[] = [];
  const log = recordingLog();
  const store = {
    async reject(records: readonly RejectionRecord[], lockTimeoutMs?: number) {
      patience.push(lockTimeoutMs);
      for (const { sqsMessageId } of records) {
        const failure = failures[sqsMessageId];
        if (failure !== undefined) throw error(failure);
      }
      kept.push(...records);
    },
  };
  const { settled, waiting } = await rejectApart(ids.map(refusedOf), { store, queue: 'events', log });
  const outcomes = Object.fromEntries(
    settled.map(({ work, outcome }) => [work.held.sqsMessageId, outcome.kind]),
  );
  return {
    kept,
    patience,
    lines: log.lines,
    outcomes,
    waiting: waiting.map(({ work }) => work.held.sqsMessageId),
  };
}

describe('rejections', () => {
  test('are kept with one statement, each with what was received and why it is refused', async () => {
    const { kept, patience, outcomes } = await reject(['a', 'b']);
    expect(patience).toEqual([undefined]);
    expect(outcomes).toEqual({ a: 'rejected', b: 'rejected' });
    expect(kept[0]).toMatchObject({
      queue: 'events',
      sqsMessageId: 'a',
      eventIndex: null,
      reason: 'malformed_json',
      detail: 'not JSON',
      body: 'text of a',
      claims: { tenantId: 'acme' },
      receiveCount: 1,
    });
  });

  test('of which PostgreSQL refuses one are kept, and the message of that one is left on the queue', async () => {
    const { outcomes, waiting, lines } = await reject(['a', 'b', 'c', 'd', 'e'], { c: 'bad_row' });
    expect(outcomes).toEqual({ a: 'rejected', b: 'rejected', c: 'released', d: 'rejected', e: 'rejected' });
    expect(waiting).toEqual([]);
    expect(lines.filter((line) => line.startsWith('error'))).toEqual([
      'error: a rejection was refused by PostgreSQL; its message is left on the queue',
    ]);
  });

  test('of which one waits for a lock are kept, and that one waits; the search is hurried', async () => {
    const { outcomes, waiting, patience } = await reject(['a', 'b', 'c'], { b: 'blocked' });
    expect(outcomes).toEqual({ a: 'rejected', c: 'rejected' });
    expect(waiting).toEqual(['b']);
    expect([patience[0], new Set(patience.slice(1))]).toEqual([undefined, new Set([50])]);
  });

  test('are not split while PostgreSQL is away', async () => {
    await expect(reject(['a', 'b'], { a: 'unavailable' })).rejects.toMatchObject({ kind: 'unavailable' });
  });

  test('are logged once they are kept, one by one, and those that are not kept are not', async () => {
    const { lines } = await reject(['a', 'b'], { b: 'blocked' });
    expect(lines).toEqual(['debug: an event is rejected']);
  });
});
