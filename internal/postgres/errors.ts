import pg from 'pg';
import { StoreError } from '../processor/ports.ts';

/** Class 22 data exception, 23 integrity constraint violation, 21 cardinality violation, 54 program limit exceeded. */
const BAD_ROW_CLASSES = new Set(['21', '22', '23', '54']);

/** The wire protocol was violated: a bug in this program, which must not be retried for ever. */
const PROTOCOL_VIOLATION = '08P01';

/** PgBouncer reports its own errors (server gone) as 08P01 with severity FATAL. */
const ENDS_THE_SESSION = 'FATAL';

/** A registry row was removed a moment ago: nothing is wrong with the event's own values. */
const FOREIGN_KEY_VIOLATION = '23503';

/** A lock was not granted in time; the statement took too long, most often because it waited for a lock. */
const WAITED_TOO_LONG = new Set(['55P03', '57014']);

/** Serialization failure and deadlock: the same statement succeeds when it is retried. */
const BEGIN_ANEW = new Set(['40001', '40P01']);

/**
 * Translates an error of the driver into what it means for the batch. PostgreSQL's error classes:
 * https://www.postgresql.org/docs/current/errcodes-appendix.html
 * An error that is not known to be the fault of a row counts as `unavailable`: nothing is rejected for an unknown reason.
 * So does every error that does not come from PostgreSQL, whatever layer of the connection it comes from: TLS, DNS,
 * a password file. Only bugs in this program are returned unchanged. A RangeError is the fault of a row: a text or a buffer
 * would become too long, and that must not end the process.
 */
export function toStoreError(error: unknown): unknown {
  if (error instanceof RangeError)
    return new StoreError('bad_row', `no statement can be made of it: ${error.message}`, undefined, error);
  if (!(error instanceof Error) || isOurMistake(error)) return error;
  return new StoreError(kindOf(error), messageOf(error), sqlStateOf(error), error);
}

function kindOf(error: Error): StoreError['kind'] {
  const sqlState = sqlStateOf(error);
  if (sqlState === undefined || sqlState === FOREIGN_KEY_VIOLATION || isMissingPartition(error))
    return 'unavailable';
  // PostgreSQL reports `where` only for a wait for a row. A wait for a table would block every other row, too.
  if (WAITED_TOO_LONG.has(sqlState))
    return (error as pg.DatabaseError).where === undefined ? 'unavailable' : 'blocked';
  return BAD_ROW_CLASSES.has(sqlState.slice(0, 2)) ? 'bad_row' : 'unavailable';
}

/** Returns PostgreSQL's five-character code of an error; undefined when the error does not come from the server. */
export function sqlStateOf(error: unknown): string | undefined {
  return error instanceof pg.DatabaseError ? error.code : undefined;
}

function isOurMistake(error: Error): boolean {
  if (sqlStateOf(error) === PROTOCOL_VIOLATION)
    return (error as pg.DatabaseError).severity !== ENDS_THE_SESSION;
  return [TypeError, RangeError, ReferenceError, SyntaxError].some((kind) => error instanceof kind);
}

/**
 * Unlike a failed check, it names no constraint; unlike what a trigger raises under this SQLSTATE, it names the table. The
 * message is no help: it depends on `lc_messages`.
 */
export function isMissingPartition(error: unknown): boolean {
  if (sqlStateOf(error) !== '23514') return false;
  const { constraint, table } = error as pg.DatabaseError;
  return constraint === undefined && table !== undefined;
}

export function isForeignKeyViolation(error: unknown): boolean {
  return sqlStateOf(error) === FOREIGN_KEY_VIOLATION;
}

/** Whether the same statement is worth an immediate retry. */
export function mayBeginAnew(error: unknown): boolean {
  return BEGIN_ANEW.has(sqlStateOf(error) ?? '');
}

/**
 * SQLSTATEs of conditions that pass without action on this side: 08 connection exception, 53 insufficient resources,
 * 57P01 to 57P03 the server stops or starts, 57014 and 55P03 a time-out, 58 a system error, 25006 a server that takes no
 * writes, as during a failover.
 */
const PASSING = /^(08|53|58)|^(57P0[123]|57014|55P03|25006)$/;

/** PgBouncer reports all its own errors as 08P01: that it has no server, which passes, and these refusals of a login. */
const REFUSED_BY_POOLER =
  /unsupported startup parameter|no such (database|user)|auth\w* failed|password|not permitted|SSL required/i;

/** Network errors on the way to PostgreSQL: nothing listens, no route, no such name. Refusals by the server are not included. */
const PASSING_CODES = new Set(
  'ECONNREFUSED ECONNRESET ECONNABORTED ETIMEDOUT EHOSTUNREACH EHOSTDOWN ENETUNREACH ENETDOWN EPIPE EAI_AGAIN ENOTFOUND READ_ONLY'.split(
    ' ',
  ),
);

const PASSING_WORDS =
  /^(Connection terminated|Client has encountered a connection error|timeout exceeded when trying to connect|Query read timeout|There was an error establishing an SSL connection)/;

/** Whether waiting may help: PostgreSQL is unavailable or out of resources, and refuses neither login nor configuration. */
export function mayPass(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.length > 0 && error.errors.every(mayPass);
  if (!(error instanceof Error) || isOurMistake(error)) return false;
  const sqlState = sqlStateOf(error);
  if (sqlState !== undefined) return PASSING.test(sqlState) && !REFUSED_BY_POOLER.test(error.message);
  const { code = '', syscall } = error as { code?: string; syscall?: string };
  if (code === 'ENOENT') return syscall === 'connect'; // a Unix socket, which the server creates when it starts
  return PASSING_CODES.has(code) || PASSING_WORDS.test(error.message);
}

/** Codes of Node's TLS for errors that require a change of the connection's settings, not of the server. */
const REFUSED_BY_TLS =
  /^(SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_|ERR_TLS_CERT_ALTNAME_INVALID$)/;

/**
 * Whether the error, or its cause, is one of configuration: PostgreSQL, or the way to it, refuses user, password, database,
 * TLS, or a file that is named.
 */
export function isMisconfigured(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const sqlState = sqlStateOf(error);
  if (sqlState !== undefined)
    return (
      sqlState.startsWith('28') ||
      sqlState === '3D000' ||
      (sqlState === PROTOCOL_VIOLATION &&
        /no such (database|user)|auth\w* failed|password|SSL required/i.test(error.message))
    );
  const { code = '', syscall } = error as { code?: string; syscall?: string };
  const refused =
    syscall === 'open' ||
    REFUSED_BY_TLS.test(code) ||
    /^The server does not support SSL|client password must be a string/.test(error.message);
  return refused || isMisconfigured(error.cause);
}

// pg has no error classes of its own for these; the words are those of pg and pg-pool 8.
const CONNECTION_WORDS =
  /^(Connection terminated|Client has encountered a connection error|timeout exceeded when trying to connect|Query read timeout|Client was closed|The server does not support SSL|There was an error establishing an SSL connection|Cannot use a pool after calling end|SASL: )/;

/** Whether an error comes from PostgreSQL or from the way to it: sockets, DNS and TLS give their errors a code. */
export function isDatabaseError(error: unknown): boolean {
  if (!(error instanceof Error) || isOurMistake(error)) return false;
  return 'code' in error || error instanceof AggregateError || CONNECTION_WORDS.test(error.message);
}

// Node reports a refused connection to a host with several addresses as an AggregateError without a message.
export function messageOf(error: Error): string {
  if (error instanceof AggregateError && error.message === '')
    return error.errors.map((each) => messageOf(each as Error)).join(', ');
  return error.message;
}
