/**
 * The fields of V8's .cpuprofile that are used:
 * https://chromedevtools.github.io/devtools-protocol/tot/Profiler/#type-Profile
 */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  }[];
  readonly samples: readonly number[];
  /** Microseconds since the previous sample. */
  readonly timeDeltas: readonly number[];
}

interface Share {
  readonly name: string;
  readonly ms: number;
}

interface SelfTimes {
  /** Everything except idle time. */
  readonly busyMs: number;
  /** Shares by part of the program or by package, the largest first. */
  readonly rooms: readonly Share[];
  readonly functions: readonly Share[];
}

/** Sums the self times of functions, and of the parts of the program that they belong to. */
export function selfTimes({ nodes, samples, timeDeltas }: CpuProfile): SelfTimes {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const rooms = new Map<string, number>();
  const functions = new Map<string, number>();
  let busyMs = 0;
  for (const [i, id] of samples.entries()) {
    const frame = frames.get(id);
    if (frame === undefined || frame.functionName === '(idle)') continue;
    const ms = (timeDeltas[i] ?? 0) / 1000;
    const { functionName, url } = frame;
    const room = roomOf(functionName, url);
    const name = `${functionName === '' ? '(anonymous)' : functionName}, ${url === '' ? 'V8' : url.replace(/^.*\//, '')}`;
    busyMs += ms;
    rooms.set(room, (rooms.get(room) ?? 0) + ms);
    functions.set(name, (functions.get(name) ?? 0) + ms);
  }
  return { busyMs, rooms: byTime(rooms), functions: byTime(functions) };
}

function byTime(times: ReadonlyMap<string, number>): Share[] {
  return [...times].map(([name, ms]) => ({ name, ms })).sort((a, b) => b.ms - a.ms);
}

function roomOf(functionName: string, url: string): string {
  if (url === '') return functionName.startsWith('(') ? functionName : 'V8 and built-in functions';
  const dependency = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1];
  if (dependency !== undefined) return dependency;
  if (url.startsWith('node:'))
    return `Node, ${url.replace(/^node:(?:internal\/)?/, '').replace(/\/.*$/, '')}`;
  return /\/((?:internal|cmd)\/[^/]+)\//.exec(url)?.[1] ?? url;
}
