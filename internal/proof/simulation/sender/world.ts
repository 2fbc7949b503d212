import { Random } from '../../../load/random.ts';
import type { SenderPorts } from '../../../sender/settings.ts';
import { EPOCH_MS, VirtualClock } from '../clock.ts';
import { Trace } from '../trace.ts';
import { checkEnd, checkMarks } from './last-words.ts';
import { Deliveries } from './deliveries.ts';
import { Life, type LifeEnd } from './life.ts';
import { Network } from './network.ts';
import { Operators } from './operators.ts';
import { RecordRules } from './record-rules.ts';
import { Requests } from './requests.ts';
import { drawScenario, type Order, type Scenario } from './scenario.ts';
import { storePort } from './store-port.ts';
import { type Tracked, unmet } from './tracked.ts';
import { Traffic } from './traffic.ts';
import { wirePort } from './wire-port.ts';

/** Several times the longest lease, pause and probe delay. */
const QUIET_MS = 1_200_000;
/** Retries that were written by a wrong clock are due that much later, and breakers wait for it. */
const WRONG_CLOCK_MS = 3_600_000;
const MARKS_MS = 11_000;
const MAX_STEPS = 2_000_000;
const SILENT = { debug() {}, info() {}, warn() {}, error() {} };
const TELEMETRY = { attempted() {}, delivered() {} };

/** One run of a seed: the store, those who write there, the receivers, and the senders. */
export class World {
  readonly clock = new VirtualClock();
  readonly trace: Trace;
  readonly scenario: Scenario;
  readonly database = new Deliveries(() => EPOCH_MS + this.clock.nowMs);
  readonly requests: Requests;
  /** The first violation of a rule. */
  violation: string | undefined;
  kills = 0;
  readonly #random: Random;
  readonly #network: Network;
  readonly #rules: RecordRules;
  readonly #operators: Operators;
  readonly #traffic: Traffic;
  readonly #tracked = new Map<number, Tracked>();
  readonly #lives: Life[] = [];
  readonly #slots: (Life | undefined)[] = [];
  readonly #receivers: Random;
  #phase: 'trouble' | 'quiet' | 'last' | 'closing' = 'trouble';

  constructor(seed: number, traceLines: number) {
    const random = new Random(seed);
    const { clock, database } = this;
    this.trace = new Trace(() => clock.nowMs, traceLines);
    this.scenario = drawScenario(random.fork());
    this.#random = random.fork();
    this.#receivers = random.fork();
    const common = { clock, database, trace: this.trace, scenario: this.scenario };
    const tracked = this.#tracked;
    this.#network = new Network({ ...common, random: random.fork() });
    this.requests = new Requests({ clock, database, tracked, fail: this.#fail });
    this.#rules = new RecordRules({ database, tracked, requests: this.requests, fail: this.#fail });
    this.#operators = new Operators({
      ...common,
      random: random.fork(),
      tracked,
      requests: () => this.requests,
    });
    this.#traffic = new Traffic({ ...common, random: random.fork() });
  }

  get lives(): number {
    return this.#lives.length;
  }

  /** Runs to the end, or to the first violation. */
  async run(): Promise<void> {
    const { clock } = this;
    using _clocks = clock.install(() => this.#random.next(), { immediates: true });
    this.#plan();
    for (let steps = 0; this.violation === undefined && !this.#isOver; steps += 1) {
      if (!(await clock.step())) this.#fail('no action is left, but the run is not over');
      if (steps > MAX_STEPS) this.#fail('the run does not end');
      for (const life of this.#slots) {
        if (life === undefined) continue;
        life.latestWallMs = Math.max(life.latestWallMs, life.wallMs);
        if (!life.sender.books.balanced)
          this.#fail(`the books of ${life.name} do not balance: ${JSON.stringify(life.sender.books)}`);
      }
    }
    if (this.violation === undefined) checkMarks(this.#tracked.values(), this.database, this.#fail);
    for (const life of this.#lives) life.bury();
    await clock.settled();
  }

  get #isOver(): boolean {
    return this.#phase === 'closing' && this.#slots.every((life) => life?.alive !== true);
  }

  readonly #fail = (words: string): void => {
    if (this.violation === undefined) this.trace.note(() => `VIOLATION: ${words}`);
    this.violation ??= words;
  };

  #plan(): void {
    const { scenario, clock } = this;
    this.trace.note(() => JSON.stringify(scenario));
    this.#traffic.plan();
    this.#operators.plan();
    for (let slot = 0; slot < scenario.senders; slot += 1)
      clock.after(this.#random.between(0, 5_000), () => this.#start(slot));
    for (const order of scenario.orders) clock.after(order.fromMs, () => this.#give(order));
    clock.after(scenario.quietFromMs, () => this.#beginQuiet());
    const limitMs = QUIET_MS + (scenario.wrongClocks ? 3 * WRONG_CLOCK_MS : 0);
    clock.after(scenario.quietFromMs + limitMs, () =>
      this.#fail(`${this.#left()}, long after the last fault`),
    );
  }

  #start(slot: number): void {
    if (this.#phase === 'closing') return;
    const { scenario, clock, trace } = this;
    const life = new Life({
      name: `sender ${slot + 1}.${this.#lives.length + 1}`,
      clock,
      trace,
      random: this.#random.fork(),
      settings: { ...scenario.settings, name: 'simulated' },
      ports: (of) => this.#portsOf(of),
      over: (ended, end) => this.#over(slot, ended, end),
    });
    if (scenario.wrongClocks && this.#phase === 'trouble') life.wallErrorMs = this.#wrongMs();
    this.#slots[slot] = life;
    this.#lives.push(life);
    life.start();
  }

  #wrongMs(): number {
    return Math.floor(this.#random.between(-WRONG_CLOCK_MS, WRONG_CLOCK_MS));
  }

  #portsOf(life: Life): SenderPorts {
    const { clock, trace, database, requests } = this;
    return {
      store: storePort(life, { network: this.#network, database, rules: this.#rules }),
      wire: wirePort(life, {
        clock,
        trace,
        database,
        requests,
        random: this.#receivers,
        tracked: this.#tracked,
        isQuiet: () => this.#network.quiet,
        fail: this.#fail,
      }),
      announcer: {
        announce: async ({ type, endpointId }) => {
          const endpoint = Number(endpointId.split('-')[1]);
          if (type !== 'endpoint.disabled') requests.announced(life, endpoint, type === 'endpoint.failing');
          trace.note(() => `${life.name}: ${type} ${endpoint}`);
        },
      },
      log: SILENT,
      telemetry: TELEMETRY,
    };
  }

  #over(slot: number, life: Life, end: LifeEnd): void {
    if (!life.alive) return;
    this.trace.note(() => `${life.name} ended: ${JSON.stringify(life.sender.books)}`);
    life.alive = false;
    if (end === 'killed') this.kills += 1;
    else if (end === 'ended') checkEnd(life, this.requests, this.clock.nowMs, this.#fail);
    else this.#fail(`${life.name} failed: ${String(end.error)}`);
    this.clock.after(this.#random.between(10, 5_000), () => this.#start(slot));
  }

  #give({ slot, order, untilMs }: Order): void {
    const life = this.#slots[slot];
    if (life?.alive !== true) return;
    const { clock, trace } = this;
    if (order === 'kill') life.crash('at once');
    else if (order === 'stop') life.stop();
    else if (order === 'freeze') life.freeze(untilMs);
    else if (order === 'partition') {
      trace.note(() => `${life.name} is cut from the store`);
      life.partitionedUntilMs = untilMs;
    } else if (order === 'clock') {
      if (this.scenario.wrongClocks) life.wallErrorMs = this.#wrongMs();
    } else {
      life.drain();
      clock.after(this.#random.between(500, 40_000), () => life.stop());
    }
  }

  #beginQuiet(): void {
    this.trace.note(() => 'the quiet period begins');
    this.#phase = 'quiet';
    this.#operators.reactivate();
    for (const life of this.#lives) life.wallErrorMs = 0;
    this.clock.after(5_000, () => this.#lookWhetherDone());
  }

  #left(): string | undefined {
    if (this.#traffic.waiting > 0) return 'messages are not stored';
    const owners = new Set(this.#lives.flatMap(({ alive, owner }) => (alive ? owner : [])));
    const free = this.database.shards.find(({ owner }) => owner === undefined || !owners.has(owner));
    if (free !== undefined) return `nobody serves the shard ${free.id}`;
    return unmet(this.#tracked.values(), this.database);
  }

  #lookWhetherDone(): void {
    const isLast = this.#phase === 'last';
    if (this.#left() !== undefined) this.clock.after(1_000, () => this.#lookWhetherDone());
    else if (this.#phase === 'quiet') {
      this.#phase = 'last';
      this.#traffic.storeLast();
      this.clock.after(2_000, () => this.#lookWhetherDone());
    } else if (isLast) {
      // Marks are written every few seconds.
      this.clock.after(MARKS_MS, () => {
        this.#phase = 'closing';
        for (const life of this.#slots) life?.drain();
      });
    }
  }
}
