import pg from 'pg';
import { StoreError } from '../processor/ports.ts';

/** Class 22 data exception, 23 integrity constraint violation, 21 cardinality violation, 54 program limit exceeded. */
const BAD_ROW_CLASSES = new Set(['21', '22', '23', '54']);

/** The wire protocol was violated: a mistake of this program, which must not be tried again for ever. */
const PROTOCOL_VIOLATION = '08P01';

/** PgBouncer reports its own errors (server gone) as 08P01 with severity FATAL. */
const ENDS_THE_SESSION = 'FATAL';

/** A row of the registry that was there a moment ago is gone: nothing is wrong with the event's own values. */
const FOREIGN_KEY_VIOLATION = '23503';

/** A lock was not granted in time; the statement took too long, most often because it waited for a lock. */
const WAITED_TOO_LONG = new Set(['55P03', '57014']);

/** Two transactions got into each other's way: the same statement, begun anew, goes through. */
const BEGIN_ANEW = new Set(['40001', '40P01']);

/**
 * What an error of the driver means for the batch. PostgreSQL's error classes:
 * https://www.postgresql.org/docs/current/errcodes-appendix.html
 * Whatever is not known to be the fault of a row counts as `unavailable`: nothing is rejected for a reason not understood.
 * So does every error that does not come from PostgreSQL, whatever layer of the connection it comes from: TLS, DNS,
 * a password file. Only mistakes of this program are returned as they are.
 */
export function toStoreError(error: unknown): unknown {
  if (!(error instanceof Error) || isOurMistake(error)) return error;
  return new StoreError(kindOf(error), messageOf(error), sqlStateOf(error), error);
}

function kindOf(error: Error): StoreError['kind'] {
  const sqlState = sqlStateOf(error);
  if (sqlState === undefined || sqlState === FOREIGN_KEY_VIOLATION || isMissingPartition(error))
    return 'unavailable';
  // For a row, PostgreSQL tells where it waited; for a table, there is nothing that another row could do better.
  if (WAITED_TOO_LONG.has(sqlState))
    return (error as pg.DatabaseError).where === undefined ? 'unavailable' : 'blocked';
  return BAD_ROW_CLASSES.has(sqlState.slice(0, 2)) ? 'bad_row' : 'unavailable';
}

/** The five characters PostgreSQL names an error by; undefined when the error does not come from the server. */
export function sqlStateOf(error: unknown): string | undefined {
  return error instanceof pg.DatabaseError ? error.code : undefined;
}

function isOurMistake(error: Error): boolean {
  if (sqlStateOf(error) === PROTOCOL_VIOLATION)
    return (error as pg.DatabaseError).severity !== ENDS_THE_SESSION;
  return [TypeError, RangeError, ReferenceError, SyntaxError].some((kind) => error instanceof kind);
}

/**
 * By what PostgreSQL names with it: its words depend on `lc_messages`. A check constraint would be named as well; and what
 * a trigger raises under this SQLSTATE names no table.
 */
export function isMissingPartition(error: unknown): boolean {
  if (sqlStateOf(error) !== '23514') return false;
  const { constraint, table } = error as pg.DatabaseError;
  return constraint === undefined && table !== undefined;
}

export function isForeignKeyViolation(error: unknown): boolean {
  return sqlStateOf(error) === FOREIGN_KEY_VIOLATION;
}

/** Whether the same statement is worth another try at once. */
export function mayBeginAnew(error: unknown): boolean {
  return BEGIN_ANEW.has(sqlStateOf(error) ?? '');
}

/**
 * Of SQLSTATEs, those that end without anybody's doing on this side: 08 connection exception, 53 insufficient resources,
 * 57P01 to 57P03 the server stops or starts, 57014 and 55P03 a time-out, 58 a system error, 25006 a server that takes no
 * writes, as during a failover.
 */
const PASSING = /^(08|53|58)|^(57P0[123]|57014|55P03|25006)$/;

/** PgBouncer reports all that is its own as 08P01: that it has no server, and also what of the login it refuses. */
const REFUSED_BY_POOLER =
  /unsupported startup parameter|no such (database|user)|auth\w* failed|password|not permitted|SSL required/i;

/** Of what the way to PostgreSQL reports: nobody listens there, no route, no name. The server's own refusals are not among them. */
const PASSING_CODES = new Set(
  'ECONNREFUSED ECONNRESET ECONNABORTED ETIMEDOUT EHOSTUNREACH EHOSTDOWN ENETUNREACH ENETDOWN EPIPE EAI_AGAIN ENOTFOUND READ_ONLY'.split(
    ' ',
  ),
);

const PASSING_WORDS =
  /^(Connection terminated|Client has encountered a connection error|timeout exceeded when trying to connect|Query read timeout|There was an error establishing an SSL connection)/;

/** Whether waiting may help: PostgreSQL is away or has no room, and neither the login nor the configuration is refused. */
export function mayPass(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.length > 0 && error.errors.every(mayPass);
  if (!(error instanceof Error) || isOurMistake(error)) return false;
  const sqlState = sqlStateOf(error);
  if (sqlState !== undefined) return PASSING.test(sqlState) && !REFUSED_BY_POOLER.test(error.message);
  const { code = '', syscall } = error as { code?: string; syscall?: string };
  if (code === 'ENOENT') return syscall === 'connect'; // of a socket that a server makes when it starts
  return PASSING_CODES.has(code) || PASSING_WORDS.test(error.message);
}

/** Of Node's TLS: what the settings of the connection, and not the server, must be changed for. */
const REFUSED_BY_TLS =
  /^(SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_|ERR_TLS_CERT_ALTNAME_INVALID$)/;

/**
 * Whether PostgreSQL, or the way to it, refuses what is configured: user, password, database, TLS, or a file that is named.
 * It may be the cause of the error.
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
