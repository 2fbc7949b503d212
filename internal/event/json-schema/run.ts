import type { Resource } from './survey.ts';
import { escaped } from './values.ts';

/** What is wrong with a value, in words that follow its name; of several alternatives, with what the nearest one says. */
export type Failure =
  | string
  | { readonly text: string; readonly path: Path | null; readonly nearest: Failure };

/** Where it is: a name or an index, and where to look from there. Written out only for the one that is told. */
export interface Path {
  readonly token: string | number;
  readonly rest: Path | null;
  readonly length: number;
}

/** A sentence on what is wrong with the payload. */
export function sentence(path: Path | null, failure: Failure): string {
  return `payload${pointerOf(path)} ${wordsOf(failure)}`;
}

export function wordsOf(failure: Failure): string {
  if (typeof failure === 'string') return failure;
  const { text, path, nearest } = failure;
  return `${text}${path === null ? '' : `${pointerOf(path)} `}${wordsOf(nearest)}`;
}

/** A JSON Pointer (RFC 6901); long names are cut. */
export function pointerOf(path: Path | null): string {
  let pointer = '';
  for (let at = path; at !== null; at = at.rest) pointer += `/${escaped(cut(String(at.token)))}`;
  return pointer;
}

/** The resources that evaluation went through to where it is, innermost first (JSON Schema, "dynamic scope"). */
export interface Scope {
  readonly resource: Resource;
  readonly outer: Scope | null;
}

/** One check of one payload: what it may still spend, where it is, and the first thing that was found wrong. */
export class Run {
  /** What may still be spent; below zero, every schema fails at once and the check ends without a verdict. */
  steps: number;
  /** Of the steps that patterns are taken to need in the worst case, what may still go to the engine's own RegExp. */
  nativeSteps = 200_000;
  depth = 0;
  scope: Scope;
  /** What is wrong, and where. Overwritten by whatever fails later. */
  failure: Failure = '';
  path: Path | null = null;
  /** Why the payload cannot be judged. */
  stopped: string | null = null;

  constructor(steps: number, resource: Resource) {
    this.steps = steps;
    this.scope = { resource, outer: null };
  }

  /** Says what is wrong with the value at hand. */
  fail(failure: Failure): false {
    this.failure = failure;
    this.path = null;
    return false;
  }

  /** Says in which member of the value at hand something is wrong. */
  at(token: string | number): false {
    this.path = { token, rest: this.path, length: 1 + (this.path?.length ?? 0) };
    return false;
  }

  /** Gives the check up, with the reason; the first one counts. */
  stop(reason: string): false {
    this.stopped ??= reason;
    this.steps = -1;
    return false;
  }
}

const MAX_NAME = 200;

/** A name out of a payload, short enough for a sentence. */
export function cut(name: string): string {
  return name.length > MAX_NAME ? `${name.slice(0, MAX_NAME)}…` : name;
}

/** Whether a value meets a schema. Notes in `evaluated`, where given, which members and elements it looked at. */
export type Check = (value: unknown, run: Run, evaluated: Evaluated | null) => boolean;

/** What it takes to make room for notes, and to note one name or index. */
const STEPS_FOR_NOTES = 2;
const STEPS_TO_NOTE = 4;

/** The members and elements of one value that keywords have accepted, for unevaluatedProperties and -Items. */
export class Evaluated {
  readonly names = new Set<string>();
  readonly indexes = new Set<number>();
  allNames = false;
  /** All elements below this index. */
  below = 0;

  constructor(run: Run) {
    run.steps -= STEPS_FOR_NOTES;
  }

  noteName(name: string, run: Run): void {
    run.steps -= STEPS_TO_NOTE;
    this.names.add(name);
  }

  noteIndex(index: number, run: Run): void {
    run.steps -= STEPS_TO_NOTE;
    this.indexes.add(index);
  }

  merge(other: Evaluated, run: Run): void {
    run.steps -= STEPS_TO_NOTE * (other.names.size + other.indexes.size);
    if (run.steps < 0) return;
    for (const name of other.names) this.names.add(name);
    for (const index of other.indexes) this.indexes.add(index);
    this.allNames ||= other.allNames;
    this.below = Math.max(this.below, other.below);
  }
}
