import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { columnsOf } from '#internal/terminal/columns.ts';
import { StreamingTable } from '#internal/terminal/streaming-table.ts';
import { wrappedLines } from '#internal/terminal/text-width.ts';
import type pg from 'pg';
import type { BooksSnapshot } from '#internal/processor/books.ts';
import type { LedgerLine } from '#internal/load/ledger.ts';
import type { Deliveries } from './deliveries.ts';

/** The outcomes of the sends, by the producers' ledger. */
interface Sent {
  readonly accepted: number;
  readonly unanswered: number;
  readonly acceptedBad: number;
  /** `tenant id` of every event that must be stored. */
  readonly mustBeStored: Set<string>;
}

interface Run {
  /** The processor's. */
  readonly books: BooksSnapshot;
  /** From the first event to the empty queue. */
  readonly seconds: number;
  /** Undefined when nothing was to be delivered. */
  readonly deliveries: Deliveries | undefined;
}

interface Verdict {
  readonly sent: number;
  readonly stored: number;
  readonly duplicates: number;
  readonly rejected: number;
  readonly delivered?: number;
  /** Requests that receivers answered with an error; each was followed by another one. */
  readonly failedRequests?: number;
  readonly seconds: number;
  readonly eventsPerSecond: number;
  readonly balanced: boolean;
}

/** Compares the books with the producers' ledger and with the rows in PostgreSQL, and prints the result. */
export async function judge(pool: pg.Pool, ledgerPath: string, run: Run): Promise<Verdict> {
  const { books, seconds, deliveries } = run;
  const sent = await readLedger(ledgerPath);
  const problems = [...(await findProblems(pool, sent, books)), ...(deliveries?.problems ?? [])];
  process.stdout.write(tableOf(sent, run));
  if (problems.length === 0) {
    const delivered = deliveries === undefined ? '' : ', and each message at its receiver';
    process.stdout.write(`The books balance: what was sent is in PostgreSQL, each event once${delivered}.\n`);
  } else {
    const list = problems.map((problem) => `  - ${problem}\n`).join('');
    process.stdout.write(wrappedLines(`The books do NOT balance:\n${list}`, columnsOf()));
  }
  return {
    sent: sent.accepted,
    stored: books.stored,
    duplicates: books.duplicates,
    rejected: books.rejected,
    ...(deliveries === undefined
      ? {}
      : { delivered: deliveries.delivered, failedRequests: deliveries.failed }),
    seconds: Math.round(seconds * 100) / 100,
    eventsPerSecond: Math.round(sent.accepted / seconds),
    balanced: problems.length === 0,
  };
}

async function readLedger(path: string): Promise<Sent> {
  const sent = { accepted: 0, unanswered: 0, acceptedBad: 0, mustBeStored: new Set<string>() };
  for await (const text of createInterface({ input: createReadStream(path) })) {
    const { id, tenant, kind, outcome } = JSON.parse(text) as LedgerLine;
    if (outcome === 'unknown') sent.unanswered += 1;
    if (outcome !== 'ok') continue;
    sent.accepted += 1;
    if (kind === 'bad') sent.acceptedBad += 1;
    else sent.mustBeStored.add(`${tenant} ${id}`);
  }
  return sent;
}

async function findProblems(pool: pg.Pool, sent: Sent, books: BooksSnapshot): Promise<string[]> {
  const { rows: messages } = await pool.query<{ identity: string }>(
    "select tenant_id || ' ' || event_id as identity from message",
  );
  const { rows: reasons } = await pool.query<{ reason: string; count: number }>(
    'select reason, count(*)::integer as count from rejection group by reason',
  );
  const stored = new Set(messages.map(({ identity }) => identity));
  const rejectionRows = reasons.reduce((sum, { count }) => sum + count, 0);
  const missing = [...sent.mustBeStored].filter((identity) => !stored.has(identity)).length;
  const phantoms = [...stored].filter((identity) => !sent.mustBeStored.has(identity)).length;
  const wanted: [string, number, number][] = [
    ['events sent and events received', sent.accepted, books.received],
    ['events received and outcomes', books.received, books.stored + books.duplicates + books.rejected],
    ['events still in flight, found and expected', books.inFlight, 0],
    ['sends without an answer, found and expected', sent.unanswered, 0],
    ['events stored and rows of message', books.stored, messages.length],
    ['rows of message and different events in them', messages.length, stored.size],
    ['events rejected and rows of rejection', books.rejected, rejectionRows],
    ['bad events sent and events rejected', sent.acceptedBad, books.rejected],
    ['events sent that are not in PostgreSQL, found and expected', missing, 0],
    ['events in PostgreSQL that were not sent, found and expected', phantoms, 0],
    ...reasons.map(({ reason, count }): [string, number, number] => [
      `rejections for ${reason} in PostgreSQL and in the books`,
      count,
      books.rejectedByReason[reason as keyof typeof books.rejectedByReason],
    ]),
  ];
  return wanted.filter(([, a, b]) => a !== b).map(([what, a, b]) => `${what}: ${a} and ${b}`);
}

function tableOf(sent: Sent, { books, seconds, deliveries }: Run): string {
  const rows: [string, number | string][] = [
    ['sent', sent.accepted],
    ['stored', books.stored],
    ['duplicate', books.duplicates],
    ['rejected', books.rejected],
    ...Object.entries(books.rejectedByReason)
      .filter(([, count]) => count > 0)
      .map(([reason, count]): [string, number] => [`  ${reason}`, count]),
    ...(deliveries === undefined
      ? []
      : ([
          ['delivered', deliveries.delivered],
          ['  failed requests', deliveries.failed],
        ] as [string, number][])),
    ['seconds', seconds.toFixed(1)],
    ['events/s', Math.round(sent.accepted / seconds)],
  ];
  const table = new StreamingTable<[string, number | string]>(
    [
      { title: '', value: ([what]) => what },
      { title: 'events', value: ([, count]) => count, right: true },
    ],
    columnsOf(),
  );
  return table.page(rows) + table.end();
}
