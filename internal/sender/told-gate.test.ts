import { expect, test } from 'vitest';
import { ToldGate } from './told-gate.ts';

test('an outage is one line when it begins and one when the last caller gets through again', async () => {
  const told: string[] = [];
  const line = (_fields: object, message: string) => void told.push(message);
  const gate = new ToldGate({ info: line, warn: line });
  const [one, other] = [{}, {}];
  const away = new Error('away');
  gate.succeeded(one);
  await gate.failed(one, away, AbortSignal.abort());
  await gate.failed(other, away, AbortSignal.abort());
  expect(told).toEqual(['PostgreSQL is away; no request begins until it is back']);
  gate.succeeded(one);
  gate.succeeded(one);
  expect(told).toHaveLength(1);
  gate.succeeded(other);
  expect(told.slice(1)).toEqual(['PostgreSQL is back']);
});
