import type pg from 'pg';
import { StoreError } from '../processor/ports.ts';
import { DeliveryStoreError } from '../sender/ports.ts';
import { messageOf, sqlStateOf } from './errors.ts';
import { NoPartitionError } from './partitions.ts';
import { type Host, parseDatabaseUrl } from './url.ts';

/** Explanations by SQLSTATE, with what to do; `where` is the server and the database. */
const BY_SQLSTATE: Readonly<Record<string, (where: string, message: string) => string>> = {
  '28P01': (where) =>
    `PostgreSQL at ${where} refused the password: check user and password in DATABASE_URL, or PGPASSWORD, or the file that PGPASSFILE names`,
  '3D000': (where) => `there is no such database at ${where}: create it, or correct DATABASE_URL`,
  '42501': (where, message) =>
    `the PostgreSQL user lacks a right (${message}) at ${where}: grant it, or use another user`,
  '42P01': (where, message) => `a table is missing (${message}) at ${where}: run "npm run admin -- migrate"`,
  '53300': (where) => `PostgreSQL at ${where} has no free connection: raise max_connections or use fewer`,
  '25006': (where) =>
    `PostgreSQL at ${where} takes no writes: it is a replica, or read-only by a setting; with several hosts, target_session_attrs=read-write finds the one that does`,
};

const ROOT_CERT =
  'set sslmode=verify-full&sslrootcert=FILE in DATABASE_URL, with the file of the authority that signed it (docs/operations.md names those of RDS, Cloud SQL and Azure)';

/** Explanations by the code of Node's TLS or of OpenSSL's verification. */
const BY_TLS_CODE: Readonly<Record<string, string>> = {
  SELF_SIGNED_CERT_IN_CHAIN: `its authority is not trusted: ${ROOT_CERT}`,
  UNABLE_TO_GET_ISSUER_CERT: `its authority is not known: ${ROOT_CERT}`,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: `its authority is not known: ${ROOT_CERT}`,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: `its authority is not known: ${ROOT_CERT}`,
  DEPTH_ZERO_SELF_SIGNED_CERT: `it is self-signed: ${ROOT_CERT}`,
  CERT_HAS_EXPIRED: 'it has expired: renew it on the server',
  CERT_NOT_YET_VALID: 'it is not valid yet: check the clocks',
  ERR_TLS_CERT_ALTNAME_INVALID:
    'it is for another host: put its name into DATABASE_URL, or use sslmode=verify-ca when it has none, as with Cloud SQL',
};

/** Returns one sentence on why PostgreSQL cannot be used and what to do. It never contains the password. */
export function explainDatabaseError(error: unknown, databaseUrl: string): string {
  if (error instanceof NoPartitionError) return error.message;
  const where = describeUrl(databaseUrl);
  const sqlState = sqlStateOf(error);
  const message = error instanceof Error ? messageOf(error) : String(error);
  const refused = /^unsupported startup parameter: (\w+)/.exec(message)?.[1];
  if (refused !== undefined)
    return `the PgBouncer at ${where} refuses the setting ${refused}: add "ignore_startup_parameters = ${refused}" to its configuration`;
  if (sqlState?.startsWith('28') && /no encryption|SSL off/i.test(message))
    return `PostgreSQL at ${where} requires TLS: ${ROOT_CERT}`;
  const known = BY_SQLSTATE[sqlState ?? ''];
  if (known !== undefined) return known(where, message);
  if (sqlState?.startsWith('28'))
    return `PostgreSQL at ${where} refused the login (${message}): check DATABASE_URL and pg_hba.conf`;
  if (sqlState?.startsWith('P0')) return raised(error as pg.DatabaseError, where);
  if (sqlState !== undefined) return `PostgreSQL at ${where} answered: ${message} (SQLSTATE ${sqlState})`;
  return withoutAnswer(error, where, message);
}

/** Class P0: a trigger of whoever shares the database, say. It may be of one row or of all, and PostgreSQL does not tell. */
function raised({ message, code, where: context }: pg.DatabaseError, where: string): string {
  const place = context?.split('\n', 1)[0];
  const said = place === undefined ? message : `${message}; ${place}`;
  return `a trigger or function in the database at ${where} refuses what is stored (${said}, SQLSTATE ${code}): all events wait until it does not; one that is to refuse single rows raises them with the errcode check_violation`;
}

/** The same for an error of a store, with the SQLSTATE: one sentence on why it takes nothing. */
export function explainStoreError(error: Error, databaseUrl: string): string {
  const isOfStore = error instanceof StoreError || error instanceof DeliveryStoreError;
  const cause = isOfStore ? (error.cause ?? error) : error;
  const sentence = explainDatabaseError(cause, databaseUrl);
  const sqlState = error instanceof StoreError ? error.sqlState : sqlStateOf(cause);
  if (sqlState === undefined || sentence.includes(`SQLSTATE ${sqlState}`)) return sentence;
  return `${sentence} (SQLSTATE ${sqlState})`;
}

/** Explains an error that did not come from the server. */
function withoutAnswer(error: unknown, where: string, message: string): string {
  const { code = '', syscall, path } = error as { code?: string; syscall?: string; path?: string };
  const tls = BY_TLS_CODE[code];
  if (tls !== undefined) return `the certificate of PostgreSQL at ${where} is refused (${message}): ${tls}`;
  if (/does not support SSL/.test(message))
    return `PostgreSQL at ${where} has no TLS: turn it on there, or leave sslmode out of DATABASE_URL`;
  if (syscall === 'open')
    return `a file that DATABASE_URL names cannot be read (${code} ${path ?? ''}): correct sslrootcert, sslcert or sslkey, or make the file readable for this user`;
  if (/client password must be a string|SASL/.test(message))
    return `PostgreSQL at ${where} requires a password, and there is none: put it into DATABASE_URL, PGPASSWORD, or the file that PGPASSFILE names`;
  return `PostgreSQL at ${where} cannot be reached (${message}): check that it runs and that DATABASE_URL is right`;
}

function describeUrl(databaseUrl: string): string {
  try {
    const { hosts, database } = parseDatabaseUrl(databaseUrl);
    return `${hosts.map(nameOf).join(' or ')}/${database ?? ''}`;
  } catch {
    return 'the configured address';
  }
}

function nameOf({ host, port }: Host): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}
