import { expect, test } from 'vitest';
import { clockFinding } from './clock.ts';

test.each([0, 3, -4.9, 5.4])('%d s are nothing to worry about', (seconds) => {
  expect(clockFinding('SQS', { seconds, withinSeconds: 0.5 })).toMatchObject({ result: 'ok' });
});

test('more are warned of, with why it matters', () => {
  expect(clockFinding('PostgreSQL', { seconds: 40, withinSeconds: 0.01 })).toMatchObject({
    result: 'warn',
    detail: expect.stringMatching(/^this machine is 40 s behind PostgreSQL: .*partition of their day/),
  });
  expect(clockFinding('PostgreSQL', { seconds: -86_400 * 3, withinSeconds: 0.01 })).toMatchObject({
    result: 'warn',
    detail: expect.stringContaining('3 days ahead of PostgreSQL'),
  });
  expect(clockFinding('SQS', { seconds: -120, withinSeconds: 1 })).toMatchObject({
    result: 'warn',
    detail: expect.stringMatching(/^this machine is 2 minutes ahead of SQS: .*5 minutes off/),
  });
});

test('five minutes against SQS keep every call from being accepted', () => {
  expect(clockFinding('SQS', { seconds: 302, withinSeconds: 1 })).toMatchObject({ result: 'fail' });
  expect(clockFinding('SQS', { seconds: 300, withinSeconds: 1 })).toMatchObject({ result: 'warn' });
});

test('an offset that is known badly is not a wrong clock', () => {
  expect(clockFinding('PostgreSQL', { seconds: 8, withinSeconds: 4 })).toMatchObject({ result: 'ok' });
});

test('a server that does not tell its time is passed over', () => {
  expect(clockFinding('SQS', undefined)).toMatchObject({ result: 'skipped' });
});
