import process from 'node:process';
import type { DeliveryLedger } from '#internal/load/receivers/delivery-ledger.ts';
import { LiveLine } from '#internal/terminal/live-line.ts';

const REDRAW_MS = 250;

/** Shows on a terminal what came so far: one line, redrawn in place. */
export function showLive(ledger: DeliveryLedger): Disposable {
  if (!process.stderr.isTTY) return { [Symbol.dispose]: () => {} };
  const line = new LiveLine(process.stderr);
  let before = { requests: 0, ms: performance.now() };
  const draw = () => {
    const { requests, messages, delivered, duplicates, badSignatures } = ledger.received;
    const ms = performance.now();
    const rate = Math.round(((requests - before.requests) * 1000) / Math.max(1, ms - before.ms));
    before = { requests, ms };
    line.draw([
      `${requests} requests`,
      `${messages} messages`,
      `delivered ${delivered}`,
      `${rate}/s`,
      `duplicates ${duplicates}`,
      `bad signatures ${badSignatures}`,
    ]);
  };
  draw();
  const timer = setInterval(draw, REDRAW_MS);
  return {
    [Symbol.dispose]() {
      clearInterval(timer);
      draw();
      line[Symbol.dispose]();
    },
  };
}
