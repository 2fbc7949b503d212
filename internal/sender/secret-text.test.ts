import { expect, test } from 'vitest';
import { publicKeyText, readPublicKey, readSecret, secretText } from './secret-text.ts';

const SEED = '6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbc=';
const PUBLIC = '1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=';
const BOTH = '6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg==';

function ofBytes(bytes: number): string {
  return Buffer.alloc(bytes, 7).toString('base64');
}

test.each([
  ['the shortest HMAC secret', `whsec_${ofBytes(24)}`, `whsec_${ofBytes(24)}`],
  ['the longest HMAC secret', `whsec_${ofBytes(64)}`, `whsec_${ofBytes(64)}`],
  ['a seed', `whsk_${SEED}`, `whsk_${BOTH}`],
  ['a seed with its public key', `whsk_${BOTH}`, `whsk_${BOTH}`],
])('reads %s, and writes it', (_, text, written) => {
  const read = readSecret(text);
  expect(read.kind === 'secret' && secretText(read.secret)).toBe(written);
});

test.each([
  ['too short', `whsec_${ofBytes(23)}`],
  ['too long', `whsec_${ofBytes(65)}`],
  ['no Base64', `whsec_${ofBytes(32).slice(1)}!`],
  ['Base64 for URLs', `whsec_${Buffer.alloc(32, 0xff).toString('base64url')}`],
  ['without a prefix', ofBytes(32)],
  ['empty', ''],
  ['a seed of 31 bytes', `whsk_${ofBytes(31)}`],
  ['a seed of 33 bytes', `whsk_${ofBytes(33)}`],
  [
    'a seed with the public key of another',
    `whsk_${Buffer.concat([Buffer.from(SEED, 'base64'), Buffer.alloc(32, 1)]).toString('base64')}`,
  ],
  ['a public key', `whpk_${PUBLIC}`],
])('refuses what is %s, and does not show it', (_, text) => {
  const read = readSecret(text);
  expect(read).toEqual({ kind: 'invalid', problem: expect.stringMatching(/expected|public key/) });
  expect(JSON.stringify(read)).not.toContain(text.replace(/^[a-z]+_/, '') || 'nothing');
});

test('writes and reads the public key of a seed', () => {
  expect(publicKeyText(Buffer.from(SEED, 'base64'))).toBe(`whpk_${PUBLIC}`);
  expect(readPublicKey(`whpk_${PUBLIC}`)?.asymmetricKeyType).toBe('ed25519');
  for (const text of [`whsk_${SEED}`, `whpk_${ofBytes(31)}`, 'whpk_?', ''])
    expect(readPublicKey(text)).toBeUndefined();
});
