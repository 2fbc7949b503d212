import type pg from 'pg';
import { uuid7Milliseconds } from '../../event/uuid7.ts';
import type { DeliveryKey, Owner, Results } from '../../sender/ports.ts';
import { textArray, uuidArray } from '../binary-arrays.ts';
import { isMissingPartition } from '../errors.ts';
import { makePartitionsFor } from '../partitions.ts';
import type { PreparedStatement } from '../prepared-statement.ts';

type Column = Buffer | string | null;

/**
 * Writes results. Returns the shards that were lost, for whose endpoints nothing but facts was written.
 * @param statement RECORD_STATEMENT
 * @param timeline of the last horizon: on another one, marks are left alone
 */
export async function record(
  pool: pg.Pool,
  statement: PreparedStatement,
  { owner, timeline }: { readonly owner: Owner; readonly timeline: string | undefined },
  results: Results,
): Promise<number[]> {
  const values = [owner.id, ...columnsOf(results), timeline ?? null];
  const run = async () => (await statement.run<{ lost: number }>(pool, values)).map(({ lost }) => lost);
  try {
    return await run();
  } catch (error) {
    if (!isMissingPartition(error)) throw error;
    const times = results.facts.map((fact) => uuid7Milliseconds(fact.id));
    await makePartitionsFor(pool, times, ['attempt']);
    return run();
  }
}

/** In the order of the statement's parameters, from the second on. */
function columnsOf({ held, facts, ...given }: Results): Column[] {
  const settled = lastOf(given.settled, keyOf);
  const gone = new Set(settled.map(keyOf));
  const retries = lastOf(given.retries, keyOf).filter((retry) => !gone.has(keyOf(retry)));
  const dead = lastOf(given.dead, keyOf);
  const marks = lastOf(given.marks, ({ endpoint }) => endpoint);
  const disabled = lastOf(given.disabled, ({ endpoint }) => endpoint);
  const endpoints = new Set(
    [...retries, ...settled, ...dead, ...marks, ...disabled].map((each) => each.endpoint),
  );
  return [
    numbers(held, ({ id }) => id),
    numbers(held, ({ epoch }) => epoch),
    numbers([...endpoints], (endpoint) => endpoint),

    uuids(facts, ({ id }) => id),
    numbers(facts, ({ endpoint }) => endpoint),
    uuids(facts, ({ messageId }) => messageId),
    numbers(facts, ({ unit }) => unit),
    numbers(facts, ({ number }) => number),
    texts(facts, ({ outcome }) => outcome),
    numbers(facts, ({ status }) => status),
    texts(facts, ({ error }) => error),
    texts(facts, ({ response }) => response),
    numbers(facts, ({ milliseconds }) => Math.round(milliseconds)),
    texts(facts, ({ bodyDigest }) => bodyDigest),

    ...keysOf(retries),
    numbers(retries, ({ dueAtMs }) => dueAtMs),
    numbers(retries, ({ attempts }) => attempts),
    numbers(retries, ({ firstFailedAtMs }) => firstFailedAtMs),
    numbers(retries, ({ lastStatus }) => lastStatus),
    texts(retries, ({ lastError }) => lastError),

    ...keysOf(settled),

    ...keysOf(dead),
    numbers(dead, ({ diedAtMs }) => diedAtMs),
    numbers(dead, ({ attempts }) => attempts),
    texts(dead, ({ reason }) => reason),
    numbers(dead, ({ lastStatus }) => lastStatus),
    texts(dead, ({ lastError }) => lastError),

    numbers(marks, ({ endpoint }) => endpoint),
    numbers(marks, ({ xid }) => xid),
    uuids(marks, ({ factsFrom }) => factsFrom),
    numbers(marks, ({ lastSuccessAtMs }) => lastSuccessAtMs),
    numbers(marks, ({ failingSinceMs }) => failingSinceMs),
    numbers(marks, ({ failures }) => failures),

    numbers(disabled, ({ endpoint }) => endpoint),
    texts(disabled, ({ reason }) => reason),
  ];
}

function keysOf(rows: readonly DeliveryKey[]): Column[] {
  return [
    numbers(rows, ({ endpoint }) => endpoint),
    numbers(rows, ({ unit }) => unit),
    uuids(rows, ({ messageId }) => messageId),
  ];
}

function keyOf({ endpoint, unit, messageId }: DeliveryKey): string {
  return `${endpoint}/${unit}/${messageId}`;
}

/** Of several rows with the same key, the last one. */
function lastOf<Row>(rows: readonly Row[], keyOfRow: (row: Row) => unknown): readonly Row[] {
  if (rows.length < 2) return rows;
  return [...new Map(rows.map((row) => [keyOfRow(row), row])).values()];
}

function numbers<Row>(rows: readonly Row[], of: (row: Row) => number | bigint | undefined): Buffer {
  return texts(rows, (row) => of(row)?.toString());
}

function texts<Row>(rows: readonly Row[], of: (row: Row) => string | undefined): Buffer {
  return textArray(rows.map((row) => of(row) ?? null));
}

function uuids<Row>(rows: readonly Row[], of: (row: Row) => string): Buffer {
  return uuidArray(rows.map(of));
}
