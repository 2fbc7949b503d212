import pg from 'pg';
import { expect, test } from 'vitest';
import { StoreError } from '../processor/ports.ts';
import { sqlStateOf } from './errors.ts';
import { explainDatabaseError, explainStoreError } from './explain.ts';
import { NoPartitionError } from './partitions.ts';

const URL = 'postgres://user:secret@db.example:5433/events';

function fromServer(code: string, message = 'words'): Error {
  return Object.assign(new pg.DatabaseError(message, 1, 'error'), { code });
}

function withCode(code: string, more: object = {}): Error {
  return Object.assign(new Error('words'), { code, ...more });
}

test.each([
  [fromServer('28P01'), /refused the password.*PGPASSFILE/],
  [
    fromServer('28000', 'no pg_hba.conf entry for host "1.2.3.4", user "u", database "d", no encryption'),
    /requires TLS.*sslrootcert/,
  ],
  [fromServer('28000', 'role "u" does not exist'), /refused the login \(role "u" does not exist\)/],
  [fromServer('3D000'), /no such database at db\.example:5433\/events/],
  [fromServer('42501'), /lacks a right/],
  [fromServer('42P01'), /npm run admin -- migrate/],
  [fromServer('53300'), /max_connections/],
  [fromServer('25006'), /takes no writes.*target_session_attrs/],
  [fromServer('XX000'), /answered: words \(SQLSTATE XX000\)/],
  [
    fromServer('08P01', 'unsupported startup parameter: statement_timeout'),
    /ignore_startup_parameters = statement_timeout/,
  ],
  [
    withCode('SELF_SIGNED_CERT_IN_CHAIN'),
    /certificate of PostgreSQL at db\.example:5433\/events is refused.*sslrootcert/,
  ],
  [withCode('UNABLE_TO_GET_ISSUER_CERT_LOCALLY'), /sslrootcert/],
  [withCode('CERT_HAS_EXPIRED'), /has expired/],
  [withCode('ERR_TLS_CERT_ALTNAME_INVALID'), /for another host.*verify-ca/],
  [
    withCode('ENOENT', { syscall: 'open', path: '/ca.pem' }),
    /a file that DATABASE_URL names cannot be read \(ENOENT \/ca\.pem\)/,
  ],
  [new Error('The server does not support SSL connections'), /has no TLS/],
  [
    new Error('SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string'),
    /requires a password, and there is none/,
  ],
  [withCode('ECONNREFUSED'), /cannot be reached \(words\)/],
])('%s is explained with what to do', (error, sentence) => {
  const told = explainDatabaseError(error, URL);
  expect(told).toMatch(sentence);
  expect(told).not.toContain('secret');
  expect(told).not.toContain('\n');
});

test('names several hosts, and copes with an address that cannot be parsed', () => {
  expect(explainDatabaseError(withCode('ECONNREFUSED'), 'postgres://a,[::1]:5433/e')).toContain(
    'a:5432 or [::1]:5433/e',
  );
  expect(explainDatabaseError(withCode('ECONNREFUSED'), 'postgres://u:pa@ss@h/e')).toContain(
    'the configured address',
  );
});

test.each([
  [fromServer('25006'), /takes no writes.*\(SQLSTATE 25006\)$/],
  [
    fromServer('42501', 'permission denied for table rejection'),
    /lacks a right.*rejection.*\(SQLSTATE 42501\)$/,
  ],
  [fromServer('53100'), /answered: words \(SQLSTATE 53100\)$/],
  [
    withCode('ECONNREFUSED'),
    /cannot be reached \(words\): check that it runs and that DATABASE_URL is right$/,
  ],
])('an error of the store is explained with its SQLSTATE, if it has one', (cause, sentence) => {
  const error = new StoreError('unavailable', cause.message, sqlStateOf(cause), cause);
  expect(explainStoreError(error, URL)).toMatch(sentence);
});

test('what keeps a day from its partition is told as it is: the server can be reached', () => {
  const error = new NoPartitionError('the table message has no partition for 2030-01-01: run this');
  const thrown = new StoreError('unavailable', error.message, undefined, error);
  expect(explainStoreError(thrown, URL)).toBe(error.message);
});

test('what a trigger raises is told with where, and with how it refuses a single row', () => {
  const error = Object.assign(fromServer('P0001', 'closed on Sundays'), {
    where: 'PL/pgSQL function no_sundays() line 1 at RAISE\nmore',
  });
  expect(explainDatabaseError(error, URL)).toMatch(
    /\(closed on Sundays; PL\/pgSQL function no_sundays\(\) line 1 at RAISE, SQLSTATE P0001\).*check_violation$/,
  );
});
