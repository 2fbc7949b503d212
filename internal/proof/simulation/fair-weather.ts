import type { Healing } from '../../processor/healing/ports.ts';
import type { Inbox, Store } from '../../processor/ports.ts';
import { VirtualClock } from './clock.ts';
import { Database } from './database.ts';
import { Expectations } from './expectations.ts';
import { healingPort } from './healing-port.ts';
import { inboxPort } from './inbox-port.ts';
import { Life } from './life.ts';
import { Queue } from './queue.ts';
import { Random } from '../../load/random.ts';
import { drawScenario, type Scenario } from './scenario.ts';
import { storePort } from './store-port.ts';
import { Trace } from './trace.ts';
import { Weather } from './weather.ts';
import { Wire } from './wire.ts';

/** The simulated services, and the ports through which one processor uses them. */
interface FairWeather {
  readonly clock: VirtualClock;
  readonly database: Database;
  readonly queue: Queue;
  readonly inbox: Inbox;
  readonly store: Store;
  readonly healing: Healing;
}

/**
 * A simulation without faults and without a processor, for contract suites. The ports are those of a
 * simulated processor, over the same wire. Virtual time advances only during a call.
 */
export function fairWeather(visibilityTimeoutSeconds: number): FairWeather {
  const clock = new VirtualClock();
  const now = () => clock.nowMs;
  const scenario = calmScenario(visibilityTimeoutSeconds);
  const { habits, settings, refusedRejections, replayIntervalSeconds } = scenario;
  const weather = new Weather(scenario, new Random(2), now);
  const trace = new Trace(now, 0);
  const wire = new Wire({ clock, weather, trace });
  const database = new Database(now);
  const queue = new Queue({ clock, random: new Random(3), weather, habits, visibilityTimeoutSeconds });
  // A suite may break a processor's rules, such as deleting with an old handle.
  const fail = () => {};
  const common = { clock, wire, expectations: new Expectations(database, fail), fail };
  const ports = { database, queue, weather, refusedRejections };
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  const telemetry = { batchCommitted() {}, messageCommitted() {} };
  // Owns the calls, but never starts.
  const life = new Life({
    name: 'a contract suite',
    clock,
    trace,
    settings,
    fail,
    ports: (of) => ({
      inbox: inboxPort(of, { ...common, queue }),
      store: storePort(of, { ...common, ...ports }),
      log,
      telemetry,
    }),
    healing: (of) => healingPort(of, { database, wire }),
    replayIntervalSeconds,
    over() {},
  });
  return {
    clock,
    database,
    queue,
    inbox: ticking(clock, inboxPort(life, { ...common, queue })),
    store: ticking(clock, storePort(life, { ...common, ...ports })),
    healing: tickingHealing(clock, healingPort(life, { database, wire })),
  };
}

function calmScenario(visibilityTimeoutSeconds: number): Scenario {
  const scenario = drawScenario(new Random(1));
  const calm = { faultRate: 0, faults: [], slowRate: 0, slowMs: 0, outages: [] };
  return {
    ...scenario,
    settings: { ...scenario.settings, visibilityTimeoutSeconds },
    quietFromMs: 0,
    climates: { queue: calm, database: calm },
    locks: [],
    refusedRejections: 0,
  };
}

type Method = (...args: unknown[]) => Promise<unknown>;

/** Wraps a port so that virtual time advances until each call settles. */
function ticking<P extends object>(clock: VirtualClock, port: P): P {
  return new Proxy(port, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      return (...args: unknown[]) => untilSettled(clock, (member as Method).apply(target, args));
    },
  });
}

function tickingHealing(clock: VirtualClock, healing: Healing): Healing {
  return {
    turn: (work) =>
      untilSettled(
        clock,
        healing.turn((turn) => work(ticking(clock, turn))),
      ),
  };
}

async function untilSettled<T>(clock: VirtualClock, work: Promise<T>): Promise<T> {
  const state = { settled: false };
  const settle = () => {
    state.settled = true;
  };
  work.then(settle, settle);
  await clock.settled(); // lets callbacks run that take no time
  while (!state.settled) if (!(await clock.step())) await clock.settled();
  return work;
}
