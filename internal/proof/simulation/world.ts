import { VirtualClock } from './clock.ts';
import { Database } from './database.ts';
import { Expectations } from './expectations.ts';
import { healingPort } from './healing-port.ts';
import { inboxPort } from './inbox-port.ts';
import { checkEnd } from './last-words.ts';
import { type Ending, Life } from './life.ts';
import { Queue } from './queue.ts';
import { Random } from '../../load/random.ts';
import { drawScenario, type Order, type Scenario } from './scenario.ts';
import { storePort } from './store-port.ts';
import { Trace } from './trace.ts';
import { Traffic } from './traffic.ts';
import { Weather } from './weather.ts';
import { Wire } from './wire.ts';

/**
 * Time after which everything must be completed in the quiet period: several times the longest lease and
 * replay interval.
 */
const QUIET_MS = 600_000;
/** Several times the longest run. */
const MAX_STEPS = 50_000;
const SILENT = { debug() {}, info() {}, warn() {}, error() {} };
const TELEMETRY = { batchCommitted() {}, messageCommitted() {} };

/** One run of a seed: services, producers and processors. */
export class World {
  readonly clock = new VirtualClock();
  readonly database = new Database(() => this.clock.nowMs);
  readonly queue: Queue;
  readonly trace: Trace;
  readonly scenario: Scenario;
  /** The first violation of a rule. */
  violation: string | undefined;
  kills = 0;
  readonly random: Random;
  readonly #weather: Weather;
  readonly #wire: Wire;
  readonly #expectations: Expectations;
  readonly #traffic: Traffic;
  readonly #lives: Life[] = [];
  readonly #slots: (Life | undefined)[] = [];
  #unsent = 0;
  /** A processor ended because the queue was empty. Later ones keep running, to replay what is left. */
  #endedEmpty = false;
  #closing = false;

  constructor(seed: number, traceLines: number) {
    const random = new Random(seed);
    const now = () => this.clock.nowMs;
    this.trace = new Trace(now, traceLines);
    this.scenario = drawScenario(random.fork());
    this.random = random.fork();
    this.#weather = new Weather(this.scenario, random.fork(), now);
    this.#wire = new Wire({ clock: this.clock, weather: this.#weather, trace: this.trace });
    this.queue = new Queue({
      clock: this.clock,
      random: random.fork(),
      weather: this.#weather,
      habits: this.scenario.habits,
      visibilityTimeoutSeconds: this.scenario.settings.visibilityTimeoutSeconds,
    });
    this.#expectations = new Expectations(this.database, this.#fail);
    this.database.listener = {
      row: (storable) => this.#expectations.checkRow(storable),
      rejection: (record) => this.#expectations.checkRejection(record),
    };
    this.#traffic = new Traffic(random.fork(), this.scenario);
  }

  get lives(): number {
    return this.#lives.length;
  }

  /** Runs to the end, or to the first violation. */
  async run(): Promise<void> {
    using _clocks = this.clock.install(() => this.random.next());
    this.#plan();
    for (let steps = 0; this.violation === undefined && !this.#isOver(); steps += 1) {
      if (!(await this.clock.step())) this.#fail('no action is left, but the run is not over');
      if (steps > MAX_STEPS) this.#fail(`the run is not over after ${MAX_STEPS} steps`);
      for (const life of this.#slots) {
        if (life !== undefined && !life.processor.books.balanced) {
          this.#fail(`the books of ${life.name} do not balance: ${JSON.stringify(life.processor.books)}`);
        }
      }
    }
    for (const life of this.#lives) life.bury();
    await this.clock.settled();
  }

  readonly #fail = (words: string): void => {
    if (this.violation === undefined) this.trace.note(() => `VIOLATION: ${words}`);
    this.violation ??= words;
  };

  #plan(): void {
    const { scenario, clock, random, database } = this;
    this.#unsent = scenario.sends;
    for (let i = 0; i < scenario.sends; i += 1) {
      clock.after(random.between(0, scenario.quietFromMs), () => this.#send(`message-${i + 1}`));
    }
    for (let slot = 0; slot < scenario.processors; slot += 1) this.#start(slot);
    for (const order of scenario.orders) clock.after(order.atMs, () => this.#give(order));
    clock.after(random.between(0, scenario.quietFromMs), () => database.registerLate());
    clock.after(random.between(0, scenario.quietFromMs), () => database.registry.changeSchema());
    clock.after(scenario.quietFromMs, () => this.#beginQuiet());
    clock.after(scenario.quietFromMs + QUIET_MS, () =>
      this.#fail(`${this.#unmet()}, long after the last fault`),
    );
  }

  #send(sqsMessageId: string): void {
    const { text, body, attributes, items } = this.#traffic.message(sqsMessageId);
    // Compressed bytes differ between versions of the compressor, so the trace has the text.
    this.trace.note(() => `sent ${sqsMessageId} ${JSON.stringify(attributes)}: ${text}`);
    this.#expectations.sent(sqsMessageId, items);
    this.queue.send({ sqsMessageId, body, attributes });
    this.#unsent -= 1;
  }

  #start(slot: number): void {
    if (this.#closing) return;
    const untilEmpty = this.scenario.endsWhenEmpty && this.#weather.quiet && !this.#endedEmpty;
    const { clock, trace, queue, database, scenario } = this;
    const common = { clock, wire: this.#wire, expectations: this.#expectations, fail: this.#fail };
    const life = new Life({
      name: `processor ${slot + 1}.${this.#lives.length + 1}`,
      clock,
      trace,
      settings: { ...scenario.settings, untilEmpty },
      fail: this.#fail,
      ports: (life) => ({
        inbox: inboxPort(life, { ...common, queue }),
        store: storePort(life, {
          ...common,
          database,
          weather: this.#weather,
          refusedRejections: scenario.refusedRejections,
        }),
        log: SILENT,
        telemetry: TELEMETRY,
      }),
      healing: (life) => healingPort(life, { ...common, database }),
      replayIntervalSeconds: scenario.replayIntervalSeconds,
      over: (ended, ending) => this.#over(slot, ended, ending),
    });
    this.#slots[slot] = life;
    this.#lives.push(life);
    life.start();
  }

  #over(slot: number, life: Life, ending: Ending): void {
    this.trace.note(() => `${life.name} ended: ${JSON.stringify(life.processor.books)}`);
    if (ending === 'killed') this.kills += 1;
    else if (ending !== 'ended') this.#fail(`${life.name} failed: ${String(ending.error)}`);
    else {
      checkEnd(life, this.queue, this.clock.nowMs, this.#fail);
      const byItself = life.drainedAtMs === undefined && life.stoppedAtMs === undefined;
      this.#endedEmpty ||= byItself;
      if (byItself && this.queue.size > 0) {
        this.#fail(`${life.name} took the queue for empty, but it had ${this.queue.size} messages`);
      }
    }
    this.clock.after(this.random.between(10, 5_000), () => this.#start(slot));
  }

  #give({ slot, order }: Order): void {
    const life = this.#slots[slot];
    if (life === undefined) return;
    if (order === 'kill') life.crash('at once');
    else if (order === 'stop') life.stop();
    else {
      life.drain();
      this.clock.after(this.random.between(500, 20_000), () => life.stop());
    }
  }

  #beginQuiet(): void {
    this.trace.note(() => 'the quiet period begins');
    this.clock.after(5_000, () => this.#lookWhetherDone());
    if (this.scenario.endsWhenEmpty) for (const life of this.#slots) life?.drain();
  }

  #lookWhetherDone(): void {
    if (this.#isDone()) {
      this.#closing = true;
      for (const life of this.#slots) life?.drain();
    } else {
      this.clock.after(1_000, () => this.#lookWhetherDone());
    }
  }

  #isDone(): boolean {
    return this.#unsent === 0 && this.queue.size === 0 && this.#expectations.unmet().length === 0;
  }

  #isOver(): boolean {
    return this.#closing && this.#slots.every((life) => life?.alive !== true);
  }

  #unmet(): string {
    const unmet = this.#expectations.unmet();
    const left = this.queue.messageIds;
    if (left.length > 0) return `still on the queue: ${left.join(' ')}`;
    return unmet.length > 0 ? unmet.join('; ') : 'processors that were told to drain have not ended';
  }
}
