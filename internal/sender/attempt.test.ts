import { expect, test } from 'vitest';
import { endpointOf, messageOf } from '../proof/kit/delivery-rows.ts';
import { effectsOf } from './attempt.ts';
import type { Item } from './item.ts';
import { judge } from './outcome.ts';
import type { WireAnswer } from './wire/ports.ts';

const NOW_MS = 1_800_000_000_000;
const ITEM: Item = {
  endpoint: 1,
  unit: 0,
  messageId: 'a',
  window: undefined,
  retry: undefined,
  message: messageOf({}, 'a'),
};

function after(status: number, retryAfter: string | undefined, isProbe: boolean) {
  const answer: WireAnswer = { kind: 'response', status, retryAfter, location: undefined, text: undefined };
  const verdict = judge(answer, NOW_MS);
  if (verdict.kind === 'stopped') throw new Error('a response stops nothing');
  const request = { id: 'id', digest: '', answer, milliseconds: 5, isProbe, backOffSeconds: 1 };
  return effectsOf(ITEM, endpointOf({ retrySeconds: [] }, 1), request, verdict, NOW_MS);
}

test('the pause that an endpoint asks for holds although the delivery has used up its attempts', () => {
  expect(after(503, '3', false)).toMatchObject({
    dead: { reason: 'attempts' },
    pausedUntilMs: NOW_MS + 3_000,
  });
});

test('a probe uses up no attempt, not even the only one', () => {
  expect(after(503, undefined, false)).toMatchObject({ dead: { attempts: 1 }, retry: undefined });
  expect(after(503, undefined, true)).toMatchObject({ dead: undefined, retry: { attempts: 0 } });
});
