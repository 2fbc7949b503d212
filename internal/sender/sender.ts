import { randomUUID } from 'node:crypto';
import { mintUuid7 } from '../event/uuid7.ts';
import type { Gate } from '../waiting/gate.ts';
import { sleep } from '../waiting/sleep.ts';
import { Attempts } from './attempts.ts';
import { Books } from './books.ts';
import { Dispatcher } from './dispatcher.ts';
import { type EndSignals, Ending } from './ending.ts';
import { LaneReader } from './lane-reader.ts';
import type { Line } from './line.ts';
import type { Held } from './queue.ts';
import { Lines } from './lines.ts';
import { Loader } from './loader.ts';
import { Marks } from './marks.ts';
import { Ownership } from './ownership.ts';
import { Recorder } from './recorder.ts';
import { Served } from './served.ts';
import type { SenderPorts, SenderSettings } from './settings.ts';
import { ToldGate } from './told-gate.ts';

/** After the store went back: how often it is looked whether all results are written down. */
const RESTART_LOOK_MS = 100;

/**
 * Delivers stored messages to the endpoints whose shards this process holds. A delivery's way: its lane is read, its message
 * is loaded, its endpoint's turn comes, the request is made and judged, and what follows is written down. Only then is it
 * settled.
 */
export class Sender {
  readonly books = new Books();
  readonly #ports: SenderPorts;
  readonly #gate: Gate;
  readonly #ending = new Ending();
  readonly #held: Held = { ids: 0, payload: 0 };
  readonly #lines = new Lines();
  readonly #ownership: Ownership;
  readonly #served: Served;
  readonly #reader: LaneReader;
  readonly #loader: Loader;
  readonly #dispatcher: Dispatcher;
  readonly #recorder: Recorder;
  readonly #attempts: Attempts;
  readonly #marks: Marks;
  #fenceLosses = 0;
  #isRestarting = false;

  /** @param mint returns UUIDv7s for attempts, each greater than those before, of now or of that time */
  constructor(ports: SenderPorts, settings: SenderSettings, mint: (nowMs?: number) => string = mintUuid7) {
    const { store, log } = ports;
    const { concurrency, hostConcurrency, leaseSeconds, name } = settings;
    const owner = { id: randomUUID(), name, leaseSeconds };
    const lines = this.#lines;
    const gate = new ToldGate(log);
    this.#gate = gate;
    const held = this.#held;
    this.#ports = ports;
    const look = (line: Line) => this.#look(line);
    this.#ownership = new Ownership({
      store,
      owner,
      gate,
      log,
      gained: () => this.#served.shardsChanged(),
      leaving: ({ id }) => this.#leaveShard(id),
      isQuiet: ({ id }) => lines.ofShard(id).every((line) => line.queue.inFlight + line.unrecorded === 0),
      lost: ({ id }) => this.#loseShard(id),
    });
    this.#served = new Served({
      store,
      lines,
      held,
      gate,
      log,
      mint,
      shards: () => (this.#isRestarting ? [] : this.#ownership.staying),
      opened: (opened) => {
        this.#loader.readRetries(opened);
        this.#reader.admit(opened);
      },
      changed: (line) => {
        this.#loader.readRetries([line]); // a replay may have added some
        look(line);
      },
      gone: (line) => this.#drop(line),
    });
    this.#reader = new LaneReader({
      store,
      lines,
      gate,
      pollMs: settings.pollMs,
      touched: look,
      wentBack: () => {
        this.#restart().catch((error: unknown) => this.#ending.fail(error));
      },
    });
    this.#loader = new Loader({
      store,
      held,
      gate,
      touched: look,
      loaded: (line, loaded) => {
        this.#attempts.leaveOut(line, loaded);
        look(line);
      },
    });
    this.#recorder = new Recorder({
      store,
      owner,
      gate,
      results: settings.results,
      recorded: (entry) => {
        this.#attempts.recorded(entry);
        look(entry.line);
      },
      lost: (shards) => {
        this.#fenceLosses += shards.length;
        this.#ownership.forget(shards);
      },
    });
    this.#attempts = new Attempts({
      ...ports,
      books: this.books,
      recorder: this.#recorder,
      mint,
      stop: this.#ending.stop,
    });
    this.#marks = new Marks({ lines, recorder: this.#recorder, mint, tail: () => this.#reader.tail });
    this.#dispatcher = new Dispatcher({
      lines,
      concurrency,
      hostConcurrency,
      isOpen: () => gate.isOpen && !this.#recorder.isFull && !this.#ending.drain.aborted,
      lastsFor: (milliseconds) => this.#ownership.lastsFor(milliseconds),
      taken: (line) => this.#loader.look(line),
      attempt: (line, item) => this.#attempts.make(line, item),
      woken: (number) => {
        const line = lines.get(number);
        if (line !== undefined) look(line);
      },
      failed: (error) => this.#ending.fail(error),
    });
  }

  /** Why the last statement failed; undefined when it was answered. */
  get storeProblem(): Error | undefined {
    return this.#gate.problem;
  }

  /** What metrics show beside the books. */
  observed() {
    let breakersOpen = 0;
    for (const line of this.#lines) if (line.pace.isOpen) breakersOpen += 1;
    return {
      shards: this.#ownership.size,
      endpoints: this.#lines.size,
      breakersOpen,
      behind: this.#reader.behind,
      fenceLosses: this.#fenceLosses,
      changes: this.#attempts.changes,
      inFlight: this.#dispatcher.inFlight,
      unrecorded: this.#recorder.unrecorded,
    };
  }

  /** Delivers until `drain`; then finishes what is in flight, or gives it up at `stop`. Rejects on an unexpected error. */
  async run(signals: EndSignals): Promise<void> {
    const ending = this.#ending;
    ending.follow(signals);
    const { drain, stop } = ending;
    const finished = new AbortController();
    const recording = ending.watch(this.#recorder.run(stop));
    const holding = ending.watch(this.#ownership.run(finished.signal));
    this.#dispatcher.run(drain);
    const parts = [
      this.#served.run(drain),
      this.#reader.run(drain),
      this.#loader.run(drain),
      this.#marks.run(drain),
    ];
    await ending.unlessLate(Promise.all(parts.map((part) => ending.watch(part))));
    await this.#dispatcher.quiet();
    this.#marks.write((line) => line.dirty);
    this.#recorder.close();
    await ending.unlessLate(recording);
    this.#recorder.abandon();
    finished.abort();
    await ending.unlessLate(holding);
    await ending.unlessTooLate(this.#leave());
    this.books.settle('released', this.books.inFlight); // of which nothing could be written down
    ending.throwFailure();
  }

  /** Others take over at once; if this fails, they do when the lease has run out. */
  async #leave(): Promise<void> {
    try {
      await this.#ownership.leave();
    } catch (err) {
      this.#ports.log.warn(
        { err },
        'the shards could not be given up; others take over when the lease has run out',
      );
    }
  }

  /** Something about the line has changed. */
  #look(line: Line): void {
    if (line.dropped) return;
    this.#loader.look(line);
    this.#reader.look(line);
    this.#dispatcher.look(line);
  }

  /** Forgets all lines, and opens them anew when nothing of the old ones is on its way any more. */
  async #restart(): Promise<void> {
    if (this.#isRestarting) return;
    this.#isRestarting = true;
    this.#ports.log.warn(
      {},
      'PostgreSQL has lost commits in a failover; all endpoints are read anew, from their marks',
    );
    for (const line of this.#lines) this.#drop(line);
    const { drain } = this.#ending;
    await this.#dispatcher.quiet();
    while (this.#recorder.unrecorded > 0 && !drain.aborted) await sleep(RESTART_LOOK_MS, drain);
    this.#isRestarting = false;
    this.#served.shardsChanged();
  }

  #leaveShard(id: number): void {
    this.#marks.write(({ shard }) => shard.id === id);
    for (const line of this.#lines.ofShard(id)) {
      line.leaving = true;
      this.#dispatcher.forget(line);
    }
  }

  /** A turn or a place among those behind that nobody takes back would count as work of its tenant for ever. */
  #drop(line: Line): void {
    this.#lines.drop(line);
    this.#dispatcher.forget(line);
    this.#reader.look(line);
  }

  #loseShard(id: number): void {
    for (const line of this.#lines.ofShard(id)) this.#drop(line);
    this.#served.shardsChanged(); // in case that it is held again, with another epoch
  }
}
