import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Ledger, type LedgerLine } from './ledger.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ledger-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const LINES: LedgerLine[] = [
  { id: 'a', tenant: 'acme', kind: 'good', outcome: 'ok' },
  { id: 'a', tenant: 'acme', kind: 'duplicate', outcome: 'unknown' },
  { id: 'b "quoted"', tenant: 'acme', kind: 'bad', outcome: 'failed' },
];

describe('Ledger', () => {
  it('writes one JSON line per event, readable at once', () => {
    const path = join(folder, 'lines');
    using ledger = new Ledger(path);
    ledger.record(LINES.slice(0, 1));
    ledger.record([]);
    ledger.record(LINES.slice(1));
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toEqual(LINES);
    expect(lines[0]).toBe('{"id":"a","tenant":"acme","kind":"good","outcome":"ok"}');
  });

  it('counts by kind and outcome, with and without a file', () => {
    using ledger = new Ledger();
    ledger.record(LINES);
    expect(ledger.counts).toMatchObject({
      good: { ok: 1, failed: 0 },
      duplicate: { unknown: 1 },
      bad: { failed: 1 },
    });
    expect([ledger.total('ok'), ledger.total('failed'), ledger.total('unknown'), ledger.settled]).toEqual([
      1, 1, 1, 3,
    ]);
  });

  it('begins anew where there was a ledger', () => {
    const path = join(folder, 'again');
    for (let run = 0; run < 2; run += 1) {
      using ledger = new Ledger(path);
      ledger.record(LINES);
    }
    expect(readFileSync(path, 'utf8').trimEnd().split('\n')).toHaveLength(3);
  });

  it('says which file cannot be written', () => {
    const path = join(folder, 'no', 'such', 'folder');
    expect(() => new Ledger(path)).toThrow(`the ledger ${path} cannot be written: ENOENT`);
  });
});
