import type { Fault, Site } from '../fault.ts';
import type { Moment } from '../postgres-proxy.ts';
import { isStore, strikes } from './striking.ts';

/**
 * kill -9 at the given moment of a store. Another processor takes its place and receives what SQS redelivers.
 */
function killAt(name: string, moment: Moment, what: string): Fault {
  return {
    name,
    what,
    inject: (site, signal, random) =>
      strikes(2, signal, async (patience) => {
        const caught = await site.postgresProxy.catchAt(moment, isStore, patience);
        try {
          await site.processors.kill(await site.processors.pick(random));
        } finally {
          caught.cut();
        }
      }),
  };
}

/** Holds the next delete, before or after SQS executes it. */
function catchDelete(site: Site, moment: 'before' | 'after', patience: AbortSignal) {
  return new Promise<{ done: () => void }>((resolve, reject) => {
    patience.addEventListener('abort', () => reject(new Error('no delete came')), { once: true });
    let caught = false;
    const trap = site.sqsProxy.intercept(async (call, next) => {
      if (caught || call.action !== 'DeleteMessageBatch') return next(call);
      caught = true;
      if (moment === 'after') await next(call);
      await new Promise<void>((done) => resolve({ done }));
      trap[Symbol.dispose]();
      return 'reset';
    });
  });
}

export const processorFaults: readonly Fault[] = [
  killAt('kill-before-insert', 'before_statement', 'kill -9 when a batch is on its way to PostgreSQL'),
  killAt(
    'kill-before-commit',
    'before_commit',
    'kill -9 when a batch is inserted and its commit is on its way',
  ),
  killAt(
    'kill-after-commit',
    'after_commit',
    'kill -9 when a batch is committed and nothing of it is deleted',
  ),
  {
    name: 'kill-during-ack',
    what: 'kill -9 while SQS carries out a delete',
    inject: (site, signal, random) =>
      strikes(2, signal, async (patience) => {
        const { done } = await catchDelete(site, random.pick(['before', 'after']), patience);
        await site.processors.kill(await site.processors.pick(random));
        done();
      }),
  },
  {
    name: 'sigterm',
    what: 'SIGTERM under load; another processor starts',
    inject: (site, signal, random) =>
      strikes(2, signal, async () => {
        await site.processors.end(await site.processors.pick(random));
        await site.processors.startReady();
      }),
  },
  {
    name: 'sigterm-twice',
    what: 'SIGTERM twice while a batch is on its way to PostgreSQL: what is not stored yet is given back',
    inject: (site, signal, random) =>
      strikes(2, signal, async (patience) => {
        const caught = await site.postgresProxy.catchAt('before_statement', isStore, patience);
        try {
          await site.processors.end(await site.processors.pick(random), random.whole(1, 200));
        } finally {
          caught.cut();
        }
        await site.processors.startReady();
      }),
  },
  {
    name: 'rolling-restart',
    what: 'three processors are replaced one after the other under load',
    processors: 3,
    async inject({ processors }) {
      const old = processors.running;
      for (const each of old) {
        await processors.startReady();
        await processors.end(each);
      }
      return old.length;
    },
  },
];
