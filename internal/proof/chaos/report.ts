import type { Fault } from './fault.ts';
import type { RoundResult } from './round.ts';

const MIB = 1024 * 1024;

export interface Round {
  readonly faults: readonly Fault[];
  readonly result: RoundResult;
  readonly seconds: number;
}

/** A row of the report: a fault's rounds alone, and its rounds shared with others. */
interface Line {
  readonly name: string;
  readonly what: string;
  alone: number;
  mixed: number;
  struck: number;
  events: number;
  violations: number;
  aloneRecoverySeconds: number;
  mixedRecoverySeconds: number;
  maxRssBytes: number;
  skipped?: string;
}

/**
 * The rounds as a Markdown table with a row per fault, and sums below. A round with several faults counts in
 * the row of each.
 */
export function reportOf(rounds: readonly Round[], seed: number): string {
  const lines = new Map<string, Line>();
  for (const { faults, result } of rounds) {
    for (const fault of faults) {
      const line = lines.get(fault.name) ?? empty(fault);
      lines.set(fault.name, line);
      add(line, result, fault, faults.length === 1);
    }
  }
  const rows = [...lines.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return [
    '| fault | what happens | rounds alone | mixed | struck | events | violations | recovery alone, s (max) | mixed | memory, MiB (max) |',
    '|---|---|--:|--:|--:|--:|--:|--:|--:|--:|',
    ...rows.map(rowOf),
    '',
    ...summaryOf(rounds, seed),
    ...rows.flatMap(({ name, skipped }) =>
      skipped === undefined ? [] : [`Skipped: ${name}, because ${skipped}.`],
    ),
    '',
  ].join('\n');
}

function summaryOf(rounds: readonly Round[], seed: number): string[] {
  const results = rounds.map(({ result }) => result);
  const sum = (value: (result: RoundResult) => number) =>
    results.reduce((total, result) => total + value(result), 0);
  const mixtures = rounds.filter(({ faults }) => faults.length > 1).length;
  const minutes = rounds.reduce((total, { seconds }) => total + seconds, 0) / 60;
  const recoverySeconds = Math.max(0, ...results.map((result) => result.recoverySeconds));
  const missed = sum(
    ({ struck }) => [...struck.values()].filter((times) => typeof times === 'string').length,
  );
  return [
    `${rounds.length} rounds with seed ${seed} in ${minutes.toFixed(1)} minutes, ${mixtures} of them mixtures: ${sum(({ events }) => events)} events, ` +
      `${sum(({ kills }) => kills)} processes killed, ${sum(({ violations }) => violations.length)} violations, ` +
      `at most ${recoverySeconds.toFixed(1)} s to recover.`,
    ...(missed === 0 ? [] : [`${missed} times a fault of a mixture found nothing to strike.`]),
  ];
}

function empty({ name, what }: Fault): Line {
  return {
    name,
    what,
    alone: 0,
    mixed: 0,
    struck: 0,
    events: 0,
    violations: 0,
    aloneRecoverySeconds: 0,
    mixedRecoverySeconds: 0,
    maxRssBytes: 0,
  };
}

function add(line: Line, result: RoundResult, fault: Fault, alone: boolean): void {
  if (result.skipped !== undefined) {
    line.skipped = result.skipped;
    return;
  }
  const times = result.struck.get(fault);
  if (typeof times === 'number') line.struck += times;
  line.events += result.events;
  line.violations += result.violations.length;
  line.maxRssBytes = Math.max(line.maxRssBytes, result.maxRssBytes);
  if (alone) {
    line.alone += 1;
    line.aloneRecoverySeconds = Math.max(line.aloneRecoverySeconds, result.recoverySeconds);
  } else {
    line.mixed += 1;
    line.mixedRecoverySeconds = Math.max(line.mixedRecoverySeconds, result.recoverySeconds);
  }
}

function rowOf(line: Line): string {
  const { name, what, alone, mixed, struck, events, violations, maxRssBytes, skipped } = line;
  const ran = alone + mixed > 0;
  const cells = ran
    ? [
        alone,
        mixed,
        struck,
        events,
        violations,
        alone > 0 ? line.aloneRecoverySeconds.toFixed(1) : '',
        mixed > 0 ? line.mixedRecoverySeconds.toFixed(1) : '',
        Math.round(maxRssBytes / MIB),
      ]
    : [skipped === undefined ? '' : 'skipped', '', '', '', '', '', '', ''];
  return `| ${[name, what, ...cells].join(' | ')} |`;
}
