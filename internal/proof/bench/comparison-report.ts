import type { Comparison, GoalResult } from './compare.ts';
import { markdownTable, whole } from './figures.ts';

/** The comparison in Markdown: measurements, ratios and goals. */
export function comparisonMarkdown(comparison: Comparison): string {
  return [
    drainTable(comparison),
    latencyTable(comparison),
    callTable(comparison),
    goalTable(comparison),
  ].join('\n');
}

function drainTable({ cells }: Comparison): string {
  const base = new Map(
    cells
      .filter(({ cell }) => cell.id === 'perMessage' || cell.id === 'stubPerMessage')
      .map((cell) => [cell.cell.queue, cell]),
  );
  const rows = cells.map(({ cell, eventsPerSecond, cpuSecondsPer10k, peakMegabytes }) => {
    const reference = base.get(cell.queue);
    return [
      cell.contender.name,
      cell.what,
      cell.queue,
      whole(eventsPerSecond),
      cpuSecondsPer10k.toFixed(2),
      whole(peakMegabytes),
      reference === undefined ? '' : (eventsPerSecond / reference.eventsPerSecond).toFixed(1),
      reference === undefined ? '' : (cpuSecondsPer10k / reference.cpuSecondsPer10k).toFixed(3),
    ];
  });
  const head = ['program', 'load', 'queue', 'events/s', 'CPU s per 10,000', 'peak MB', 'rate ×', 'CPU ×'];
  return `## Draining a full queue\n\nMedians; × is against a handler per message on the same queue.\n\n${markdownTable(head, rows)}`;
}

function latencyTable({ paced, idle }: Comparison): string {
  const rows = paced.map(({ contender, events, p50Ms, p99Ms }) => [
    contender,
    whole(events),
    p50Ms.toFixed(1),
    p99Ms.toFixed(1),
  ]);
  const { latency, floorMs } = idle;
  const quiet = `A quiet queue, one event at a time: p50 ${latency.p50Ms.toFixed(1)} ms, p99 ${latency.p99Ms.toFixed(1)} ms; an empty receive and a commit alone take ${floorMs.toFixed(1)} ms.`;
  return `## From send to commit\n\nAt 100 events/s, in milliseconds.\n\n${markdownTable(['program', 'events', 'p50', 'p99'], rows)}\n${quiet}\n`;
}

function callTable({ calls }: Comparison): string {
  const rows = Object.entries(calls).map(([transport, ms]) => [transport, ms.toFixed(3)]);
  return `## A receive or delete of ten messages\n\n${markdownTable(['transport', 'CPU ms per call'], rows)}`;
}

function goalTable({ goals }: Comparison): string {
  const rows = goals.map((goal) => [
    goal.what,
    figure(goal, goal.goal),
    figure(goal, goal.measured),
    goal.reached ? 'yes' : 'no',
  ]);
  return `## Goals\n\n${markdownTable(['what', 'goal', 'measured', 'reached'], rows)}`;
}

function figure({ of, figure }: GoalResult, value: number): string {
  if (of.length === 1) return figure === 'eventsPerSecond' || value >= 100 ? whole(value) : value.toFixed(1);
  return figure === 'eventsPerSecond' ? `${value.toFixed(1)} ×` : `1/${(1 / value).toFixed(1)}`;
}
