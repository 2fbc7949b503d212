import { expect, test } from 'vitest';
import { sentence } from './event-or-refusal.ts';
import { plainEvent } from './plain.ts';

test('a refusal for which no reason is found says so, and was an empty text or an error', () => {
  expect(sentence(plainEvent.safeParse({ event_type: 'a', client_id: 'c', message: 1 }))).toBe(
    'it is refused, and what is wrong with it was not found, for an error of ours',
  );
  expect(sentence(plainEvent.safeParse({ event_type: 'a', client_id: 'c' }))).toBe(
    'message: expected any JSON value, it is missing',
  );
});
