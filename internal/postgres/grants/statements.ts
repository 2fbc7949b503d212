import pg from 'pg';
import type { Belongings, RoleFacts } from './belongings.ts';
import { inTransaction } from '../transaction.ts';
import { kindOf, type Purpose, RELATIONS } from './granted.ts';

export interface Grantee {
  readonly name: string;
  readonly purpose: Purpose;
}

/**
 * Returns the statements that set the rights to what RELATIONS says. Earlier grants are revoked first, in the same
 * transaction, so that a running program notices nothing. Statements that are not needed are left out: they require more
 * rights than the owner of the tables has.
 */
export function grantStatements(
  { database, schema, relations, partitions, functions, openToAll }: Belongings,
  owner: string,
  grantees: readonly Grantee[],
  facts: ReadonlyMap<string, RoleFacts>,
): string[] {
  const quoted = pg.escapeIdentifier;
  const qualified = (name: string) => `${quoted(schema)}.${quoted(name)}`;
  const roles = grantees.map(({ name }) => quoted(name)).join(', ');
  const readers = grantees
    .filter(({ purpose }) => purpose === 'operator' || purpose === 'reader')
    .map(({ name }) => quoted(name));
  const everybody = [owner, ...grantees.map(({ name }) => name)];
  const foreign = [...relations, ...partitions].filter((each) => each.owner !== owner);
  const tables = [...relations.filter(({ name }) => kindOf(name) !== 'sequence'), ...partitions];
  const sequences = relations.filter(({ name }) => kindOf(name) === 'sequence');
  const list = (items: readonly { readonly name: string }[]) =>
    items.map(({ name }) => qualified(name)).join(', ');
  return [
    ...everybody
      .filter((name) => facts.get(name)?.lacksConnect)
      .map((name) => `grant connect on database ${quoted(database)} to ${quoted(name)}`),
    ...everybody
      .filter((name) => facts.get(name)?.lacksUsage)
      .map((name) => `grant usage on schema ${quoted(schema)} to ${quoted(name)}`),
    ...everybody
      .filter((name) => facts.get(name)?.findsSchema === false)
      .map(
        (name) =>
          `alter role ${quoted(name)} in database ${quoted(database)} set search_path to ${quoted(schema)}`,
      ),
    ...(foreign.length > 0 ? [`grant usage, create on schema ${quoted(schema)} to ${quoted(owner)}`] : []),
    ...foreign.map(({ name }) => `alter ${kindOf(name)} ${qualified(name)} owner to ${quoted(owner)}`),
    ...functions
      .filter((each) => each.owner !== owner)
      .map(({ name }) => `alter function ${quoted(schema)}.${name} owner to ${quoted(owner)}`),
    ...(openToAll ? [`revoke create on schema ${quoted(schema)} from public`] : []),
    ...(grantees.length === 0
      ? []
      : [
          `revoke all on table ${list(tables)} from public, ${roles}`,
          ...(sequences.length === 0
            ? []
            : [`revoke all on sequence ${list(sequences)} from public, ${roles}`]),
          ...grantees.flatMap((grantee) => grantsOf(grantee, relations, qualified)),
          `alter default privileges for role ${quoted(owner)} in schema ${quoted(schema)} revoke all on tables from ${roles}`,
        ]),
    // Tables of later migrations can be read at once; the next run grants the other rights on them.
    ...(readers.length === 0
      ? []
      : [
          ...(partitions.length === 0
            ? []
            : [`grant select on table ${list(partitions)} to ${readers.join(', ')}`]),
          `alter default privileges for role ${quoted(owner)} in schema ${quoted(schema)} grant select on tables to ${readers.join(', ')}`,
        ]),
  ];
}

function grantsOf(
  { name: role, purpose }: Grantee,
  relations: Belongings['relations'],
  qualified: (name: string) => string,
): string[] {
  const byRights = new Map<string, string[]>();
  for (const { name } of relations) {
    const rights = RELATIONS[name]?.rights[purpose] ?? [];
    if (rights.length === 0) continue;
    const what = `${rights.join(', ')} on ${kindOf(name) === 'sequence' ? 'sequence' : 'table'}`;
    byRights.set(what, [...(byRights.get(what) ?? []), qualified(name)]);
  }
  return [...byRights].map(
    ([what, names]) => `grant ${what} ${names.join(', ')} to ${pg.escapeIdentifier(role)}`,
  );
}

/** Advisory lock, with an arbitrary number: concurrent changes of the rights on one table would fail. */
const LOCK = 7_203_118_406;

/** Only a change of owner waits for a table. */
const LOCK_TIMEOUT_MS = 2_000;

/** Runs the statements in one transaction. */
export async function runGrants(pool: pg.Pool, statements: readonly string[]): Promise<void> {
  await inTransaction(pool, async (client) => {
    await client.query(`set local lock_timeout = ${LOCK_TIMEOUT_MS}`);
    await client.query('select pg_advisory_xact_lock($1)', [LOCK]);
    for (const statement of statements) await client.query(statement);
  });
}
