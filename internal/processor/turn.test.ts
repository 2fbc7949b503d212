import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import { Turn } from './turn.ts';

test('a turn is over after 20 ms of work, and the next one begins with the next turn of the event loop', async () => {
  const now = vi.spyOn(performance, 'now');
  try {
    const turn = new Turn();
    now.mockReturnValue(1_000);
    expect(turn.isOver).toBe(false);
    now.mockReturnValue(1_019);
    expect(turn.isOver).toBe(false);
    now.mockReturnValue(1_020);
    expect(turn.isOver).toBe(true);
    await nextTurn();
    expect(turn.isOver).toBe(false);
  } finally {
    now.mockRestore();
  }
});
