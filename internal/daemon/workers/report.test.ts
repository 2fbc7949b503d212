import { expect, test } from 'vitest';
import { addReport, addReportOfTheDead, NOTHING_REPORTED, type Report } from './report.ts';

const report: Report = {
  numbers: { taken: 10, done: 8, refusedByReason: { late: 2, broken: 0 } },
  held: 2,
  balanced: true,
};

test('numbers add up by name, and one level down by label', () => {
  const other = { ...report, numbers: { taken: 1, refusedByReason: { broken: 3 }, tried: 5 } };
  expect(addReport(addReport(NOTHING_REPORTED, report), other)).toEqual({
    numbers: { taken: 11, done: 8, refusedByReason: { late: 2, broken: 3 }, tried: 5 },
    held: 4,
    balanced: true,
    abandoned: 0,
  });
});

test('adding changes neither of the two', () => {
  const total = addReport(NOTHING_REPORTED, report);
  addReport(total, report);
  expect(total.numbers).toEqual(report.numbers);
  expect(NOTHING_REPORTED.numbers).toEqual({});
});

test('what a dead worker held is abandoned, not held', () => {
  const total = addReportOfTheDead(addReport(NOTHING_REPORTED, report), report);
  expect(total).toMatchObject({ numbers: { taken: 20 }, held: 2, abandoned: 2 });
});

test('one worker whose numbers do not agree is enough for the total not to', () => {
  const total = addReport(NOTHING_REPORTED, { ...report, balanced: false });
  expect(addReport(total, report).balanced).toBe(false);
});
