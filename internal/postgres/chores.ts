import type pg from 'pg';

/** Work that runs once per database; each chore has a row in `housekeeping`. */
type Chore = 'heal' | 'look' | 'sweep' | 'retention';

interface ChoreState {
  /** Milliseconds until it is due; 0 or less when it is. By PostgreSQL's clock, so that all processors agree. */
  readonly dueInMs: number;
  /** Progress of a run that takes several turns; null when no run is in progress. */
  readonly position: string | null;
}

const NEVER_RUN: ChoreState = { dueInMs: 0, position: null };

/** Reads the states of chores; a chore without a row is due. */
export async function readChores(
  client: pg.ClientBase,
  chores: readonly Chore[],
): Promise<(chore: Chore) => ChoreState> {
  const { rows } = await client.query<ChoreState & { chore: Chore }>(
    `select chore, position, (extract(epoch from due_at - clock_timestamp()) * 1000)::float8 as "dueInMs"
       from housekeeping where chore = any($1)`,
    [chores],
  );
  const states = new Map(rows.map((row) => [row.chore, row]));
  return (chore) => states.get(chore) ?? NEVER_RUN;
}

/** Records the progress of a chore, and when it is due next. */
export async function writeChore(
  client: pg.ClientBase,
  chore: Chore,
  { dueInMs, position = null }: { readonly dueInMs: number; readonly position?: string | null },
): Promise<void> {
  await client.query(
    `insert into housekeeping (chore, due_at, position)
     values ($1, clock_timestamp() + $2 * interval '1 millisecond', $3)
         on conflict (chore) do update set due_at = excluded.due_at, position = excluded.position`,
    [chore, dueInMs, position],
  );
}
