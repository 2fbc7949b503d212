import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { type DeliveryLine, isSuccess } from '#internal/load/receivers/delivery-ledger.ts';
import type { BooksSnapshot } from '#internal/sender/books.ts';
import type pg from 'pg';
import { endpointOf } from './receivers.ts';

/** What the receivers got, by their ledger. */
interface Got {
  failed: number;
  again: number;
  badSignatures: number;
  /** `endpoint id` of every message that was answered with success. */
  readonly messages: Set<string>;
}

/** What became of the messages. */
export interface Deliveries {
  readonly delivered: number;
  /** Requests that failed; each was followed by another one. */
  readonly failed: number;
  readonly problems: readonly string[];
}

/** Compares the receivers' ledger with the rows in PostgreSQL and with the sender's books. */
export async function judgeDeliveries(
  pool: pg.Pool,
  ledgerPath: string,
  books: BooksSnapshot,
): Promise<Deliveries> {
  const got = await readLedger(ledgerPath);
  const { rows: messages } = await pool.query<{ id: string; tenant: string; client: string }>(
    'select id, tenant_id as tenant, client_id as client from message',
  );
  const { rows: attempts } = await pool.query<{ delivered: number; failed: number }>(
    `select (count(*) filter (where outcome = 'delivered'))::integer as delivered,
            (count(*) filter (where outcome <> 'delivered'))::integer as failed from attempt`,
  );
  const wanted = new Set(messages.map(({ id, tenant, client }) => `${endpointOf(tenant, client)} ${id}`));
  const missing = [...wanted].filter((message) => !got.messages.has(message)).length;
  const phantoms = [...got.messages].filter((message) => !wanted.has(message)).length;
  const pairs: [string, number, number][] = [
    ['messages that no receiver got, found and expected', missing, 0],
    ['messages at receivers that are not theirs, found and expected', phantoms, 0],
    ['requests for messages that were delivered before, found and expected', got.again, 0],
    ['requests with a bad signature, found and expected', got.badSignatures, 0],
    [
      'requests that succeeded and attempts in PostgreSQL that did',
      got.messages.size,
      attempts[0]?.delivered ?? 0,
    ],
    ['requests that failed and attempts in PostgreSQL that did', got.failed, attempts[0]?.failed ?? 0],
    ['messages at receivers and deliveries in the books', got.messages.size, books.delivered],
    ['deliveries given up, found and expected', books.dead, 0],
    ['deliveries still in flight, found and expected', books.inFlight, 0],
  ];
  return {
    delivered: got.messages.size,
    failed: got.failed,
    problems: pairs.filter(([, a, b]) => a !== b).map(([what, a, b]) => `${what}: ${a} and ${b}`),
  };
}

async function readLedger(path: string): Promise<Got> {
  const got: Got = { failed: 0, again: 0, badSignatures: 0, messages: new Set() };
  for await (const text of createInterface({ input: createReadStream(path) })) {
    const { endpoint, id, status, signature } = JSON.parse(text) as DeliveryLine;
    const message = `${endpoint} ${id}`;
    if (signature === 'bad') got.badSignatures += 1;
    if (got.messages.has(message)) got.again += 1;
    if (isSuccess(status)) got.messages.add(message);
    else got.failed += 1;
  }
  return got;
}
