import { median } from '../figures.ts';
import type { Figures } from './lab.ts';

export const SCENARIOS = ['one', 'hundred', 'many', 'tls', 'latency', 'hanging', 'down', 'failing'] as const;
export type Scenario = (typeof SCENARIOS)[number];

interface Goal {
  readonly scenario: Scenario;
  readonly what: string;
  /** It is reached by at least, or at most, that number. */
  readonly least?: number;
  readonly most?: number;
  readonly digits: number;
  readonly unit?: string;
  /** From the figures of one round. */
  readonly of: (figure: (name: string) => number) => number;
}

export interface GoalResult {
  readonly what: string;
  readonly goal: string;
  readonly measured: string;
  readonly value: number;
  readonly reached: boolean;
}

/**
 * What Outpost needs in comparison with a bare loop on the same machine: 1,508 deliveries/s where the loop made 5,000 to 6,800,
 * and 11.2 s of CPU time per 10,000 where it took 0.8 to 1.2.
 */
const OUTPOST = { rate: 1_508 / 5_900, cpu: 11.2 };

const GOALS: readonly Goal[] = [
  {
    scenario: 'one',
    what: 'one endpoint: rate of the bare loop',
    least: 0.65,
    digits: 2,
    unit: '×',
    of: (figure) => figure('one.rate') / figure('bare.rate'),
  },
  {
    scenario: 'one',
    what: 'one endpoint: rate of Outpost, by what each reaches of a bare loop',
    least: 3,
    digits: 1,
    unit: '×',
    of: (figure) => figure('one.rate') / figure('bare.rate') / OUTPOST.rate,
  },
  {
    scenario: 'one',
    what: 'sender: CPU of the bare loop',
    most: 1.6,
    digits: 2,
    unit: '×',
    of: (figure) => figure('one.cpu') / figure('bare.cpu'),
  },
  {
    scenario: 'one',
    what: 'sender and PostgreSQL: CPU of Outpost, by what each takes of a bare loop',
    most: 0.25,
    digits: 2,
    unit: '×',
    of: (figure) => (figure('one.cpu') + figure('one.postgres')) / figure('bare.cpu') / OUTPOST.cpu,
  },
  {
    scenario: 'hundred',
    what: '100 endpoints: rate of the bare loop',
    least: 0.6,
    digits: 2,
    unit: '×',
    of: (figure) => figure('hundred.rate') / figure('bare.rate'),
  },
  {
    scenario: 'many',
    what: '10,000 endpoints: rate of the bare loop',
    least: 0.45,
    digits: 2,
    unit: '×',
    of: (figure) => figure('many.rate') / figure('bare.rate'),
  },
  {
    scenario: 'many',
    what: '10,000 endpoints: peak memory',
    most: 250,
    digits: 0,
    unit: 'MB',
    of: (figure) => figure('many.megabytes'),
  },
  {
    scenario: 'tls',
    what: 'over TLS: rate of the bare loop over TLS',
    least: 0.6,
    digits: 2,
    unit: '×',
    of: (figure) => figure('tls.rate') / figure('bareTls.rate'),
  },
  {
    scenario: 'latency',
    what: 'from SQS to the receiver at 500/s: p50',
    most: 40,
    digits: 0,
    unit: 'ms',
    of: (figure) => figure('latency.p50'),
  },
  {
    scenario: 'latency',
    what: 'from SQS to the receiver at 500/s: p99',
    most: 120,
    digits: 0,
    unit: 'ms',
    of: (figure) => figure('latency.p99'),
  },
  {
    scenario: 'hanging',
    what: '100 endpoints beside one that hangs: p99 of that without it',
    most: 1.1,
    digits: 2,
    unit: '×',
    of: (figure) => figure('hanging.p99') / figure('calm.p99'),
  },
  {
    scenario: 'down',
    what: 'rows written for an endpoint that is down, besides its lane',
    most: 100,
    digits: 0,
    of: (figure) => figure('down.rows'),
  },
  {
    scenario: 'down',
    what: 'an endpoint that is back: rate of a healthy one with that backlog',
    least: 0.9,
    digits: 2,
    unit: '×',
    of: (figure) => figure('down.back') / figure('down.healthy'),
  },
  {
    scenario: 'failing',
    what: 'endpoints that fail at once, slowly, in turns, now and then: messages lost',
    most: 0,
    digits: 0,
    of: (figure) => figure('failing.lost'),
  },
  {
    scenario: 'failing',
    what: 'the same: requests that are not written down',
    most: 0,
    digits: 0,
    of: (figure) => figure('failing.unrecorded'),
  },
];

/** Judges medians over the rounds. A ratio is taken within each round: what disturbs a round disturbs both of its sides. */
export function judge(scenarios: readonly Scenario[], rounds: readonly Figures[]): GoalResult[] {
  return GOALS.filter(({ scenario }) => scenarios.includes(scenario)).map((goal) => {
    const value = median(rounds.map((round) => goal.of((name) => round[name] ?? Number.NaN)));
    const shown = (number: number) =>
      `${number.toFixed(goal.digits)}${goal.unit === undefined ? '' : ` ${goal.unit}`}`;
    const bound = goal.least ?? goal.most ?? Number.NaN;
    return {
      what: goal.what,
      goal: `${goal.least === undefined ? 'at most' : 'at least'} ${shown(bound)}`,
      measured: shown(value),
      value,
      reached: goal.least === undefined ? value <= bound : value >= bound,
    };
  });
}
