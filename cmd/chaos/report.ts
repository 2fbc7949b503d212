import type { Fault } from './fault.ts';
import type { RoundResult } from './round.ts';

const MIB = 1024 * 1024;
const MIXTURE = 'mixtures of two to four';

export interface Round {
  readonly faults: readonly Fault[];
  readonly result: RoundResult;
}

interface Line {
  readonly name: string;
  readonly what: string;
  runs: number;
  struck: number;
  events: number;
  violations: number;
  recoverySeconds: number;
  maxRssBytes: number;
  skipped?: string;
}

/** The rounds as a Markdown table, a line for each fault, with a summary below. */
export function reportOf(rounds: readonly Round[], seed: number): string {
  const lines = new Map<string, Line>();
  for (const { faults, result } of rounds) {
    const [only] = faults.length === 1 ? faults : [];
    const name = only?.name ?? MIXTURE;
    const line = lines.get(name) ?? empty(name, only?.what ?? 'faults that strike together');
    lines.set(name, line);
    add(line, result);
  }
  const rows = [...lines.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const sum = (value: (line: Line) => number) => rows.reduce((total, line) => total + value(line), 0);
  const skipped = rows.filter((line) => line.skipped !== undefined);
  return [
    '| fault | what happens | runs | struck | events | violations | recovery, s (max) | memory, MiB (max) |',
    '|---|---|--:|--:|--:|--:|--:|--:|',
    ...rows.map(rowOf),
    '',
    `${rounds.length} rounds with seed ${seed}: ${sum(({ events }) => events)} events, ${sum(({ violations }) => violations)} violations, at most ${Math.max(0, ...rows.map(({ recoverySeconds }) => recoverySeconds)).toFixed(1)} s to recover.`,
    ...skipped.map((line) => `Skipped: ${line.name}, because ${line.skipped}.`),
    '',
  ].join('\n');
}

function empty(name: string, what: string): Line {
  return { name, what, runs: 0, struck: 0, events: 0, violations: 0, recoverySeconds: 0, maxRssBytes: 0 };
}

function add(line: Line, result: RoundResult): void {
  if (result.skipped !== undefined) {
    line.skipped = result.skipped;
    return;
  }
  line.runs += 1;
  for (const times of result.struck.values()) if (typeof times === 'number') line.struck += times;
  line.events += result.events;
  line.violations += result.violations.length;
  line.recoverySeconds = Math.max(line.recoverySeconds, result.recoverySeconds);
  line.maxRssBytes = Math.max(line.maxRssBytes, result.maxRssBytes);
}

function rowOf(line: Line): string {
  const { name, what, runs, struck, events, violations, recoverySeconds, maxRssBytes, skipped } = line;
  const cells =
    runs === 0 && skipped !== undefined
      ? ['skipped', '', '', '', '', '']
      : [runs, struck, events, violations, recoverySeconds.toFixed(1), Math.round(maxRssBytes / MIB)];
  return `| ${[name, what, ...cells].join(' | ')} |`;
}
