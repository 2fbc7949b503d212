import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { ConfigError, loadConfig } from '../config/config.ts';
import { headersContext, Sealing, SealingError, secretContext } from './sealing.ts';
import { sealingVariables } from './variables.ts';

const keyOf = (name: string) => ({ name, key: randomBytes(32) });
const ENDPOINT = { tenantId: 'default', id: 'main' };
const CONTEXT = secretContext(ENDPOINT);

describe('what is sealed', () => {
  test('is opened again, and never looks the same twice', () => {
    const sealing = new Sealing([keyOf('main')]);
    for (const plain of [Buffer.alloc(0), randomBytes(32), Buffer.from('{"authorization":"größer"}')]) {
      const sealed = sealing.seal(plain, CONTEXT);
      expect(sealing.open(sealed, CONTEXT)).toEqual(plain);
      expect(sealing.seal(plain, CONTEXT)).not.toEqual(sealed);
    }
    const secret = randomBytes(32);
    expect(sealing.seal(secret, CONTEXT).includes(secret)).toBe(false);
  });

  test('has the name of its key in front, then nonce, ciphertext and tag', () => {
    const sealed = new Sealing([keyOf('main')]).seal(Buffer.from('x'), CONTEXT);
    expect(sealed.subarray(0, 5)).toEqual(Buffer.from('\u0004main'));
    expect(sealed).toHaveLength(5 + 12 + 1 + 16);
  });

  test('cannot be opened for another endpoint or another use', () => {
    const sealing = new Sealing([keyOf('main')]);
    const sealed = sealing.seal(Buffer.from('x'), CONTEXT);
    for (const other of [headersContext(ENDPOINT), secretContext({ tenantId: 'other', id: 'main' })])
      expect(() => sealing.open(sealed, other)).toThrow(SealingError);
  });

  test('cannot be opened when any byte is changed, or some are missing', () => {
    const sealing = new Sealing([keyOf('main')]);
    const sealed = sealing.seal(randomBytes(4), CONTEXT);
    for (const i of sealed.keys()) {
      const changed = Buffer.from(sealed);
      changed[i] = (changed[i] as number) ^ 1;
      expect(() => sealing.open(changed, CONTEXT)).toThrow(SealingError);
      expect(() => sealing.open(sealed.subarray(0, i), CONTEXT)).toThrow(SealingError);
    }
  });

  test('with a key that is gone says which; with another one of its name, that it is another', () => {
    const sealed = new Sealing([keyOf('old')]).seal(Buffer.from('x'), CONTEXT);
    expect(() => new Sealing([keyOf('new')]).open(sealed, CONTEXT)).toThrow(
      'the key "old" is not among SENDER_KEYS',
    );
    expect(() => new Sealing([keyOf('old')]).open(sealed, CONTEXT)).toThrow('is another one of that name');
  });

  test('is opened after a new key was put before the old one, and sealed with the new one', () => {
    const [old, next] = [keyOf('old'), keyOf('new')];
    const sealed = new Sealing([old]).seal(Buffer.from('x'), CONTEXT);
    const both = new Sealing([next, old]);
    expect(both.open(sealed, CONTEXT)).toEqual(Buffer.from('x'));
    const again = both.seal(Buffer.from('x'), CONTEXT);
    expect(new Sealing([next]).open(again, CONTEXT)).toEqual(Buffer.from('x'));
  });
});

describe('SENDER_KEYS', () => {
  const read = (value?: string) =>
    loadConfig(z.object(sealingVariables), value === undefined ? {} : { SENDER_KEYS: value }).SENDER_KEYS;
  const key = randomBytes(32).toString('base64');

  test('is one key or several, in their order', () => {
    expect(read(`main:${key}`)).toEqual([{ name: 'main', key: Buffer.from(key, 'base64') }]);
    const next = randomBytes(32).toString('base64');
    expect(read(`a.b-c_1:${next}, main:${key}`).map(({ name }) => name)).toEqual(['a.b-c_1', 'main']);
  });

  test.each([
    ['nothing', undefined, 'make one with: echo "main:$(openssl rand -base64 32)"'],
    ['a key without a name', key, 'key 1 must have a name'],
    ['name and key in the wrong order', `${key}:main`, 'key 1 must have a name'],
    ['a key that is too short', `main:${key.slice(0, 20)}`, 'key 1 must have Base64 of 32 bytes'],
    ['what is no Base64', `main:${key.replace(/^./, '!')}`, 'key 1 must have Base64 of 32 bytes'],
    ['a name twice', `main:${key},main:${key}`, 'key 2 has the name of one before it'],
    ['a comma at the end', `main:${key},`, 'key 2 must have a name'],
  ])('that is %s is refused without showing it', (_, value, message) => {
    expect(() => read(value)).toThrow(message);
    expect(() => read(value)).toThrow(ConfigError);
    expect(() => read(value)).not.toThrow(key.slice(1, 12));
  });
});
