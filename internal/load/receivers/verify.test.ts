import { expect, it } from 'vitest';
import { isSigned } from './verify.ts';

// The vector that the libraries of Standard Webhooks share.
const KEY = Buffer.from('MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'base64');
const BODY = Buffer.from('{"test": 2432232314}');
const HEADERS = {
  id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
  timestamp: '1614265330',
  signature: 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
};
const NOW_MS = 1_614_265_330_000;
const OTHER = Buffer.alloc(24, 1);

it('accepts the signature of the specification, with any of the keys and among other signatures', () => {
  expect(isSigned(HEADERS, BODY, [KEY], NOW_MS)).toBe(true);
  expect(isSigned(HEADERS, BODY, [OTHER, KEY], NOW_MS)).toBe(true);
  const signature = `v1a,AAAA v1,AAAA ${HEADERS.signature}`;
  expect(isSigned({ ...HEADERS, signature }, BODY, [KEY], NOW_MS)).toBe(true);
});

it.each([
  ['another body', HEADERS, Buffer.from('{"test":2432232314}'), [KEY], NOW_MS],
  ['another id', { ...HEADERS, id: 'msg_other' }, BODY, [KEY], NOW_MS],
  ['another timestamp', { ...HEADERS, timestamp: '1614265331' }, BODY, [KEY], NOW_MS],
  ['no signature', { ...HEADERS, signature: undefined }, BODY, [KEY], NOW_MS],
  ['no id', { ...HEADERS, id: undefined }, BODY, [KEY], NOW_MS],
  ['a timestamp that is no number', { ...HEADERS, timestamp: 'soon' }, BODY, [KEY], NOW_MS],
  ['another version', { ...HEADERS, signature: HEADERS.signature.replace('v1', 'v2') }, BODY, [KEY], NOW_MS],
  ['another key', HEADERS, BODY, [OTHER], NOW_MS],
  ['a request of more than five minutes ago', HEADERS, BODY, [KEY], NOW_MS + 301_000],
  ['a request from the future', HEADERS, BODY, [KEY], NOW_MS - 301_000],
])('refuses %s', (_, headers, body, keys, nowMs) => {
  expect(isSigned(headers, body, keys, nowMs)).toBe(false);
});
