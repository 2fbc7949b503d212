import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { Books } from './books.ts';
import { logProgress } from './progress-line.ts';

beforeEach(() => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
});

function start() {
  const lines: object[] = [];
  const note = (fields: object) => lines.push(fields);
  const sources = { books: new Books(), oldestHeldSeconds: 0 };
  const progress = logProgress(sources, { debug: note, info: note, warn: note, error: note }, 60);
  onTestFinished(() => progress[Symbol.dispose]());
  return { lines, sources, books: sources.books, progress };
}

test('tells of each interval alone what became of events in it', () => {
  const { lines, books } = start();
  books.stored = 10;
  books.rejectedByReason.malformed_json = 2;
  books.released = 1;
  vi.advanceTimersByTime(60_000);
  books.stored = 15;
  books.duplicates = 4;
  vi.advanceTimersByTime(60_000);
  const nothing = { stored: 0, duplicates: 0, rejected: 0, released: 0 };
  const rest = { inFlight: 0, oldestHeldSeconds: 0, seconds: 60 };
  expect(lines).toEqual([
    { ...nothing, stored: 10, rejected: 2, released: 1, ...rest },
    { ...nothing, stored: 5, duplicates: 4, ...rest },
  ]);
});

test('says nothing as long as nothing happens', () => {
  const { lines, books } = start();
  vi.advanceTimersByTime(600_000);
  expect(lines).toEqual([]);
  books.stored = 1;
  vi.advanceTimersByTime(600_000);
  expect(lines).toHaveLength(1);
});

test('events that are held and go nowhere show, with the age of the oldest', () => {
  const { lines, sources } = start();
  sources.books.inFlight = 7;
  sources.oldestHeldSeconds = 61.234;
  vi.advanceTimersByTime(120_000);
  expect(lines).toHaveLength(2);
  expect(lines[0]).toMatchObject({ stored: 0, inFlight: 7, oldestHeldSeconds: 61.2 });
});

test('ends when it is disposed of', () => {
  const { lines, books, progress } = start();
  progress[Symbol.dispose]();
  books.stored = 1;
  vi.advanceTimersByTime(60_000);
  expect(lines).toEqual([]);
});
