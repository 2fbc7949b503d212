import { expect, it, vi } from 'vitest';
import { Ledger, type LedgerLine } from '#internal/load/ledger.ts';
import type { Body } from '#internal/load/packer.ts';
import type { SendOutcome } from '#internal/sqs/outbox.ts';
import { recordOutcome } from './outbox.ts';

function recorded(body: Body, outcome: SendOutcome): readonly LedgerLine[] {
  const ledger = new Ledger();
  const record = vi.spyOn(ledger, 'record');
  recordOutcome(ledger, body, outcome);
  return record.mock.calls.flatMap(([lines]) => lines);
}

function body(...ids: (string | null)[]): Body {
  const events = ids.map((id) => ({ kind: 'good' as const, id }));
  return { tenant: 'acme', text: JSON.stringify(ids), bytes: 10, array: ids.length > 1, events };
}

const SENT = { kind: 'sent', sqsMessageId: 'message' } as const;

it('records the outcome of every event in a body', () => {
  expect(recorded(body('a', 'b'), SENT)).toEqual([
    { id: 'a', tenant: 'acme', kind: 'good', outcome: 'ok' },
    { id: 'b', tenant: 'acme', kind: 'good', outcome: 'ok' },
  ]);
  expect(recorded(body('a'), { kind: 'failed' })).toMatchObject([{ id: 'a', outcome: 'failed' }]);
  expect(recorded(body('a'), { kind: 'unknown' })).toMatchObject([{ id: 'a', outcome: 'unknown' }]);
});

it('names events without an id as the processor will: by MessageId, with the position in an array', () => {
  expect(recorded(body(null), SENT).map(({ id }) => id)).toEqual(['message']);
  expect(recorded(body('a', null), SENT).map(({ id }) => id)).toEqual(['a', 'message-1']);
});

it('gives events without an id different ones when no MessageId is known', () => {
  const ids = recorded(body(null, null), { kind: 'unknown' }).map(({ id }) => id);
  expect(new Set(ids).size).toBe(2);
});
