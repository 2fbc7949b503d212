import { expect, test } from 'vitest';
import { changeEndpoint, pauseEndpoint, resumeEndpoint } from '../../postgres/endpoints/change.ts';
import { showEndpoint } from '../../postgres/endpoints/list.ts';
import { rebase } from '../../postgres/endpoints/rebase.ts';
import { deleteEndpoint } from '../../postgres/endpoints/remove.ts';
import { runGrants } from '../../postgres/grants/statements.ts';
import { listDead } from '../../postgres/outcomes/dead.ts';
import { openPool } from '../../postgres/pool.ts';
import { Sealing } from '../../postgres/sealing.ts';
import { beginReplay } from '../../postgres/replays/begin.ts';
import { createDatabase } from '../../proof/kit/database.ts';
import { testRoles } from '../../proof/kit/roles.ts';
import { addTestEndpoint, storeMessages } from '../../proof/kit/test-endpoint.ts';
import { replayDeadDeliveries } from '../deliveries/dead.ts';
import { runReplay } from '../deliveries/replay.ts';
import { planGrants } from '../grants.ts';
import { endpointProblem } from './problems.ts';
import { resealEndpoints } from './reseal.ts';
import { rotateEndpointSecret } from './rotate-secret.ts';

/** Takes everything for sealed. */
const PLAIN = { seal: (plain: Buffer) => plain, open: (sealed: Buffer) => sealed };

test('the role of an operator has the rights for all that is done with endpoints', async () => {
  await using database = await createDatabase();
  await using roles = testRoles(database.pool);
  const operator = await roles.make('operator');
  await runGrants(database.pool, (await planGrants(database.pool, { operator })).statements);
  const pool = openPool(roles.urlFor(database.url, operator), { max: 2, applicationName: 'test' });
  const run = { signal: new AbortController().signal, progress() {} };
  const name = { tenantId: 'default', id: 'e' };
  try {
    const [message = ''] = await storeMessages(database.pool, 2);
    const { number, replay = '' } = await addTestEndpoint(pool, 'e', { from: new Date(0) });
    expect(await runReplay(pool, replay, run)).toEqual({ messages: 2, complete: true });
    expect(await changeEndpoint(pool, name, { concurrency: 3 })).toBe(true);
    expect(await pauseEndpoint(pool, name, 'why')).toBe('active');
    expect(await resumeEndpoint(pool, name)).toBe('paused');
    const rotation = {
      secret: 'hmac',
      keepSeconds: 60,
      sealing: PLAIN,
    } as const;
    for (let i = 0; i < 2; i += 1)
      expect(await rotateEndpointSecret(pool, name, rotation)).toMatchObject({ kind: 'rotated' });
    expect(await rotateEndpointSecret(pool, name, rotation)).toEqual({ kind: 'too_many' });
    expect(await rotateEndpointSecret(pool, name, { ...rotation, secret: 'ed25519' })).toMatchObject({
      kind: 'added',
    });
    expect(
      (await showEndpoint(pool, name))?.secrets.map(({ kind, expiresAt }) => [kind, expiresAt === null]),
    ).toEqual([
      ['hmac', true],
      ['hmac', false],
      ['hmac', false],
      ['ed25519', true],
    ]);
    await resealEndpoints(pool, new Sealing([{ name: 'main', key: Buffer.alloc(32) }]), run);
    await runReplay(pool, await beginReplay(pool, number, { kind: 'all', since: new Date(0) }), run);
    await database.pool.query(
      `insert into dead (endpoint, message_id, died_at, attempts, reason) values ($1, $2, now(), 1, 'refused')`,
      [number, message],
    );
    expect(await replayDeadDeliveries(pool, {}, run)).toMatchObject({ done: 1 });
    expect(await listDead(pool, {}, { limit: 1 })).toEqual([]);
    await database.pool.query('update sender_cluster set system_identifier = 1');
    expect(await rebase(pool)).toMatchObject({ kind: 'rebased' });
    expect(await deleteEndpoint(pool, name)).toBe(true);
  } finally {
    await pool.end();
  }
});

test('a secret that is not to be kept is gone at once', async () => {
  await using database = await createDatabase();
  const { pool } = database;
  await addTestEndpoint(pool, 'e');
  const name = { tenantId: 'default', id: 'e' };
  const sealing = PLAIN;
  expect(await rotateEndpointSecret(pool, name, { secret: 'hmac', keepSeconds: 0, sealing })).toMatchObject({
    secret: { text: expect.stringMatching(/^whsec_/) },
  });
  expect((await showEndpoint(pool, name))?.secrets).toMatchObject([{ id: 1, expiresAt: null }]);
  expect(
    await rotateEndpointSecret(pool, { ...name, id: 'f' }, { secret: 'hmac', keepSeconds: 0, sealing }),
  ).toEqual({ kind: 'missing' });
});

test('secrets that cannot be opened are not kept beside a new one: the rotation is refused, or drops them', async () => {
  await using database = await createDatabase();
  const { pool } = database;
  await addTestEndpoint(pool, 'e');
  const name = { tenantId: 'default', id: 'e' };
  const [old, other] = ['old', 'new'].map((key) => new Sealing([{ name: key, key: Buffer.alloc(32) }]));
  const rotation = { secret: 'hmac', keepSeconds: 60 } as const;
  for (let i = 0; i < 2; i += 1)
    await rotateEndpointSecret(pool, name, { ...rotation, keepSeconds: i * 60, sealing: old as Sealing });
  const sealing = other as Sealing;
  expect(await rotateEndpointSecret(pool, name, { ...rotation, sealing })).toEqual({ kind: 'unreadable' });
  expect((await showEndpoint(pool, name))?.secrets).toHaveLength(2);
  expect(await rotateEndpointSecret(pool, name, { ...rotation, keepSeconds: 0, sealing })).toMatchObject({
    kind: 'rotated',
  });
  expect((await showEndpoint(pool, name))?.secrets).toMatchObject([{ expiresAt: null }]);
  expect(await endpointProblem(pool, sealing, name)).toBe(null);
});
