import { registerHooks } from 'node:module';

// A sender loads this file first (NODE_OPTIONS=--import). It lowers the minimum of SENDER_LEASE_SECONDS, which follows from the
// longest timeout that an endpoint may have: here they all have a short one, and rounds would otherwise wait for takeovers.
const FILE = '/internal/sender/variables.ts';
const USUAL = 'SENDER_LEASE_SECONDS: whole(40, 36, 600)';

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    if (!url.endsWith(FILE)) return loaded;
    const source = Buffer.from(loaded.source as Uint8Array).toString();
    if (!source.includes(USUAL)) throw new Error(`${FILE} has no "${USUAL}" any more`);
    return { ...loaded, source: source.replace(USUAL, 'SENDER_LEASE_SECONDS: whole(40, 8, 600)') };
  },
});
