import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import process from 'node:process';
import type { Behaviour, GroupState, ReceiverCommand, ReceiverSays } from './receiver-protocol.ts';

// The process that takes deliveries, as cheaply as `node:http` can. It listens on many ports: each is an origin of its own. The
// first part of a path names a group of endpoints, whose behaviour its parent sets over IPC.

const PORTS = 101;

const OK_HEADERS = { 'content-length': '0' };
const SLOW_MS = 1_000;
const ALTERNATING_MS = 3_000;
/** Of a group that fails sometimes, every how many-th request does. */
const FAILS_EVERY = 10;

class Group {
  requests = 0;
  /** When each message first came and was accepted, by its id. */
  readonly accepted = new Map<string, number>();
  firstMs = 0;
  lastMs = 0;
  behaviour: Behaviour = 'ok';
  /** Numbers of accepted messages that the parent waits for, the next one first. */
  marks: number[] = [];

  get state(): GroupState {
    const { requests, firstMs, lastMs } = this;
    return { requests, accepted: this.accepted.size, firstMs, lastMs };
  }
}

const groups = new Map<string, Group>();
let connections = 0;

function groupOf(name: string): Group {
  let group = groups.get(name);
  if (group === undefined) {
    group = new Group();
    groups.set(name, group);
  }
  return group;
}

function serve(request: IncomingMessage, response: ServerResponse): void {
  request.resume();
  const url = request.url ?? '/';
  const end = url.indexOf('/', 1);
  const name = end === -1 ? url.slice(1) : url.slice(1, end);
  const group = groupOf(name);
  group.requests += 1;
  const nowMs = Date.now();
  response.sendDate = false;
  switch (group.behaviour) {
    case 'ok':
      return accept(name, group, nowMs, request, response);
    case 'hang':
      return;
    case 'refuse':
      return refuse(response);
    case 'slow':
      setTimeout(refuse, SLOW_MS, response);
      return;
    case 'alternate':
      if (Math.floor(nowMs / ALTERNATING_MS) % 2 === 0) return refuse(response);
      return accept(name, group, nowMs, request, response);
    case 'sometimes':
      if (group.requests % FAILS_EVERY === 0) return refuse(response);
      return accept(name, group, nowMs, request, response);
  }
}

function refuse(response: ServerResponse): void {
  response.writeHead(500, OK_HEADERS).end();
}

function accept(
  name: string,
  group: Group,
  nowMs: number,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const id = webhookId(request.rawHeaders);
  if (!group.accepted.has(id)) {
    group.accepted.set(id, nowMs);
    if (group.firstMs === 0) group.firstMs = nowMs;
    group.lastMs = nowMs;
    if (group.accepted.size === group.marks[0]) {
      group.marks.shift();
      say({ kind: 'reached', group: name, accepted: group.accepted.size, atMs: nowMs });
    }
  }
  response.writeHead(200, OK_HEADERS).end();
}

/** Without `headers`, which would build an object of all of them. */
function webhookId(raw: readonly string[]): string {
  const at = raw.findIndex((text, i) => i % 2 === 0 && text.toLowerCase() === 'webhook-id');
  return raw[at + 1] ?? '';
}

function obey(command: ReceiverCommand): unknown {
  switch (command.kind) {
    case 'forget':
      groups.clear();
      connections = 0;
      return undefined;
    case 'behave':
      groupOf(command.group).behaviour = command.behaviour;
      return undefined;
    case 'watch':
      groupOf(command.group).marks = [...command.accepted];
      return undefined;
    case 'state':
      return groupOf(command.group).state;
    case 'connections':
      return connections;
    case 'arrivals':
      return [...groupOf(command.group).accepted];
  }
}

function say(what: ReceiverSays): void {
  process.send?.(what);
}

function listening(server: Server): Promise<number> {
  server.on('connection', () => {
    connections += 1;
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

const { CERT: cert, KEY: key } = process.env;
const options = { keepAliveTimeout: 60_000 };
const https = await listening(createTlsServer({ ...options, cert, key }, serve));
const http = await Promise.all(Array.from({ length: PORTS }, () => listening(createServer(options, serve))));
process.on('message', (command) => {
  say({ kind: 'answer', value: obey(command as ReceiverCommand) });
});
process.on('disconnect', () => process.exit(0)); // the parent has ended
say({ kind: 'ports', http, https });
