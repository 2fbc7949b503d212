import type pg from 'pg';
import { insertEndpoint, type NewEndpoint } from '../../postgres/endpoints/add.ts';
import { PostgresStore } from '../../postgres/store.ts';
import { plainEvent } from './events.ts';
import { storableEvent } from './storable.ts';

interface TestEndpoint {
  readonly number: number;
  readonly tenantId: string;
  readonly id: string;
  readonly mark: bigint;
  readonly replay: string | undefined;
}

/** Adds an endpoint of client-3 of tenant default; its secrets cannot be opened. */
export async function addTestEndpoint(
  pool: pg.Pool,
  id: string,
  { clientId = 'client-3', from, options }: Partial<NewEndpoint> = {},
): Promise<TestEndpoint> {
  const name = { tenantId: 'default', id };
  const endpoint = {
    ...name,
    clientId,
    options: { url: 'https://example.com/hooks', ...options },
    secrets: [{ kind: 'hmac', sealed: Buffer.from('sealed') }],
    from,
  } as const;
  for (;;) {
    const added = await insertEndpoint(pool, endpoint);
    if (added.kind === 'busy') continue;
    if (added.kind !== 'added') throw new Error(`not added: ${added.kind}`);
    const { rows } = await pool.query<{ number: string; mark: string }>(
      `select e.number, m.xid::text as mark from endpoint e join endpoint_mark m on m.endpoint = e.number
        where e.tenant_id = $1 and e.id = $2`,
      [name.tenantId, id],
    );
    const [row] = rows;
    return { ...name, number: Number(row?.number), mark: BigInt(row?.mark ?? 0), replay: added.replay };
  }
}

let events = 0;

/** Stores messages for client-3, of type user-app; returns their ids in order. */
export async function storeMessages(pool: pg.Pool, count: number, more: object = {}): Promise<string[]> {
  const batch = Array.from({ length: count }, () =>
    storableEvent(plainEvent(`stored-${(events += 1)}`, more)),
  );
  const outcomes = await new PostgresStore({ pool }).store(batch);
  if (outcomes.some(({ kind }) => kind !== 'stored')) throw new Error(JSON.stringify(outcomes));
  return batch.map(({ messageId }) => messageId);
}
