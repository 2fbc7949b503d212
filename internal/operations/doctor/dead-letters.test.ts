import { expect, test } from 'vitest';
import { deadLetters } from './dead-letters.ts';

const DAY = 86_400;
const queue = { retentionSeconds: 14 * DAY };

function dead(more: object) {
  return {
    name: 'events-dead-letter',
    visibilityTimeoutSeconds: 30,
    retentionSeconds: 14 * DAY,
    maximumMessageBytes: undefined,
    redrive: undefined,
    visible: 0,
    inFlight: 0,
    delayed: 0,
    ...more,
  };
}

test('none is as it should be', () => {
  expect(deadLetters(queue, dead({}))).toMatchObject({ result: 'ok', detail: 'none in events-dead-letter' });
});

test('some are counted, with what can be known of their age', () => {
  expect(deadLetters(queue, dead({ visible: 2, inFlight: 1 }))).toMatchObject({
    result: 'warn',
    detail: expect.stringMatching(
      /^about 3 messages in events-dead-letter, all first sent within the last 14 days, after which SQS deletes them; .*CloudWatch/,
    ),
    todo: expect.stringContaining('queue redrive'),
  });
  expect(deadLetters(queue, dead({ name: 'd.fifo', visible: 1 })).detail).toContain('all moved there within');
  expect(deadLetters(queue, dead({ visible: 1, retentionSeconds: undefined })).detail).not.toContain(
    'within',
  );
});

test('a retention that is no longer than that of the queue is warned of, unless it is the longest', () => {
  const four = { retentionSeconds: 4 * DAY };
  expect(deadLetters(four, dead(four))).toMatchObject({ result: 'warn' });
  expect(deadLetters(four, dead({ retentionSeconds: 5 * DAY }))).toMatchObject({ result: 'ok' });
});
