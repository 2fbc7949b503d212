import pg from 'pg';
import { describe, expect, test } from 'vitest';
import { StoreError } from '../processor/ports.ts';
import {
  isDatabaseError,
  isForeignKeyViolation,
  isMisconfigured,
  isMissingPartition,
  mayBeginAnew,
  mayPass,
  messageOf,
  sqlStateOf,
  toStoreError,
} from './errors.ts';
import { explainDatabaseError } from './explain.ts';

const URL = 'postgres://user:secret@db.example:5433/events';

function fromServer(code: string, more: Partial<pg.DatabaseError> = {}): pg.DatabaseError {
  return Object.assign(new pg.DatabaseError('words of the server', 1, 'error'), { code, ...more });
}

function withCode(message: string, code: string): Error {
  return Object.assign(new Error(message), { code });
}

/** Errors of the driver when PostgreSQL cannot be reached, by layer. */
const AWAY: readonly (readonly [string, Error])[] = [
  ['refused', Object.assign(withCode('connect ECONNREFUSED', 'ECONNREFUSED'), { syscall: 'connect' })],
  ['refused by every address', new AggregateError([withCode('connect ECONNREFUSED ::1', 'ECONNREFUSED')])],
  ['DNS', Object.assign(withCode('getaddrinfo ENOTFOUND db', 'ENOTFOUND'), { syscall: 'getaddrinfo' })],
  ['a certificate that is not trusted', withCode('self-signed certificate', 'DEPTH_ZERO_SELF_SIGNED_CERT')],
  ['a certificate that has expired', withCode('certificate has expired', 'CERT_HAS_EXPIRED')],
  ['a certificate for another host', withCode('Hostname/IP does not match', 'ERR_TLS_CERT_ALTNAME_INVALID')],
  ['TLS', withCode('wrong version number', 'ERR_SSL_WRONG_VERSION_NUMBER')],
  ['no TLS', new Error('The server does not support SSL connections')],
  ['a postmaster that cannot fork', new Error('There was an error establishing an SSL connection')],
  [
    'a missing certificate file',
    Object.assign(withCode('ENOENT: no such file', 'ENOENT'), { syscall: 'open' }),
  ],
  ['a connection that ended', new Error('Connection terminated unexpectedly')],
  ['a connection that broke', new Error('Client has encountered a connection error and is not queryable')],
  ['no connection in time', new Error('timeout exceeded when trying to connect')],
  ['no answer in time', new Error('Query read timeout')],
  ['no password', new Error('SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string')],
  ['an unknown error', new Error('what is this')],
];

describe('what an error means for a batch', () => {
  test.each(AWAY)('%s is PostgreSQL being away, whatever the layer', (_, error) => {
    expect(toStoreError(error)).toMatchObject({ kind: 'unavailable', sqlState: undefined, cause: error });
  });

  test.each([
    ['a refused password', '28P01'],
    ['a login that is not allowed', '28000'],
    ['too many connections', '53300'],
    ['a full disk', '53100'],
    ['a shutdown', '57P01'],
    ['a start', '57P03'],
    ['a read-only database', '25006'],
    ['a missing right', '42501'],
    ['a missing table', '42P01'],
    ['a registry row that is gone', '23503'],
    ['a serialization failure that lasts', '40001'],
  ])('%s (%s) rejects nothing', (_, code) => {
    expect(toStoreError(fromServer(code))).toMatchObject({ kind: 'unavailable', sqlState: code });
  });

  test.each(['55P03', '57014'])(
    'a wait for a row that took too long (%s) blocks only events that need that row',
    (code) => {
      const error = fromServer(code, { where: 'while locking tuple (0,3) in relation "client"' });
      expect(toStoreError(error)).toMatchObject({ kind: 'blocked', sqlState: code });
      expect(toStoreError(fromServer(code))).toMatchObject({ kind: 'unavailable', sqlState: code });
    },
  );

  test.each(['21000', '22P02', '22P05', '22003', '23505', '23514', '54000'])(
    "%s is a row's fault",
    (code) => {
      expect(toStoreError(fromServer(code))).toMatchObject({ kind: 'bad_row', sqlState: code });
    },
  );

  test.each([
    new TypeError('x is not a function'),
    new SyntaxError('Unexpected token'),
    fromServer('08P01'),
    'not even an error',
  ])('a bug of ours is returned unchanged: %s', (error) => {
    expect(toStoreError(error)).toBe(error);
    expect(isDatabaseError(error)).toBe(false);
  });

  test("a text that becomes too long for the engine is a row's fault, and never ends the process", () => {
    const error = new RangeError('Invalid string length');
    expect(toStoreError(error)).toMatchObject({ kind: 'bad_row', sqlState: undefined, cause: error });
  });

  test('what PgBouncer says of itself is PostgreSQL being away', () => {
    const error = fromServer('08P01', { severity: 'FATAL' });
    expect(toStoreError(error)).toBeInstanceOf(StoreError);
  });
});

test.each(AWAY.slice(0, -1))(
  '%s is recognized as an error of PostgreSQL, and explained without the password',
  (_, error) => {
    expect(isDatabaseError(error)).toBe(true);
    expect(explainDatabaseError(error, URL)).not.toContain('secret');
  },
);

test("a missing partition is recognized whatever the server's language", () => {
  const german = fromServer('23514', {
    message: 'keine Partition von Relation »message« gefunden',
    table: 'message',
  });
  expect(isMissingPartition(german)).toBe(true);
  expect(toStoreError(german)).toMatchObject({ kind: 'unavailable' });
  const check = fromServer('23514', { constraint: 'rejection_reason_check', table: 'rejection' });
  expect(isMissingPartition(check)).toBe(false);
  expect(isMissingPartition(fromServer('23514', { message: 'raised by a trigger' }))).toBe(false);
});

test('a deadlock and a serialization failure are worth an immediate retry', () => {
  expect(['40001', '40P01', '55P03', '53300'].map((code) => mayBeginAnew(fromServer(code)))).toEqual([
    true,
    true,
    false,
    false,
  ]);
});

test('a start waits for errors that pass by themselves, and for none that an operator must fix', () => {
  const waitedFor = AWAY.filter(([, error]) => mayPass(error)).map(([name]) => name);
  expect(waitedFor).toEqual([
    'refused',
    'refused by every address',
    'DNS',
    'a postmaster that cannot fork',
    'a connection that ended',
    'a connection that broke',
    'no connection in time',
    'no answer in time',
  ]);
  const states = ['57P03', '57P01', '53300', '53100', '08006', '08P01', '25006', '58030'];
  const refusals = ['28P01', '28000', '3D000', '42501', '42P01', '22P02', '23505', '0A000', 'XX000'];
  const passing = [...states, ...refusals].filter((state) =>
    mayPass(fromServer(state, state === '08P01' ? { severity: 'FATAL' } : {})),
  );
  expect(passing).toEqual(states);
  expect(mayPass(fromServer('08P01'))).toBe(false);
  const fromPooler = (message: string) => mayPass(fromServer('08P01', { severity: 'FATAL', message }));
  expect(
    ['query_wait_timeout', 'server login has been failing', 'pgbouncer cannot connect'].map(fromPooler),
  ).toEqual([true, true, true]);
  expect(
    ['unsupported startup parameter: statement_timeout', 'no such database: x', 'auth failed'].map(
      fromPooler,
    ),
  ).toEqual([false, false, false]);
  expect(mayPass(Object.assign(withCode('connect ENOENT', 'ENOENT'), { syscall: 'connect' }))).toBe(true);
  expect(mayPass(new TypeError('our mistake'))).toBe(false);
});

test('a start does not wait when one of several addresses refuses for good', () => {
  const refused = withCode('connect ECONNREFUSED ::1', 'ECONNREFUSED');
  expect(mayPass(new AggregateError([refused, refused]))).toBe(true);
  expect(mayPass(new AggregateError([refused, withCode('bad certificate', 'CERT_HAS_EXPIRED')]))).toBe(false);
  expect(mayPass(new AggregateError([]))).toBe(false);
});

test('a SQLSTATE comes only from the server, not from the code of a socket', () => {
  expect(sqlStateOf(fromServer('23505'))).toBe('23505');
  expect(sqlStateOf(withCode('connect ECONNREFUSED', 'ECONNREFUSED'))).toBeUndefined();
  expect(sqlStateOf(undefined)).toBeUndefined();
});

test('a foreign key violation is told from other violations', () => {
  expect(['23503', '23505', '23514'].map((code) => isForeignKeyViolation(fromServer(code)))).toEqual([
    true,
    false,
    false,
  ]);
});

test('the message for several refused addresses lists that of each', () => {
  const refused = ['::1', '127.0.0.1'].map((address) => new Error(`connect ECONNREFUSED ${address}`));
  expect(messageOf(new AggregateError(refused))).toBe(
    'connect ECONNREFUSED ::1, connect ECONNREFUSED 127.0.0.1',
  );
  expect(messageOf(new AggregateError(refused, 'all refused'))).toBe('all refused');
});

describe('an error of configuration', () => {
  test.each<[string, Error]>([
    ['a wrong password', fromServer('28P01')],
    ['no TLS, which is required', fromServer('28000')],
    ['a missing database', fromServer('3D000')],
    ['a certificate that is not trusted', withCode('self-signed certificate', 'DEPTH_ZERO_SELF_SIGNED_CERT')],
    ['a missing file', Object.assign(withCode('ENOENT', 'ENOENT'), { syscall: 'open' })],
    ['one of these as a cause', new Error('sentence', { cause: fromServer('28P01') })],
    ['a pooler that knows no such database', fromServer('08P01', { message: 'no such database: x' })],
  ])('is %s', (_, error) => {
    expect(isMisconfigured(error)).toBe(true);
  });

  test.each<[string, Error]>([
    ['a server that is away', withCode('connect ECONNREFUSED', 'ECONNREFUSED')],
    ['a full server', fromServer('53300')],
    ['a missing right', fromServer('42501')],
    ['a certificate that has expired', withCode('certificate has expired', 'CERT_HAS_EXPIRED')],
    ['a pooler without a server', fromServer('08P01', { message: 'server closed the connection' })],
  ])('is not %s', (_, error) => {
    expect(isMisconfigured(error)).toBe(false);
  });
});
