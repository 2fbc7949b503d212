import pg from 'pg';
import { StoreError } from '../event/storing.ts';

/** Class 22 data exception, 23 integrity constraint violation, 21 cardinality violation, 54 program limit exceeded. */
const BAD_ROW_CLASSES = new Set(['21', '22', '23', '54']);

/** The wire protocol was violated: a mistake of this program, which must not be tried again for ever. */
const PROTOCOL_VIOLATION = '08P01';

/** PgBouncer has no other SQLSTATE for what it says itself, such as that PostgreSQL is gone; it says so as FATAL. */
const ENDS_THE_SESSION = 'FATAL';

/** A row of the registry that was there a moment ago is gone: nothing is wrong with the event's own values. */
const FOREIGN_KEY_VIOLATION = '23503';

const NO_PARTITION = /^no partition of relation/;

/**
 * What an error means for the batch. PostgreSQL's error classes: https://www.postgresql.org/docs/current/errcodes-appendix.html
 * Whatever is not known to be the fault of a row counts as `unavailable`: nothing is rejected for a reason not understood.
 * Errors of the program itself come back as they are.
 */
export function toStoreError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const sqlState = sqlStateOf(error);
  if (isProtocolViolation(error)) return error;
  if (sqlState === undefined && !isConnectionError(error)) return error;
  const rowIsBad =
    sqlState !== undefined && sqlState !== FOREIGN_KEY_VIOLATION && BAD_ROW_CLASSES.has(sqlState.slice(0, 2));
  return new StoreError(rowIsBad ? 'bad_row' : 'unavailable', messageOf(error), sqlState, error);
}

/** The five characters PostgreSQL names an error by; undefined when the error does not come from the server. */
export function sqlStateOf(error: unknown): string | undefined {
  return error instanceof pg.DatabaseError ? error.code : undefined;
}

function isProtocolViolation(error: Error): boolean {
  return (
    sqlStateOf(error) === PROTOCOL_VIOLATION && (error as pg.DatabaseError).severity !== ENDS_THE_SESSION
  );
}

export function isMissingPartition(error: unknown): boolean {
  return sqlStateOf(error) === '23514' && NO_PARTITION.test((error as Error).message);
}

export function isForeignKeyViolation(error: unknown): boolean {
  return sqlStateOf(error) === FOREIGN_KEY_VIOLATION;
}

// pg has no error classes of its own for these; the words are those of pg and pg-pool 8.
const CONNECTION_WORDS =
  /^(Connection terminated|Client has encountered a connection error|timeout exceeded when trying to connect|Query read timeout|Client was closed|The server does not support SSL|Cannot use a pool after calling end)/;

function isConnectionError(error: Error): boolean {
  return 'syscall' in error || error instanceof AggregateError || CONNECTION_WORDS.test(error.message);
}

// Node reports a refused connection to a host with several addresses as an AggregateError without a message.
function messageOf(error: Error): string {
  if (error instanceof AggregateError && error.message === '')
    return error.errors.map((each) => messageOf(each as Error)).join(', ');
  return error.message;
}

/** One sentence on why PostgreSQL cannot be used and what to do; never the password. */
export function explainDatabaseError(error: unknown, databaseUrl: string): string {
  const where = describeUrl(databaseUrl);
  const sqlState = sqlStateOf(error);
  const message = error instanceof Error ? messageOf(error) : String(error);
  if (sqlState === '28P01')
    return `PostgreSQL at ${where} refused the password: check user and password in DATABASE_URL`;
  if (sqlState?.startsWith('28'))
    return `PostgreSQL at ${where} refused the login (${message}): check DATABASE_URL and pg_hba.conf`;
  if (sqlState === '3D000')
    return `there is no such database at ${where}: create it, or correct DATABASE_URL`;
  if (sqlState === '42501')
    return `the PostgreSQL user lacks a right (${message}) at ${where}: grant it, or use another user`;
  if (sqlState === '42P01')
    return `a table is missing (${message}) at ${where}: run "npm run admin -- migrate"`;
  if (sqlState === '53300')
    return `PostgreSQL at ${where} has no connection to spare: raise max_connections or use fewer`;
  const refused = /^unsupported startup parameter: (\w+)/.exec(message)?.[1];
  if (refused !== undefined)
    return `the PgBouncer at ${where} refuses the setting ${refused}: add "ignore_startup_parameters = ${refused}" to its configuration`;
  if (sqlState !== undefined) return `PostgreSQL at ${where} answered: ${message} (SQLSTATE ${sqlState})`;
  return `PostgreSQL at ${where} cannot be reached (${message}): check that it runs and that DATABASE_URL is right`;
}

function describeUrl(databaseUrl: string): string {
  if (!URL.canParse(databaseUrl)) return 'the configured address';
  const url = new URL(databaseUrl);
  return `${url.hostname || 'localhost'}:${url.port || '5432'}${url.pathname}`;
}
