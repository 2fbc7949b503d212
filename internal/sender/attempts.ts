import { uuid7Milliseconds } from '../event/uuid7.ts';
import { delayed, type Effects, effectsOf, givenUp, lost, unsendable } from './attempt.ts';
import type { Books } from './books.ts';
import { type Item, withoutMessage } from './item.ts';
import type { Line } from './line.ts';
import { judge, type Verdict } from './outcome.ts';
import type { Loaded } from './queue.ts';
import type { Entry, Recorder } from './recorder.ts';
import { buildRequest } from './request.ts';
import type { SenderPorts } from './settings.ts';
import { TenantNews } from './tenant-news.ts';

interface AttemptsParts extends Pick<SenderPorts, 'wire' | 'announcer' | 'log' | 'telemetry'> {
  readonly books: Books;
  readonly recorder: Recorder;
  /** Returns the id of an attempt, greater than those before. */
  readonly mint: () => string;
  /** Requests in flight are given up. */
  readonly stop: AbortSignal;
}

/** Makes requests, judges the answers, and hands on what is to be written down. */
export class Attempts {
  readonly #parts: AttemptsParts;
  readonly #news: TenantNews;

  constructor(parts: AttemptsParts) {
    this.#parts = parts;
    this.#news = new TenantNews(parts);
  }

  /** Changes of endpoints that were told, by kind. */
  get changes(): TenantNews['counts'] {
    return this.#news.counts;
  }

  /** Writes down what need not be sent of what was loaded. */
  leaveOut(line: Line, { skipped, delayed: early, lost: gone }: Loaded): void {
    const { books } = this.#parts;
    books.take(skipped.length);
    books.settle('skipped', skipped.length);
    const nowMs = Date.now();
    for (const item of early) this.#writeDown({ line, wanted: item, effects: delayed(item) });
    for (const wanted of gone)
      this.#writeDown({ line, wanted, effects: lost(wanted, this.#parts.mint(), nowMs) });
  }

  /** Makes one request; resolves when its outcome is known and about to be written down. */
  async make(line: Line, item: Item): Promise<void> {
    const { wire, telemetry, books, recorder, stop } = this.#parts;
    const { endpoint } = line;
    books.take();
    const id = this.#parts.mint();
    if (item.window !== undefined) item.window.firstFact ??= id;
    const isProbe = line.pace.isOpen;
    const request = this.#build(line, item, id);
    if (request === undefined) return;
    const startedMs = performance.now();
    const answer = await wire.post(request, stop);
    const milliseconds = performance.now() - startedMs;
    const { backOffSeconds } = line.pace;
    const made = { id, digest: request.digest, answer, milliseconds, isProbe, backOffSeconds };
    const nowMs = Date.now();
    const verdict = judge(answer, nowMs);
    if (verdict.kind === 'stopped') {
      recorder.addFact(givenUp(item, made));
      books.settle('released');
      line.queue.ended(item, undefined);
      return;
    }
    const effects = effectsOf(item, endpoint, made, verdict, nowMs);
    const wasDisabled = line.endpoint.state === 'disabled';
    this.#learn(line, verdict, effects, { nowMs, milliseconds });
    line.queue.ended(item, effects.retry, effects.dead !== undefined);
    const hopeless = verdict.kind === 'retry' ? line.pace.health.hopeless(nowMs) : undefined;
    // Of those that were in flight together, the first one disables it.
    const disabled = wasDisabled ? undefined : (effects.disabled ?? hopeless);
    recorder.add({
      line,
      wanted: withoutMessage(item),
      effects: disabled === effects.disabled ? effects : { ...effects, disabled },
    });
    if (disabled !== undefined) line.disable();
    if (effects.fact !== undefined) telemetry.attempted(effects.fact.outcome, milliseconds / 1000);
    if (verdict.kind === 'delivered' && item.retry === undefined)
      telemetry.delivered(Math.max(0, nowMs - uuid7Milliseconds(item.messageId)) / 1000);
  }

  /** What is wrong with one message must not end the process, which would meet it again after each start: it is dead. */
  #build(line: Line, item: Item, id: string): ReturnType<typeof buildRequest> | undefined {
    try {
      return buildRequest(item.message, line.endpoint, Date.now());
    } catch (error) {
      const { name } = error as Error; // its message may show parts of the payload
      const { tenantId: tenant, clientId: client, id: endpoint } = line.endpoint;
      const { messageId: message } = item;
      this.#parts.log.error(
        { tenant, client, endpoint, message, name },
        'no request can be made of a message',
      );
      const effects = unsendable(item, id, name, Date.now());
      line.queue.ended(item, undefined);
      this.#parts.recorder.add({ line, wanted: item, effects });
      return undefined;
    }
  }

  /** What the answer says about the endpoint. */
  #learn(
    line: Line,
    verdict: Verdict,
    { pausedUntilMs }: Effects,
    { nowMs, milliseconds }: { nowMs: number; milliseconds: number },
  ): void {
    const { pace, queue } = line;
    if (pausedUntilMs !== undefined) pace.pauseFor(pausedUntilMs - nowMs);
    if (verdict.kind === 'delivered' || verdict.kind === 'refused') {
      const isBack = verdict.kind === 'delivered' ? pace.succeeded(nowMs, queue.inFlight) : pace.works();
      if (!isBack) return;
      queue.due.bringForward(nowMs); // what failed while it was down waits for no schedule any more
      this.#news.tell(line.endpoint, 'endpoint.recovered', 'a request has succeeded');
    } else if (verdict.kind === 'throttled') pace.throttled(milliseconds);
    else if (verdict.kind === 'retry') {
      if (verdict.overloaded) pace.overloaded(milliseconds);
      if (pace.failed(nowMs, verdict.connection))
        this.#news.tell(line.endpoint, 'endpoint.failing', verdict.error);
    }
  }

  #writeDown(entry: Entry): void {
    const { line, wanted, effects } = entry;
    this.#parts.books.take();
    if (wanted.window !== undefined) wanted.window.firstFact ??= effects.fact?.id ?? this.#parts.mint();
    if (effects.retry !== undefined) line.queue.becomes(effects.retry);
    this.#parts.recorder.add(entry);
  }

  /** What became of a delivery is written down: only now it is settled. */
  recorded({ line, wanted, effects }: Entry): void {
    const { books } = this.#parts;
    if (effects.dead !== undefined) books.settle(effects.dead.reason === 'lost' ? 'lost' : 'dead');
    else books.settle(effects.retry === undefined ? 'delivered' : 'retrying');
    line.recorded(wanted, effects.retry);
    if (effects.disabled !== undefined && !line.dropped)
      this.#news.tell(line.endpoint, 'endpoint.disabled', effects.disabled);
  }
}
