import { isBase64 } from '../event/body/base64.ts';
import { KEY_BYTES, type SealingKey } from './sealing.ts';

const NAME = /^[A-Za-z0-9._-]{1,64}$/;

type KeysRead =
  | { readonly kind: 'keys'; readonly keys: readonly SealingKey[] }
  | { readonly kind: 'invalid'; readonly problem: string };

/** Reads `name:Base64 of 32 bytes[,name2:…]`. The problem names keys by their position and never shows the text. */
export function readSealingKeys(text: string): KeysRead {
  const keys: SealingKey[] = [];
  for (const [i, entry] of text.split(',').entries()) {
    const invalid = (what: string): KeysRead => ({ kind: 'invalid', problem: `key ${i + 1} ${what}` });
    const [, name = '', base64 = ''] = /^\s*([^:]*):(.*?)\s*$/s.exec(entry) ?? [];
    if (!NAME.test(name))
      return invalid(
        'must have a name of 1 to 64 letters, digits, dots, hyphens and underscores before a colon',
      );
    const key = isBase64(base64) ? Buffer.from(base64, 'base64') : undefined;
    if (key?.length !== KEY_BYTES) return invalid(`must have Base64 of ${KEY_BYTES} bytes after the colon`);
    if (keys.some((other) => other.name === name)) return invalid('has the name of one before it');
    keys.push({ name, key });
  }
  return { kind: 'keys', keys };
}
