import { markdownTable, median, whole } from '../figures.ts';
import type { GoalResult } from './goals.ts';
import type { Figures } from './lab.ts';

const RATES = [
  ['bare', 'bare loop'],
  ['one', 'sender, one endpoint'],
  ['hundred', 'sender, 100 endpoints'],
  ['many', 'sender, 10,000 endpoints'],
  ['bareTls', 'bare loop over TLS'],
  ['tls', 'sender over TLS'],
] as const;

const TIMES = [
  ['latency', 'SQS, processor, sender'],
  ['calm', 'sender, 100 endpoints'],
  ['hanging', 'the same, beside one that hangs'],
] as const;

/** The measurements in Markdown: medians, and the goals. */
export function deliverMarkdown(goals: readonly GoalResult[], rounds: readonly Figures[]): string {
  const figure = (name: string) => median(rounds.map((round) => round[name] ?? Number.NaN));
  const measured = (name: string) => rounds.some((round) => round[name] !== undefined);
  const rates = RATES.filter(([name]) => measured(`${name}.rate`)).map(([name, what]) => [
    what,
    whole(figure(`${name}.rate`)),
    figure(`${name}.cpu`).toFixed(2),
    figure(`${name}.postgres`).toFixed(2),
    whole(figure(`${name}.megabytes`)),
    whole(figure(`${name}.connections`)),
  ]);
  const times = TIMES.filter(([name]) => measured(`${name}.p50`)).map(([name, what]) => [
    what,
    figure(`${name}.p50`).toFixed(0),
    figure(`${name}.p99`).toFixed(0),
  ]);
  const results = goals.map(({ what, goal, measured, reached }) => [
    what,
    goal,
    measured,
    reached ? 'yes' : 'no',
  ]);
  return [
    ...(rates.length === 0
      ? []
      : [
          `## Delivering a backlog\n\n${markdownTable(['program', 'deliveries/s', 'CPU s per 10,000', 'PostgreSQL', 'peak MB', 'connections'], rates)}`,
        ]),
    ...(times.length === 0
      ? []
      : [
          `## Until the receiver has it, in milliseconds\n\n${markdownTable(['through', 'p50', 'p99'], times)}`,
        ]),
    `## Goals\n\nMedians of ${rounds.length === 1 ? 'one round' : `${rounds.length} rounds`}.\n\n${markdownTable(['what', 'goal', 'measured', 'reached'], results)}`,
  ].join('\n');
}
