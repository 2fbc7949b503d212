import { describe, expect, test } from 'vitest';
import { parseDatabaseUrl } from './url.ts';

describe('a URL', () => {
  test('names host, user and database', () => {
    expect(
      parseDatabaseUrl(
        'postgres://me:p%40ss%2F%23word@db.example:6432/events?sslmode=verify-full&sslrootcert=/ca.pem',
      ),
    ).toEqual({
      hosts: [{ host: 'db.example', port: 6432 }],
      user: 'me',
      password: 'p@ss/#word',
      database: 'events',
      sslMode: 'verify-full',
      sslRootCert: '/ca.pem',
      sslCert: undefined,
      sslKey: undefined,
      readWrite: false,
      parameters: {},
    });
  });

  test.each([
    ['postgres://db/events', [{ host: 'db', port: 5432 }]],
    ['postgresql:///events', [{ host: 'localhost', port: 5432 }]],
    ['postgres://', [{ host: 'localhost', port: 5432 }]],
    ['postgres://u@[::1]:5433/events', [{ host: '::1', port: 5433 }]],
    [
      'postgres://a,b:5433,[::1]/events',
      [
        { host: 'a', port: 5432 },
        { host: 'b', port: 5433 },
        { host: '::1', port: 5432 },
      ],
    ],
    ['postgres://u@/events?host=/var/run/postgresql', [{ host: '/var/run/postgresql', port: 5432 }]],
    ['postgres:///events?host=/run&port=5433', [{ host: '/run', port: 5433 }]],
    ['postgres://%2Fvar%2Frun/events', [{ host: '/var/run', port: 5432 }]],
    [
      'postgres://u@/events?host=a,b&port=1,2',
      [
        { host: 'a', port: 1 },
        { host: 'b', port: 2 },
      ],
    ],
  ])('%s names the hosts', (url, hosts) => {
    expect(parseDatabaseUrl(url).hosts).toEqual(hosts);
  });

  test("passes the driver's parameters on, and ignores those of libpq that we do not need", () => {
    const { parameters, readWrite } = parseDatabaseUrl(
      'postgres://db/e?statement_timeout=300&channel_binding=require&target_session_attrs=read-write',
    );
    expect(parameters).toEqual({ statement_timeout: '300' });
    expect(readWrite).toBe(true);
  });
});

describe('a text that is not a URL is refused', () => {
  const SECRETS = [
    'pa@sS3cret',
    'pa/sS3cret',
    'pa#sS3cret',
    'pa?sS3cret',
    'pa:x@sS3cret',
    '12#sS3cret',
    '12/sS3cret',
    '12?sS3cret',
    'pa%sS3cret',
    'sS3cret@x@y',
    '12?sslmode=sS3cret',
  ];

  test.each(SECRETS)('with what to escape, and without any part of the password: %s', (password) => {
    let message = '';
    try {
      parseDatabaseUrl(`postgres://user:${password}@db.example:5432/events`);
    } catch (error) {
      message = (error as Error).message;
    }
    expect(message).toContain('must be escaped');
    expect(message).not.toContain('sS3cret');
    expect(message).not.toMatch(/\b12\b/);
  });

  test.each([
    ['mysql://db/events', 'must be a URL such as postgres://'],
    ['', 'must be a URL such as postgres://'],
    ['postgres://db:99999/events', 'has an invalid host or port'],
    ['postgres://db:port/events', 'has an invalid host or port'],
    ['postgres://db/events?sslmod=verify-full', 'has unknown parameters: "sslmod"'],
    ['postgres://db/events?sslmode=on', 'has an sslmode other than disable'],
  ])('%s: %s', (url, words) => {
    expect(() => parseDatabaseUrl(url)).toThrow(words);
  });
});
