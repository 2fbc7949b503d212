import { expect, test } from 'vitest';
import { type Credentials, FreshCredentials } from './credentials.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/** Credentials from a file that is rewritten, a clock, and the number of times the file was read. */
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

test('reads credentials once and again every five minutes: a shared file may have been rewritten', async () => {
  const { state, fresh } = setup(OLD);
  expect(await fresh.get()).toEqual(OLD);
  state.file = NEW;
  state.now = 4 * MINUTE;
  expect(await fresh.get()).toEqual(OLD);
  state.now = 5 * MINUTE;
  expect(await fresh.get()).toEqual(NEW);
  expect(state.reads).toBe(2);
});

test('returns the same object while the credentials are equal', async () => {
  const { state, fresh } = setup(OLD);
  const first = await fresh.get();
  state.now = 6 * MINUTE;
  expect(await fresh.get()).toBe(first);
});

test('renews temporary credentials before they expire', async () => {
  const { state, fresh } = setup({ ...OLD, expiration: new Date(8 * MINUTE) });
  await fresh.get();
  state.file = { ...NEW, expiration: new Date(60 * MINUTE) };
  state.now = 3 * MINUTE + SECOND;
  expect(await fresh.get()).toMatchObject(NEW);
});

test('looks once for many concurrent calls', async () => {
  const { state, fresh } = setup(OLD);
  await Promise.all(Array.from({ length: 10 }, () => fresh.get()));
  expect(state.reads).toBe(1);
});

test('looks again at once after a refusal, and then at most every five seconds', async () => {
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

test('keeps credentials while lookups fail, until they expire', async () => {
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

test('rejects every call when there are none', async () => {
  const { state, fresh } = setup(OLD);
  state.file = new Error('Could not load credentials from any providers');
  await expect(fresh.get()).rejects.toThrow('Could not load credentials');
  await expect(fresh.get()).rejects.toThrow('Could not load credentials');
});

test('gives a client of the SDK credentials that always expire, so that it asks again', async () => {
  const { fresh } = setup(OLD);
  expect(await fresh.getExpiring()).toEqual({ ...OLD, expiration: new Date(10 * MINUTE) });
});
