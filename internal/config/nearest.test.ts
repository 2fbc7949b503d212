import { expect, test } from 'vitest';
import { nearest } from './nearest.ts';

const NAMES = ['QUEUE_URL', 'QUEUE_NAME', 'DATABASE_URL', 'POLLS', 'AWS_REGION'];

test.each([
  ['QUEU_URL', 'QUEUE_URL'],
  ['QUEUE_URLS', 'QUEUE_URL'],
  ['QEUEU_URL', 'QUEUE_URL'],
  ['queue_url', 'QUEUE_URL'],
  ['DATABSE_URL', 'DATABASE_URL'],
  ['POLL', 'POLLS'],
])('%s was probably meant to be %s', (name, meant) => {
  expect(nearest(name, NAMES)).toBe(meant);
});

test.each(['HOME', 'QUEUE', 'DATABASE', 'XY', 'EDITOR'])('nothing is said to be meant by %s', (name) => {
  expect(nearest(name, NAMES)).toBeUndefined();
});
