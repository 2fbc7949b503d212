import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CATEGORIES } from './categories.ts';
import { expectationOf } from './expectation.ts';
import { outcomesOf } from './observe.ts';
import { Rig, type Verdict } from './rig.ts';

/** A category takes a second or two, and much longer on a busy machine. */
const TIMEOUT_MS = 120_000;

let rig: Rig;

beforeAll(async () => {
  rig = await Rig.open();
});

afterAll(() => rig[Symbol.asyncDispose]());

describe.each(CATEGORIES)('$title', ({ cases }) => {
  let verdicts: Verdict[];

  beforeAll(async () => {
    verdicts = await rig.decide(cases);
  }, TIMEOUT_MS);

  test.each(cases.map((input, position) => [input.name, input, position] as const))(
    '%s',
    (_name, input, position) => {
      const { answer, observed, rejections, goodEvent } = verdicts[position] as Verdict;
      expect(goodEvent).toBe('stored');
      if (answer.kind === 'refused_by_sqs' && input.serversDiffer === true) return;
      expect(observed).toEqual(expectationOf(input, answer));
      expect(rejections).toBe(outcomesOf(input).filter(({ kind }) => kind === 'rejected').length);
    },
  );
});

describe('after all cases', () => {
  test('the processor counted what the cases expect, event for event, and ends well', async () => {
    expect(await rig.booksAtEnd()).toMatchObject({ ...rig.books, balanced: true, inFlight: 0 });
  });

  test('the log is one JSON object per line, whatever the events held', () => {
    for (const line of rig.log) expect(JSON.parse(line)).toMatchObject({ level: expect.any(String) });
  });
});
