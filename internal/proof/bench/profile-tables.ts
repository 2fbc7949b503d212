import { type CpuProfile, selfTimes } from './cpu-profile.ts';
import { markdownTable } from './figures.ts';

const FUNCTIONS_TOLD = 25;

/** Tables of where the time went, by part of the program and by function; and the times themselves. */
export function profileTables(text: string): { tables: string; times: ReturnType<typeof selfTimes> } {
  const times = selfTimes(JSON.parse(text) as CpuProfile);
  const share = (ms: number) => `${((ms / times.busyMs) * 100).toFixed(1)} %`;
  const rooms = times.rooms.map(({ name, ms }) => [name, share(ms)]);
  const functions = times.functions.slice(0, FUNCTIONS_TOLD).map(({ name, ms }) => [name, share(ms)]);
  const tables = [
    markdownTable(['where', 'own time'], rooms),
    markdownTable(['function', 'own time'], functions),
  ].join('\n\n');
  return { tables, times };
}
