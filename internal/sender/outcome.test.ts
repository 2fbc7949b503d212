import { describe, expect, test } from 'vitest';
import { judge, type Verdict } from './outcome.ts';
import type { WireFailure } from './wire/ports.ts';

const NOW = Date.parse('1994-11-06T08:49:37Z');

function answered(status: number, retryAfter?: string, location?: string): Verdict {
  return judge({ kind: 'response', status, retryAfter, location, text: undefined }, NOW);
}

function failed(failure: WireFailure, message = 'why'): Verdict {
  return judge({ kind: 'failure', failure, message }, NOW);
}

function retry(error: string, more: object = {}): object {
  const nothing = { connection: false, overloaded: false, minSeconds: undefined, pauseSeconds: undefined };
  return { kind: 'retry', ...nothing, error, ...more };
}

function expectedKind(status: number): Verdict['kind'] {
  if (status >= 200 && status < 300) return 'delivered';
  if ([413, 414, 415, 431].includes(status)) return 'refused';
  if (status === 410) return 'gone';
  return status === 429 ? 'throttled' : 'retry';
}

test('every status has its verdict, and an error that can be stored', () => {
  for (const status of [0, 99, 600, 999, ...Array.from({ length: 500 }, (_, i) => 100 + i)]) {
    const verdict = answered(status);
    expect([status, verdict.kind]).toEqual([status, expectedKind(status)]);
    expect('error' in verdict ? verdict.error : String(status)).toContain(String(status));
  }
});

describe('a status', () => {
  test.each([400, 401, 403, 404, 408, 409, 421, 422, 425, 500, 501, 505, 599, 100, 199, 600])(
    '%i is tried again on schedule, whatever Retry-After says',
    (status) => {
      expect(answered(status, '7')).toEqual(retry(`status: answered ${status}`));
    },
  );

  test.each([502, 503, 504])('%i is tried again, and pauses the endpoint where it asks for it', (status) => {
    const error = `status: answered ${status}`;
    expect(answered(status)).toEqual(retry(error, { overloaded: true }));
    expect(answered(status, 'soon')).toEqual(retry(error, { overloaded: true }));
    const pause = { overloaded: true, minSeconds: 7, pauseSeconds: 7 };
    expect(answered(status, '7')).toEqual(retry(error, pause));
    expect(answered(status, 'Sun, 06 Nov 1994 08:49:44 GMT')).toEqual(retry(error, pause));
  });

  test.each([
    ['7', 7, ', and to wait for 7 s'],
    ['99999999', 3_600, ', and to wait for 3600 s'],
    ['-1', undefined, ''],
    [undefined, undefined, ''],
  ])('429 pauses the endpoint and uses up no attempt: Retry-After %j', (header, pauseSeconds, words) => {
    expect(answered(429, header)).toEqual({
      kind: 'throttled',
      pauseSeconds,
      error: `throttled: answered 429${words}`,
    });
  });

  test.each([301, 302, 303, 307, 308])('%i is not followed, and its error says what to set', (status) => {
    expect(answered(status, undefined, 'https://www.example.test/hook')).toEqual(
      retry(
        `redirect: answered ${status}, which is not followed; set the URL to https://www.example.test/hook`,
      ),
    );
  });

  test.each([undefined, ''])('of a redirect without a target (%j) has an error of its own', (location) => {
    expect(answered(304, undefined, location)).toEqual(
      retry('redirect: answered 304, which is not followed'),
    );
  });
});

describe('a failure', () => {
  test.each(['dns', 'connect', 'tls', 'reset', 'protocol'] as const)('%s is tried again', (failure) => {
    expect(failed(failure)).toEqual(retry(`${failure}: why`, { connection: true }));
  });

  test('timeout also says that the endpoint is overloaded', () => {
    expect(failed('timeout')).toEqual(retry('timeout: why', { connection: true, overloaded: true }));
  });

  test.each(['blocked_address', 'bad_url'] as const)('%s is tried again after 5 minutes', (failure) => {
    expect(failed(failure)).toEqual(retry(`${failure}: why`, { connection: true, minSeconds: 300 }));
  });

  test('of our own stopping says nothing about the delivery', () => {
    expect(failed('stopped')).toEqual({ kind: 'stopped' });
  });
});

test.each(['x'.repeat(100_000), '\u0000', `${'x'.repeat(290)}\u{1F600}${'\u{1F600}'.repeat(99)}`, '\uD800'])(
  'what a server sends makes no error that cannot be stored',
  (hostile) => {
    for (const verdict of [answered(302, hostile, hostile), answered(503, hostile), failed('tls', hostile)]) {
      const error = 'error' in verdict ? verdict.error : '';
      expect(error.length).toBeLessThanOrEqual(300);
      expect(error.isWellFormed() && !error.includes('\u0000')).toBe(true);
      expect(error).toMatch(/^(?:redirect|status|tls): /);
    }
  },
);
