import { mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BenchDatabase, Databases } from '../databases.ts';
import type { DeliverOptions } from '../options.ts';
import { profileTables } from '../profile-tables.ts';
import type { Steps } from '../progress.ts';
import { measureDown } from './down.ts';
import { measureEndToEnd } from './end-to-end.ts';
import { measureFailing } from './failing.ts';
import { judge, type Scenario } from './goals.ts';
import { measureHanging } from './hanging.ts';
import type { Figures, Lab } from './lab.ts';
import { type Backlog, measureBacklog, measureBareLoop, prepareBacklog } from './rates.ts';
import { Receiver } from './receiver-process.ts';
import { deliverMarkdown } from './report.ts';
import { type Sizes, sizesOf } from './sizes.ts';

/** One measurement, made once in each round. */
interface Part {
  readonly what: string;
  readonly scenarios: readonly Scenario[];
  readonly measure: (lab: Lab) => Promise<Figures>;
}

/** Number of progress steps. */
export function deliverSteps({ rounds, ...options }: DeliverOptions): number {
  return rounds * chosen(options, sizesOf(options)).length;
}

/** Measures everything that was chosen once per round, so that a disturbance of the machine affects the whole round. */
export async function deliver(
  databases: Databases,
  options: DeliverOptions,
  steps: Pick<Steps, 'next'>,
): Promise<{ markdown: string; results: object }> {
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'event-processor-deliver-'));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const receiver = stack.use(await Receiver.start());
  const sizes = sizesOf(options);
  const lab: Lab = {
    databases,
    receiver,
    sizes,
    folder,
    profiles: options.profile ? join(folder, 'profiles') : undefined,
  };
  const rounds: Figures[] = [];
  const profiles: string[] = [];
  const parts = chosen(options, sizes);
  for (let round = 1; round <= options.rounds; round += 1) {
    const figures: Record<string, number> = {};
    for (const { what, measure } of parts) {
      steps.next(`round ${round}: ${what}`);
      Object.assign(figures, await measure(lab));
      profiles.push(...(await keepProfiles(lab, options.out, what)));
    }
    rounds.push(figures);
  }
  const goals = judge(options.only, rounds);
  return {
    markdown: [deliverMarkdown(goals, rounds), ...profiles].join('\n'),
    results: { sizes, rounds, goals },
  };
}

function chosen({ only }: Pick<DeliverOptions, 'only'>, sizes: Sizes): readonly Part[] {
  const { backlog: messages, endpoints, manyBacklog } = sizes;
  const parts: Part[] = [
    bareLoop(['one', 'hundred', 'many'], { name: 'bare', messages, tls: false }),
    backlog('one', { name: 'one', endpoints: 1, messages, tls: false }),
    backlog('hundred', { name: 'hundred', endpoints: 100, messages, tls: false }),
    backlog('many', { name: 'many', endpoints, messages: manyBacklog, tls: false }),
    bareLoop(['tls'], { name: 'bareTls', messages, tls: true }),
    backlog('tls', { name: 'tls', endpoints: 1, messages, tls: true }),
    { what: 'from SQS to the receiver', scenarios: ['latency'], measure: measureEndToEnd },
    { what: 'beside one that hangs', scenarios: ['hanging'], measure: measureHanging },
    { what: 'an endpoint that is down', scenarios: ['down'], measure: measureDown },
    { what: 'endpoints that fail', scenarios: ['failing'], measure: measureFailing },
  ];
  return parts.filter(({ scenarios }) => scenarios.some((scenario) => only.includes(scenario)));
}

function bareLoop(scenarios: readonly Scenario[], spec: Omit<Backlog, 'endpoints'>): Part {
  return {
    what: spec.tls ? 'bare loop over TLS' : 'bare loop',
    scenarios,
    measure: (lab) => measureBareLoop(lab, spec),
  };
}

/** It is stored for the first round, and copied for each. */
function backlog(scenario: Scenario, spec: Backlog): Part {
  let prepared: Promise<BenchDatabase> | undefined;
  return {
    what: `backlog of ${spec.endpoints === 1 ? 'one endpoint' : `${spec.endpoints} endpoints`}${spec.tls ? ' over TLS' : ''}`,
    scenarios: [scenario],
    async measure(lab) {
      prepared ??= prepareBacklog(lab, spec);
      return measureBacklog(lab, await prepared, spec);
    },
  };
}

/** Moves the profiles that the senders of a measurement have written to the results, and returns tables of them. */
async function keepProfiles({ profiles }: Lab, out: string, what: string): Promise<string[]> {
  if (profiles === undefined) return [];
  await mkdir(profiles, { recursive: true });
  const tables: string[] = [];
  for (const [i, file] of (await readdir(profiles)).entries()) {
    const name = `deliver, ${what}${i === 0 ? '' : ` ${i + 1}`}`.replaceAll(/[ ,]+/g, '-');
    await mkdir(out, { recursive: true });
    const path = join(out, `${name}.cpuprofile`);
    await rename(join(profiles, file), path);
    tables.push(`## Profile: ${what}\n\n${profileTables(await readFile(path, 'utf8')).tables}`);
  }
  return tables;
}
