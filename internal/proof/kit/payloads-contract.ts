import { describe, expect, test } from 'vitest';
import type { Payloads } from '../../processor/ports.ts';

/** An empty Payloads for the contract suite, with controls for the service behind it. */
interface PayloadsRig extends AsyncDisposable {
  readonly payloads: Payloads;
  /** @param name `bucket/key` */
  put(name: string, object: string | Buffer): void;
  /** From now on, fetches fail to reach the service. */
  goAway(): Promise<void>;
  /** From now on, fetches are not answered. Calls `whenAsked` when one arrives. */
  fallSilent(whenAsked: () => void): void;
}

const MAX_BYTES = 1_000;
const POINTER = { bucket: 'big', key: 'a folder/c71é' };
const NAME = 'big/a folder/c71é';
const never = new AbortController().signal;

/** The contract of every Payloads. */
export function payloadsContract(name: string, setUp: (maxBytes: number) => Promise<PayloadsRig>): void {
  describe(`a payload stored elsewhere: ${name}`, () => {
    const refused = (reason: string) => ({
      kind: 'refused',
      refusal: { reason, detail: expect.stringMatching(/./) },
    });

    test('is fetched unchanged, whatever its key and characters', async () => {
      await using rig = await setUp(MAX_BYTES);
      for (const text of ['{"a":"é, 世界, 👩‍🚀"}', '', '\uFEFF{}', 'a NUL \u0000 and\r\na line']) {
        rig.put(NAME, text);
        expect(await rig.payloads.fetch(POINTER, never)).toEqual({ kind: 'text', text });
      }
    });

    test('is refused when the key or the bucket does not exist', async () => {
      await using rig = await setUp(MAX_BYTES);
      rig.put(NAME, 'x');
      for (const other of [
        { ...POINTER, key: 'a folder' },
        { ...POINTER, bucket: 'small' },
      ])
        expect(await rig.payloads.fetch(other, never)).toEqual(refused('payload_elsewhere'));
    });

    test('is refused when it is not UTF-8', async () => {
      await using rig = await setUp(MAX_BYTES);
      for (const bytes of [
        [0xff, 0xfe],
        [0x7b, 0xc3, 0x7d],
        [0xed, 0xa0, 0x80],
      ]) {
        rig.put(NAME, Buffer.from(bytes));
        expect(await rig.payloads.fetch(POINTER, never)).toEqual(refused('invalid_encoding'));
      }
    });

    test('is refused above the maximum size, and not at it', async () => {
      await using rig = await setUp(MAX_BYTES);
      const text = 'é'.repeat(MAX_BYTES / 2);
      rig.put(NAME, text);
      expect(await rig.payloads.fetch(POINTER, never)).toEqual({ kind: 'text', text });
      for (const longer of [`${text}x`, 'x'.repeat(100 * MAX_BYTES)]) {
        rig.put(NAME, longer);
        expect(await rig.payloads.fetch(POINTER, never)).toEqual(refused('payload_elsewhere'));
      }
    });

    test('rejects while the service is away, which says nothing about the payload', async () => {
      await using rig = await setUp(MAX_BYTES);
      rig.put(NAME, 'x');
      await rig.goAway();
      await expect(rig.payloads.fetch(POINTER, never)).rejects.toBeInstanceOf(Error);
      await expect(rig.payloads.fetch({ ...POINTER, key: 'none' }, never)).rejects.toBeInstanceOf(Error);
    });

    test('rejects as soon as its signal aborts, before or during the fetch', async () => {
      await using rig = await setUp(MAX_BYTES);
      rig.put(NAME, 'x');
      await expect(rig.payloads.fetch(POINTER, AbortSignal.abort())).rejects.toThrow(/abort/i);
      const abort = new AbortController();
      rig.fallSilent(() => abort.abort());
      await expect(rig.payloads.fetch(POINTER, abort.signal)).rejects.toThrow(/abort/i);
    });
  });
}
