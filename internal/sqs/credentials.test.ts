import { expect, test } from 'vitest';
import { type Credentials, FreshCredentials } from './credentials.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/** Credentials of a file that is rewritten, a clock, and how often the file was read. */
function setup(first: Credentials) {
  const state = { now: 0, file: first as Credentials | Error, reads: 0 };
  const fresh = new FreshCredentials(
    () => async () => {
      state.reads += 1;
      if (state.file instanceof Error) throw state.file;
      return { ...state.file };
    },
    () => state.now,
  );
  return { state, fresh };
}

const OLD: Credentials = { accessKeyId: 'OLD', secretAccessKey: 's' };
const NEW: Credentials = { accessKeyId: 'NEW', secretAccessKey: 's' };

test('are read once, and again every five minutes: a shared file may have been rewritten', async () => {
  const { state, fresh } = setup(OLD);
  expect(await fresh.get()).toEqual(OLD);
  state.file = NEW;
  state.now = 4 * MINUTE;
  expect(await fresh.get()).toEqual(OLD);
  state.now = 5 * MINUTE;
  expect(await fresh.get()).toEqual(NEW);
  expect(state.reads).toBe(2);
});

test('are the same object while they are the same', async () => {
  const { state, fresh } = setup(OLD);
  const first = await fresh.get();
  state.now = 6 * MINUTE;
  expect(await fresh.get()).toBe(first);
});

test('that are temporary are renewed before they expire', async () => {
  const { state, fresh } = setup({ ...OLD, expiration: new Date(8 * MINUTE) });
  await fresh.get();
  state.file = { ...NEW, expiration: new Date(60 * MINUTE) };
  state.now = 3 * MINUTE + SECOND;
  expect(await fresh.get()).toMatchObject(NEW);
});

test('many calls at once are one look', async () => {
  const { state, fresh } = setup(OLD);
  await Promise.all(Array.from({ length: 10 }, () => fresh.get()));
  expect(state.reads).toBe(1);
});

test('refused, they are looked up at once, and then at most every five seconds', async () => {
  const { state, fresh } = setup(OLD);
  await fresh.get();
  state.now = MINUTE;
  expect(await fresh.renew(OLD)).toBe(false);
  state.file = NEW;
  expect(await fresh.renew(OLD)).toBe(false);
  state.now = MINUTE + 5 * SECOND;
  expect(await fresh.renew(OLD)).toBe(true);
  expect(await fresh.renew(NEW)).toBe(false);
});

test('are kept while a look fails, for as long as they last', async () => {
  const { state, fresh } = setup({ ...OLD, expiration: new Date(20 * MINUTE) });
  await fresh.get();
  state.file = new Error('the metadata service is away');
  state.now = 16 * MINUTE;
  expect(await fresh.get()).toMatchObject(OLD);
  state.now = 20 * MINUTE;
  await expect(fresh.get()).rejects.toThrow('metadata service');
  state.file = NEW;
  expect(await fresh.get()).toEqual(NEW);
});

test('without any, every call tells so', async () => {
  const { state, fresh } = setup(OLD);
  state.file = new Error('Could not load credentials from any providers');
  await expect(fresh.get()).rejects.toThrow('Could not load credentials');
  await expect(fresh.get()).rejects.toThrow('Could not load credentials');
});

test('for a client of the SDK always expire, so that it asks again', async () => {
  const { fresh } = setup(OLD);
  expect(await fresh.getExpiring()).toEqual({ ...OLD, expiration: new Date(10 * MINUTE) });
});
