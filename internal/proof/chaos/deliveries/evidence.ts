import type pg from 'pg';
import type { BooksSnapshot } from '#internal/sender/books.ts';
import type { Window } from './deliveries.ts';
import type { Got } from './got.ts';
import type { Target } from './target.ts';

/** A row of message. */
export interface StoredMessage {
  readonly id: string;
  readonly tenant: string;
  readonly client: string;
  readonly type: string;
  readonly event: string;
  readonly source: string;
  readonly payload: unknown;
  /** When its transaction was committed, in milliseconds since 1970. */
  readonly committedMs: number;
}

/** A row of attempt. */
export interface Fact {
  readonly endpoint: number;
  readonly message: string;
  readonly unit: number;
  readonly outcome: string;
  readonly status: number | null;
  readonly error: string | null;
  readonly digest: string | null;
}

/** What deliveries left in PostgreSQL. */
interface Rows {
  readonly messages: readonly StoredMessage[];
  /** For each tenant and client, the messages in the order of their commits. */
  readonly lanes: ReadonlyMap<string, readonly string[]>;
  readonly facts: readonly Fact[];
  /** `<endpoint> <message>` of deliveries that were given up. */
  readonly dead: ReadonlySet<string>;
  readonly retries: number;
}

/** All that the checks compare. */
export interface DeliveryEvidence extends Rows {
  readonly got: readonly Got[];
  readonly targets: readonly Target[];
  readonly excused: readonly Window[];
  readonly frozen: readonly Window[];
  /** Whether faults of the round make deliveries die. */
  readonly mayDie: boolean;
  /** Connections that came to an address that must not be dialled. */
  readonly forbidden: number;
  /** Of the senders that ended in order. */
  readonly books: readonly (BooksSnapshot & { readonly balanced: boolean })[];
  /** Whether all senders ended in order. */
  readonly allEnded: boolean;
}

/** Names the lane of a client. */
export function laneOf({ tenant, client }: { readonly tenant: string; readonly client: string }): string {
  return `${tenant} ${client}`;
}

/** Names a delivery. */
export function pairOf(endpoint: number, message: string | null): string {
  return `${endpoint} ${message}`;
}

export async function readMessages(pool: pg.Pool): Promise<StoredMessage[]> {
  const { rows } = await pool.query<StoredMessage>(
    `select id, tenant_id as tenant, client_id as client, event_type as type, event_id as event, source, payload,
            (extract(epoch from pg_xact_commit_timestamp(xmin)) * 1000)::float8 as "committedMs"
       from message`,
  );
  return rows;
}

export async function readDeliveryRows(pool: pg.Pool): Promise<Rows> {
  const messages = await readMessages(pool);
  const { rows: lanes } = await pool.query<{ tenant: string; client: string; ids: string[] }>(
    'select tenant_id as tenant, client_id as client, ids from lane order by xid',
  );
  const { rows: facts } = await pool.query<Fact>(
    `select endpoint::float8 as endpoint, message_id as message, unit::float8 as unit, outcome, status, error,
            encode(body_digest, 'hex') as digest
       from attempt`,
  );
  const { rows: dead } = await pool.query<{ endpoint: number; message: string }>(
    'select endpoint::float8 as endpoint, message_id as message from dead',
  );
  const inOrder = new Map<string, string[]>();
  for (const lane of lanes)
    inOrder.set(laneOf(lane), [...(inOrder.get(laneOf(lane)) ?? []), ...lane.ids.toSorted()]);
  return {
    messages,
    lanes: inOrder,
    facts,
    dead: new Set(dead.map(({ endpoint, message }) => pairOf(endpoint, message))),
    retries: await countRetries(pool),
  };
}

export async function countRetries(pool: pg.Pool): Promise<number> {
  const { rows } = await pool.query<{ count: number }>('select count(*)::integer as count from retry');
  return rows[0]?.count ?? 0;
}
