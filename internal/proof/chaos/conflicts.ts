import { type SQSClient, SendMessageBatchCommand } from '@aws-sdk/client-sqs';
import type { Random } from '../../load/random.ts';
import type { Sent } from './oracle.ts';

const SOURCE = 'chaos';
const BATCH = 10;
const CONTENTS = [{ n: 1, exact: 9_007_199_254_740_991 }, { n: 2 }, { n: 3, text: 'Ω\n"' }] as const;

interface Draft {
  readonly tenant: string;
  readonly id: string;
  readonly payload: unknown;
}

/**
 * Sends events with equal identities and different contents, some of them several times, and the same ids in
 * every tenant, where they are different events. Sends to SQS directly, not through the proxy: without its
 * MessageId, a rejection cannot be matched with its message.
 */
export async function sendConflicts(
  client: SQSClient,
  queueUrl: string,
  tenants: readonly [string, ...string[]],
  random: Random,
): Promise<Sent[]> {
  const drafts = tenants.flatMap((tenant) =>
    Array.from({ length: 12 }, (_, n) => n).flatMap((n) => draftsOf(tenant, `conflict-${n}`, random)),
  );
  const sent: Sent[] = [];
  for (let i = 0; i < drafts.length; i += BATCH) {
    const batch = drafts.slice(i, i + BATCH);
    const { Successful = [] } = await client.send(
      new SendMessageBatchCommand({
        QueueUrl: queueUrl,
        Entries: batch.map((draft, k) => ({ Id: String(k), MessageBody: bodyOf(draft) })),
      }),
    );
    for (const { Id, MessageId } of Successful)
      sent.push(sentOf(batch[Number(Id)] as Draft, MessageId ?? ''));
  }
  return sent;
}

function draftsOf(tenant: string, id: string, random: Random): Draft[] {
  return Array.from({ length: random.whole(2, 5) }, () => ({
    tenant,
    id,
    payload: random.pick<unknown>(CONTENTS),
  }));
}

function bodyOf({ tenant, id, payload }: Draft): string {
  return JSON.stringify({
    tenant_id: tenant,
    event_id: id,
    source: SOURCE,
    event_type: 'user-app',
    client_id: 'client-3',
    message: payload,
  });
}

function sentOf({ tenant, id, payload }: Draft, place: string): Sent {
  const content = { client: 'client-3', type: 'user-app', payload };
  return { tenant, source: SOURCE, id, place, outcome: 'ok', fate: { kind: 'stored', content } };
}
