import { type Belongings, belongingsOf, type RoleFacts, roleFacts } from '../postgres/grants/belongings.ts';
import { type Grantee, grantStatements, runGrants } from '../postgres/grants/statements.ts';
import type { Purpose } from '../postgres/grants/granted.ts';
import { type RightsFound, rightsOf } from '../postgres/grants/check-rights.ts';
import pg from 'pg';

/** Names of roles, as given. Without an owner, the tables keep theirs. */
export interface RolesWanted {
  readonly owner?: string;
  readonly processor?: string;
  readonly sender?: string;
  readonly operator?: string;
  readonly reader?: string;
}

interface GrantPlan {
  readonly owner: string;
  readonly grantees: readonly Grantee[];
  /** Without semicolons. */
  readonly statements: readonly string[];
}

/** The rights that a role has in the end. */
export interface Granted extends RightsFound {
  readonly purpose: Purpose;
}

/** A named role cannot be used; the message says what to do. */
export class GrantError extends Error {
  override readonly name = 'GrantError';
}

const PURPOSES = ['processor', 'sender', 'operator', 'reader'] as const;
const MAX_NAME_BYTES = 63;

/**
 * Returns the statements that would give every role its rights; changes nothing.
 * @throws GrantError when a role cannot be used
 */
export async function planGrants(pool: pg.Pool, wanted: RolesWanted): Promise<GrantPlan> {
  const grantees = PURPOSES.flatMap((purpose) => {
    const name = wanted[purpose];
    return name === undefined ? [] : [{ name, purpose }];
  });
  refuseNames([...(wanted.owner === undefined ? [] : [wanted.owner]), ...grantees.map(({ name }) => name)]);
  const found = await belongingsOf(pool);
  const owner = wanted.owner ?? ownerOf(found);
  if (owner === undefined)
    throw new GrantError(
      `the schema ${found.schema} is not migrated yet: first run "npm run admin -- migrate" as the future owner of the tables`,
    );
  if (grantees.some(({ name }) => name === owner))
    throw new GrantError(`${JSON.stringify(owner)} owns the tables and may do everything: name another role`);
  const facts = await roleFacts(pool, [owner, ...grantees.map(({ name }) => name)], {
    owner,
    schema: found.schema,
  });
  refuseRoles(facts, owner);
  const byName = new Map(facts.map((each) => [each.name, each]));
  return { owner, grantees, statements: grantStatements(found, owner, grantees, byName) };
}

/**
 * Runs a plan and returns what each role may do now.
 * @throws GrantError when a role has more rights than the plan gives it
 */
export async function applyGrants(pool: pg.Pool, { statements, grantees }: GrantPlan): Promise<Granted[]> {
  await runGrants(pool, statements);
  const granted: Granted[] = [];
  for (const { name, purpose } of grantees) {
    const rights = await rightsOf(pool, purpose, name);
    if (rights.excess.length > 0)
      throw new GrantError(
        `${JSON.stringify(name)} has more rights than those of a ${purpose}: ${rights.excess.join(', ')}. They come from roles that it is a member of, or from the schema: revoke them there`,
      );
    granted.push({ ...rights, purpose });
  }
  return granted;
}

function ownerOf({ relations }: Belongings): string | undefined {
  return relations.find(({ name }) => name === 'message')?.owner;
}

/** PostgreSQL truncates longer names and reserves some. */
function refuseNames(names: readonly string[]): void {
  if (names.length === 0)
    throw new GrantError('name at least one role: --owner, --processor, --sender, --operator or --reader');
  for (const name of names) {
    if (name === '' || name.includes('\0') || Buffer.byteLength(name) > MAX_NAME_BYTES)
      throw new GrantError(
        `the name of a role must have 1 to ${MAX_NAME_BYTES} bytes: ${JSON.stringify(name)}`,
      );
    if (/^(public|none|pg_.*)$/.test(name))
      throw new GrantError(`${JSON.stringify(name)} is a name that PostgreSQL reserves: name another role`);
  }
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined)
    throw new GrantError(`${JSON.stringify(twice)} is named twice: each purpose needs a role of its own`);
}

function refuseRoles(facts: readonly RoleFacts[], owner: string): void {
  const missing = facts.filter(({ exists }) => !exists).map(({ name }) => name);
  if (missing.length > 0) throw new GrantError(howToCreate(missing));
  for (const { name, superuser, actsAsOwner } of facts.filter((each) => each.name !== owner)) {
    const quoted = pg.escapeIdentifier(name);
    if (superuser)
      throw new GrantError(
        `${JSON.stringify(name)} is a superuser, which no grant limits: run alter role ${quoted} nosuperuser, or name another role`,
      );
    if (actsAsOwner)
      throw new GrantError(
        `${JSON.stringify(name)} is a member of the owner, and may do all that the owner may: run revoke ${pg.escapeIdentifier(owner)} from ${quoted}, or name another role`,
      );
  }
}

/** \password prompts for the password, so that it appears in no command line, history or log. */
function howToCreate(names: readonly string[]): string {
  const lines = names.flatMap((name) => {
    const quoted = pg.escapeIdentifier(name);
    return [`  create role ${quoted} login;`, `  \\password ${quoted}`];
  });
  return [
    `there is no role ${names.map((name) => JSON.stringify(name)).join(', ')}: create it first, in psql, as a user who may create roles:`,
    ...lines,
  ].join('\n');
}
