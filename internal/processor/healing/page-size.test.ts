import { expect, test } from 'vitest';
import { PageSize } from './page-size.ts';

function times(count: number, does: () => void): void {
  for (let i = 0; i < count; i += 1) does();
}

test('grows while full pages are quick, up to its bound', () => {
  const size = new PageSize();
  times(20, () => size.took(10, size.limits.rejections));
  expect(size.limits.rejections).toBe(1_000);
});

test('does not grow by pages that were not full: they tell nothing of full ones', () => {
  const size = new PageSize();
  const before = size.limits.rejections;
  times(20, () => size.took(1, 3));
  expect(size.limits.rejections).toBe(before);
});

test('shrinks while pages are slow, and keeps a few', () => {
  const size = new PageSize();
  times(20, () => size.took(2_000, size.limits.rejections));
  expect(size.limits.rejections).toBe(20);
});

test('comes down to one task by failures, and back by successes', () => {
  const size = new PageSize();
  times(10, () => size.failed());
  expect(size.limits.tasks).toBe(1);
  times(10, () => size.took(10, 1));
  expect(size.limits.tasks).toBe(200);
});
