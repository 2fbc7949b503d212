import { SingleBar } from 'cli-progress';
import type { Ledger } from './ledger.ts';

const LINE_EVERY_MS = 2_000;
const BAR_EVERY_MS = 100;

/** Shows how far the sending is: a bar on a terminal when the end is known, else a line every two seconds. */
export function showProgress(ledger: Ledger, total: number | undefined, seconds: () => number): Disposable {
  if (process.stderr.isTTY && total !== undefined) return showBar(ledger, total);
  const timer = setInterval(() => {
    const rate = Math.round(ledger.answered / seconds());
    process.stderr.write(
      `${ledger.answered}${total === undefined ? '' : ` of ${total}`} events sent, ${rate}/s\n`,
    );
  }, LINE_EVERY_MS);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

function showBar(ledger: Ledger, total: number): Disposable {
  const bar = new SingleBar({
    format: '{bar} {percentage}% | {value} of {total} events | {eta_formatted} left',
  });
  bar.start(total, 0);
  const timer = setInterval(() => bar.update(ledger.answered), BAR_EVERY_MS);
  return {
    [Symbol.dispose]() {
      clearInterval(timer);
      bar.update(ledger.answered);
      bar.stop();
    },
  };
}

/** The summary at the end, for people. */
export function summary(ledger: Ledger, seconds: number, seed: number): string {
  const { good, bad, duplicate, failed, unknown } = ledger.counts;
  const sent = good + bad + duplicate;
  return [
    `sent ${sent} events in ${seconds.toFixed(1)} s (${Math.round(sent / seconds)}/s), seed ${seed}`,
    `  good ${good}, bad ${bad}, repeated ${duplicate}, refused ${failed}, unanswered ${unknown}`,
    '',
  ].join('\n');
}
