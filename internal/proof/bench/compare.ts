import { type CallCosts, measureCalls } from './calls.ts';
import { CELLS, type Cell, type Goal, GOALS } from './plan.ts';
import type { Databases } from './databases.ts';
import { drain, type DrainResult } from './drain.ts';
import { median } from './figures.ts';
import { type IdleLatency, measureIdle, measurePaced, PACED, type Latency } from './latency.ts';
import type { CompareOptions } from './options.ts';
import type { Steps } from './progress.ts';
import { type QueueKind, type QueueServer, startQueueServer } from './queues.ts';

interface CellResult extends DrainResult {
  readonly cell: Cell;
  readonly rounds: readonly DrainResult[];
}

interface PacedResult extends Latency {
  readonly contender: string;
}

export interface GoalResult extends Goal {
  readonly measured: number;
  readonly reached: boolean;
}

export interface Comparison {
  readonly cells: readonly CellResult[];
  readonly paced: readonly PacedResult[];
  readonly idle: IdleLatency;
  readonly calls: CallCosts;
  readonly goals: readonly GoalResult[];
}

/** Number of progress steps of a comparison. */
export function stepsOf({ rounds }: CompareOptions): number {
  return rounds * CELLS.length + PACED.length + 2;
}

/** Drains every cell once per round, so that a disturbance of the machine affects all cells of the round. */
export async function compare(
  databases: Databases,
  options: CompareOptions,
  steps: Steps,
): Promise<Comparison> {
  await using servers = new AsyncDisposableStack();
  const embedded = servers.use(await startQueueServer('embedded'));
  const stub = servers.use(await startQueueServer('stub'));
  const byKind: Record<QueueKind, QueueServer> = { embedded, stub };
  const measured = new Map<Cell, DrainResult[]>();
  for (let round = 1; round <= options.rounds; round += 1) {
    for (const cell of CELLS) {
      steps.next(`round ${round}: ${cell.contender.name}, ${cell.what}, ${cell.queue} queue`);
      await using database = await databases.create();
      const load = { ...cell.load, events: Math.ceil((cell.load.events * options.scale) / 100) * 100 };
      const result = await drain(byKind[cell.queue], database, { ...cell, load });
      measured.set(cell, [...(measured.get(cell) ?? []), result]);
    }
  }
  const cells = [...measured].map(([cell, rounds]) => ({ cell, rounds, ...medians(rounds) }));
  const paced: PacedResult[] = [];
  for (const contender of PACED) {
    steps.next(`latency: ${contender.name}`);
    await using database = await databases.create();
    paced.push({
      contender: contender.name,
      ...(await measurePaced(embedded, database, contender, options.scale)),
    });
  }
  steps.next('latency of a quiet queue');
  await using database = await databases.create();
  const idle = await measureIdle(embedded, database, options.scale);
  steps.next('cost of the calls');
  const calls = await measureCalls(stub);
  return { cells, paced, idle, calls, goals: judge(cells, idle, calls) };
}

function medians(rounds: readonly DrainResult[]): DrainResult {
  const of = (figure: keyof DrainResult) => median(rounds.map((round) => round[figure]));
  return {
    events: of('events'),
    seconds: of('seconds'),
    eventsPerSecond: of('eventsPerSecond'),
    cpuSecondsPer10k: of('cpuSecondsPer10k'),
    peakMegabytes: Math.max(...rounds.map(({ peakMegabytes }) => peakMegabytes)),
  };
}

const IDLE_GOAL_MS = 50;
const CALL_GOAL = 1 / 2;

function judge(cells: readonly CellResult[], idle: IdleLatency, calls: CallCosts): GoalResult[] {
  const figureOf = (id: string, figure: Goal['figure']): number => {
    const result = cells.find(({ cell }) => cell.id === id);
    if (result === undefined) return Number.NaN;
    return figure === 'millisecondsPer10k' ? 1e7 / result.eventsPerSecond : result[figure];
  };
  const goals = GOALS.map((goal) => {
    const [subject, base] = goal.of;
    const measured = figureOf(subject, goal.figure) / (base === undefined ? 1 : figureOf(base, goal.figure));
    const reached = goal.figure === 'eventsPerSecond' ? measured >= goal.goal : measured <= goal.goal;
    return { ...goal, measured, reached };
  });
  const over = idle.latency.p99Ms - idle.floorMs;
  const perCall = calls.own / calls.sdk;
  return [
    ...goals,
    {
      what: 'own transport against the AWS SDK: CPU per call',
      of: ['lean', 'sdk'],
      figure: 'cpuSecondsPer10k',
      goal: CALL_GOAL,
      measured: perCall,
      reached: perCall <= CALL_GOAL,
    },
    {
      what: 'idle, send to commit, p99: milliseconds above an empty receive and a commit',
      of: ['idle'],
      figure: 'millisecondsPer10k',
      goal: IDLE_GOAL_MS,
      measured: over,
      reached: over < IDLE_GOAL_MS,
    },
  ];
}
