import { expect, test } from 'vitest';
import { createDatabase } from '../proof/kit/database.ts';
import { readChores, writeChore } from './chores.ts';
import { inTransaction } from './transaction.ts';

test('a chore is due if it never ran, and afterwards at the time written last', async () => {
  await using database = await createDatabase();
  await database.pool.query('delete from housekeeping');
  await inTransaction(database.pool, async (client) => {
    await writeChore(client, 'heal', { dueInMs: 60_000, position: 'half' });
    const before = await readChores(client, { heal: 60_000, look: 60_000 });
    expect(before('look')).toEqual({ dueInMs: 0, position: null });
    expect(before('heal').position).toBe('half');
    expect(before('heal').dueInMs).toBeGreaterThan(0);
    expect(before('heal').dueInMs).toBeLessThanOrEqual(60_000);
    await writeChore(client, 'heal', { dueInMs: -1_000 });
    const after = await readChores(client, { heal: 60_000 });
    expect(after('heal').position).toBeNull();
    expect(after('heal').dueInMs).toBeLessThanOrEqual(-1_000);
  });
});

test.each([`now() + interval '61 seconds'`, `'infinity'`])(
  'a chore that is due at %s, further ahead than it is ever put, is due',
  async (time) => {
    await using database = await createDatabase();
    await database.pool.query(`update housekeeping set due_at = ${time}`);
    await inTransaction(database.pool, async (client) => {
      const chore = await readChores(client, { heal: 60_000, look: 120_000 });
      expect(chore('heal').dueInMs).toBe(0);
      expect(chore('look').dueInMs > 0).toBe(time !== `'infinity'`);
    });
  },
);
