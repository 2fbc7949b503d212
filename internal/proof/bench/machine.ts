import { availableParallelism, cpus, totalmem } from 'node:os';
import process from 'node:process';

/** The machine that the results come from, for the report. */
export interface Machine {
  readonly date: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly node: string;
  readonly postgres: string;
}

export function describeMachine(postgres: string): Machine {
  return {
    date: new Date().toISOString().slice(0, 10),
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    postgres,
  };
}

/** The machine in one sentence. */
export function machineLine({ date, cpu, cores, memoryGiB, node, postgres }: Machine): string {
  return `${date}: ${cores} cores (${cpu}), ${memoryGiB} GiB, Node ${node}, ${postgres}; queue, PostgreSQL and the measured program share them.`;
}
