import { problemOf } from './check-url.ts';

/** A URL that requests go to. */
export interface Target {
  readonly origin: string;
  readonly path: string;
  /** What is wrong with the URL; then nothing is sent. */
  readonly problem: string | undefined;
  /** Responses whose bodies are still being read after they were answered. */
  draining: number;
}

const MAX_TARGETS = 20_000;

/** URLs taken apart: building a URL costs more than all other work of ours for a request. */
export class Targets {
  readonly #allowHttp: boolean;
  readonly #known = new Map<string, Target>();

  constructor({ allowHttp }: { readonly allowHttp: boolean }) {
    this.#allowHttp = allowHttp;
  }

  of(text: string): Target {
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    const oldest = this.#known.size >= MAX_TARGETS ? this.#known.keys().next().value : undefined;
    if (oldest !== undefined) this.#known.delete(oldest);
    const target = this.#take(text);
    this.#known.set(text, target);
    return target;
  }

  #take(text: string): Target {
    const problem = problemOf(text, { allowHttp: this.#allowHttp });
    if (problem !== undefined) return { origin: '', path: '', problem, draining: 0 };
    const { origin, pathname, search } = new URL(text);
    return { origin, path: pathname + search, problem, draining: 0 };
  }
}
