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

/**
 * The state of chores. One that has no row is due; and so is one whose time is further ahead than it is ever put, by the
 * milliseconds that are given with its name: PostgreSQL's clock has stepped back since, or somebody wrote it by hand.
 */
export async function readChores<C extends Chore>(
  client: pg.ClientBase,
  longestMs: Readonly<Record<C, number>>,
): Promise<(chore: C) => ChoreState> {
  const { rows } = await client.query<ChoreState & { chore: C }>(
    `select chore, position,
            case when isfinite(due_at) then (extract(epoch from due_at - clock_timestamp()) * 1000)::float8 else 0 end as "dueInMs"
       from housekeeping where chore = any($1)`,
    [Object.keys(longestMs)],
  );
  const states = new Map(rows.map((row) => [row.chore, row]));
  return (chore) => {
    const { dueInMs, position } = states.get(chore) ?? NEVER_RUN;
    return { dueInMs: dueInMs > longestMs[chore] ? 0 : dueInMs, position };
  };
}

/** How far a run is that takes several turns; null when none is under way. */
export async function readPosition(client: pg.ClientBase, chore: Chore): Promise<string | null> {
  const { rows } = await client.query<Pick<ChoreState, 'position'>>(
    'select position from housekeeping where chore = $1',
    [chore],
  );
  return rows[0]?.position ?? null;
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
