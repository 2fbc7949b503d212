import { fifoInboxContract } from './fifo-inbox-contract.ts';
import { inboxContract } from './inbox-contract.ts';
import type { InboxOptions } from './inbox-rig.ts';
import { MemoryInbox } from './memory-inbox.ts';

async function setUp(queue: string, { visibilityTimeoutSeconds = 30 }: InboxOptions = {}) {
  const inbox = new MemoryInbox(visibilityTimeoutSeconds, queue);
  return {
    inbox,
    nowMs: () => Date.now(),
    async send(bodies: readonly string[], group?: string) {
      inbox.send(bodies, undefined, {}, group === undefined ? {} : { MessageGroupId: group });
    },
    async [Symbol.asyncDispose]() {},
  };
}

inboxContract('in memory', (options) => setUp('memory', options));
fifoInboxContract('in memory', (options) => setUp('memory.fifo', options));
