import { randomUUID } from 'node:crypto';
import type { Ledger, Outcome } from '#internal/load/ledger.ts';
import type { Body } from '#internal/load/packer.ts';
import { Outbox, type OutboxParts, type SendOutcome } from '#internal/sqs/outbox.ts';
import type { OutboxMessage } from '#internal/sqs/send-batch.ts';
import type { Target } from './queue.ts';

/** A body as the outbox sends it; its tenant is its message group. */
export type OutgoingBody = Body & OutboxMessage;

const OUTCOMES = { sent: 'ok', failed: 'failed', unknown: 'unknown' } as const satisfies Record<
  SendOutcome['kind'],
  Outcome
>;

type Settings = Pick<OutboxParts<OutgoingBody>, 'concurrency' | 'drain' | 'stop' | 'tell'>;

/** An outbox to the target's queue that writes its outcomes to the ledger. */
export function openOutbox(target: Target, ledger: Ledger, settings: Settings): Outbox<OutgoingBody> {
  const { client, queue, fifo } = target;
  return new Outbox<OutgoingBody>({
    client,
    queueUrl: queue.url,
    fifo,
    record: (body, outcome) => recordOutcome(ledger, body, outcome),
    ...settings,
  });
}

/**
 * Writes the outcome of a body to the ledger, for each of its events. An event without an id gets the one that the
 * processor will give it, or an arbitrary one when no MessageId is known.
 */
export function recordOutcome(ledger: Ledger, { tenant, array, events }: Body, outcome: SendOutcome): void {
  const nameless = (i: number) => {
    if (outcome.kind !== 'sent') return randomUUID();
    return array ? `${outcome.sqsMessageId}-${i}` : outcome.sqsMessageId;
  };
  ledger.record(
    events.map(({ kind, id }, i) => ({
      id: id ?? nameless(i),
      tenant,
      kind,
      outcome: OUTCOMES[outcome.kind],
    })),
  );
}
