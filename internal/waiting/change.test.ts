import { describe, expect, test } from 'vitest';
import { Change } from './change.ts';

const turn = () => new Promise((resolve) => setImmediate(resolve));

function follow(wait: Promise<void>): { woken: boolean } {
  const followed = { woken: false };
  void wait.then(() => (followed.woken = true));
  return followed;
}

describe('a change', () => {
  test('wakes all that wait for it', async () => {
    const change = new Change();
    const waiters = [follow(change.next()), follow(change.next())];
    await turn();
    expect(waiters.map(({ woken }) => woken)).toEqual([false, false]);
    change.wake();
    await turn();
    expect(waiters.map(({ woken }) => woken)).toEqual([true, true]);
  });

  test('that came before wakes nobody who waits for the next', async () => {
    const change = new Change();
    change.wake();
    const waiter = follow(change.next());
    await turn();
    expect(waiter.woken).toBe(false);
  });

  test('wakes a waiter once, who has to wait again for the next', async () => {
    const change = new Change();
    const first = follow(change.next());
    change.wake();
    await turn();
    const second = follow(change.next());
    await turn();
    expect([first.woken, second.woken]).toEqual([true, false]);
  });
});

test('a signal that aborts ends the wait, at once when it has aborted already', async () => {
  const change = new Change();
  const end = new AbortController();
  const [waiter, other] = [follow(change.next(end.signal)), follow(change.next())];
  end.abort();
  const late = follow(change.next(end.signal));
  await turn();
  expect([waiter.woken, late.woken, other.woken]).toEqual([true, true, false]);
});
