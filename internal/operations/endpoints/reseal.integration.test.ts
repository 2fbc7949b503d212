import { expect, test } from 'vitest';
import type pg from 'pg';
import { readEndpoints } from '../../postgres/deliveries/endpoints.ts';
import { countOutdated } from '../../postgres/endpoints/reseal.ts';
import { Sealing, type SealingKey } from '../../postgres/sealing.ts';
import { createDatabase } from '../../proof/kit/database.ts';
import { addEndpoint } from './add.ts';
import { resealEndpoints } from './reseal.ts';
import { rotateEndpointSecret } from './rotate-secret.ts';

const OLD: SealingKey = { name: 'old', key: Buffer.alloc(32, 1) };
/** Its name begins as the other one's. */
const NEW: SealingKey = { name: 'old2', key: Buffer.alloc(32, 2) };
const both = new Sealing([NEW, OLD]);
const unhindered = { signal: new AbortController().signal, progress() {} };

async function add(pool: pg.Pool, id: string, sealing: Sealing): Promise<void> {
  const added = await addEndpoint(
    pool,
    {
      tenantId: 'default',
      clientId: 'client-3',
      id,
      options: { url: 'https://example.com' },
      headers: { authorization: `Bearer ${id}` },
      secret: undefined,
      ed25519: true,
      from: undefined,
    },
    { sealing, signal: unhindered.signal, waiting() {} },
  );
  expect(added.kind).toBe('added');
}

async function endpointsWith(pool: pg.Pool, ...keys: SealingKey[]) {
  const { rows } = await pool.query<{ number: string }>('select number from endpoint order by number');
  const numbers = rows.map(({ number }) => Number(number));
  return readEndpoints(pool, new Sealing(keys), numbers);
}

test('after the resealing the old key is not needed: every secret and header is the same, with the new key alone', async () => {
  await using database = await createDatabase();
  const { pool } = database;
  for (let i = 0; i < 60; i += 1) await add(pool, `e-${i}`, new Sealing([OLD]));
  const name = { tenantId: 'default', id: 'e-7' };
  await rotateEndpointSecret(pool, name, { secret: 'hmac', keepSeconds: 60, sealing: both });
  const before = await endpointsWith(pool, NEW, OLD);
  expect(await countOutdated(pool, both)).toBe(60);
  const progress: number[] = [];
  const end = await resealEndpoints(pool, both, {
    signal: unhindered.signal,
    progress: (done) => progress.push(done),
  });
  expect(end).toEqual({ resealed: 60, unopened: [], complete: true });
  expect(progress).toEqual([50, 60]);
  const after = await endpointsWith(pool, NEW);
  expect(after.map(({ problem }) => problem)).toEqual(before.map(() => undefined));
  expect(after.map(({ secrets, headers }) => ({ secrets, headers }))).toEqual(
    before.map(({ secrets, headers }) => ({ secrets, headers })),
  );
  expect(after.every(({ revision }, i) => revision > (before[i]?.revision ?? 0))).toBe(true);
  const again = await resealEndpoints(pool, both, unhindered);
  expect(again).toEqual({ resealed: 0, unopened: [], complete: true });
  expect((await endpointsWith(pool, NEW)).map(({ revision }) => revision)).toEqual(
    after.map(({ revision }) => revision),
  );
});

test('what cannot be opened stays as it is and is named, and the others are resealed', async () => {
  await using database = await createDatabase();
  const { pool } = database;
  await add(pool, 'lost', new Sealing([{ name: 'lost', key: Buffer.alloc(32, 3) }]));
  await add(pool, 'good', new Sealing([OLD]));
  expect(await resealEndpoints(pool, both, unhindered)).toEqual({
    resealed: 1,
    unopened: [{ tenantId: 'default', id: 'lost', problem: 'the key "lost" is not among SENDER_KEYS' }],
    complete: true,
  });
  expect((await endpointsWith(pool, NEW)).map(({ id, problem }) => [id, problem === undefined])).toEqual([
    ['lost', false],
    ['good', true],
  ]);
});

test('a resealing that is interrupted ends after its page', async () => {
  await using database = await createDatabase();
  const { pool } = database;
  for (let i = 0; i < 51; i += 1) await add(pool, `e-${i}`, new Sealing([OLD]));
  const controller = new AbortController();
  const end = await resealEndpoints(pool, both, {
    signal: controller.signal,
    progress: () => controller.abort(),
  });
  expect(end).toEqual({ resealed: 50, unopened: [], complete: false });
  expect(await countOutdated(pool, both)).toBe(1);
});
