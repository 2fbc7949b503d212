import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { PROGRAMS } from '../../programs/known.ts';
import { METRIC_NAMES } from '../../../cmd/processor/report.ts';
import { openMetrics } from '../../telemetry/processor-metrics.ts';
import { openSenderMetrics } from '../../telemetry/sender-metrics.ts';
import { FleetMetrics } from '../../daemon/workers/fleet-metrics.ts';

const read = (path: string) => readFile(new URL(`../../../${path}`, import.meta.url), 'utf8');
const found = (text: string, pattern: RegExp) => [
  ...new Set([...text.matchAll(pattern)].map(([, name]) => name)),
];

const metrics = openMetrics(() => ({
  books: {
    received: 0,
    stored: 0,
    duplicates: 0,
    released: 0,
    inFlight: 0,
    rejectedByReason: { unstorable: 0 },
  },
  deleteFailures: 0,
  rejectionsReplayed: 0,
  health: { sqs: true, postgres: true },
  oldestHeldSeconds: 0,
  surroundings: {
    partitionedUntil: new Date(),
    openRejections: { unstorable: 0 },
    queue: { visible: 0, inFlight: 0, delayed: 0, deadLetters: { queue: 'dead', messages: 0 } },
  },
}));

test('alerts use metrics that the processor has', async () => {
  const fleet = new FleetMetrics(METRIC_NAMES, () => [{ number: 1, ready: true, held: 0, restarts: 0 }]);
  const pages = [await metrics.text(), await fleet.page(() => [])];
  const text = pages.map((each) => each.text).join('');
  const named = found(await read('deployments/prometheus/alerts.yaml'), /\b(event_processor_\w+)/g);
  expect(named.length).toBeGreaterThan(5);
  for (const name of named) expect(text).toMatch(new RegExp(`^${name}[{ ]`, 'm'));
});

test('alerts of the sender use metrics that the sender has', async () => {
  const sender = openSenderMetrics(() => ({
    books: { taken: 0, delivered: 0, retrying: 0, dead: 0, lost: 0, skipped: 0, released: 0, inFlight: 0 },
    observed: {
      shards: 0,
      endpoints: 0,
      breakersOpen: 0,
      behind: 0,
      fenceLosses: 0,
      changes: { 'endpoint.failing': 0 },
    },
    health: { postgres: true },
    endpointsByState: { disabled: 0 },
    waiting: [{ tenantId: 't', endpointId: 'e', waiting: 1, oldestMs: 1 }],
  }));
  const { text } = await sender.text();
  const named = found(await read('deployments/prometheus/sender-alerts.yaml'), /\b(event_sender_\w+)/g);
  expect(named.length).toBeGreaterThan(5);
  for (const name of named) expect(text).toMatch(new RegExp(`^${name}[{ ]`, 'm'));
});

test.each(['alerts.yaml', 'sender-alerts.yaml'])('every alert of %s links to its runbook', async (file) => {
  const alerts = await read(`deployments/prometheus/${file}`);
  const headings = found(await read('docs/operations.md'), /^#+ (.+)$/gm).map((heading = '') =>
    heading.toLowerCase().replaceAll(' ', '-'),
  );
  const names = found(alerts, /alert: (\w+)/g);
  const targets = [...alerts.matchAll(/runbook: docs\/operations\.md#(\S+)/g)].map(([, target]) => target);
  expect(targets).toHaveLength(names.length);
  for (const target of targets) expect(headings).toContain(target);
});

test('deployments only set variables that the programs know', async () => {
  // The roles are arguments of the migration job.
  const roles = await read('deployments/kubernetes/base/roles.env');
  const known = found(`${await read('.env-template')}\n${roles}`, /^#?([A-Z_]+)=/gm);
  const compose = await read('deployments/docker-compose.yaml');
  const kubernetes = await read('deployments/kubernetes/base/processor.env');
  const overlay = await read('deployments/kubernetes/example/kustomization.yaml');
  const program = compose.slice(compose.indexOf('x-program'), compose.indexOf('services:'));
  const used = [
    ...found(program.slice(program.indexOf('environment:')), /^ +([A-Z_]+): /gm),
    ...found(kubernetes, /^([A-Z_]+)=/gm),
    ...found(overlay, /- ([A-Z_]+)=/g),
  ];
  expect(used.length).toBeGreaterThan(8);
  for (const name of used) expect(known).toContain(name);
});

test('every variable is explained in .env-template and in the README', async () => {
  const configs = Object.values(PROGRAMS);
  const names = new Set(configs.flatMap(({ shape }) => Object.keys(shape)));
  expect(names.size).toBeGreaterThan(25);
  const explained = found(await read('.env-template'), /^#?([A-Z0-9_]+)=/gm);
  const rows = [...(await read('README.md')).matchAll(/^\| (`[A-Z0-9_]+`.*?) \|/gm)].map(([, cell]) => cell);
  const inReadme = found(rows.join('\n'), /`([A-Z0-9_]+)`/g);
  for (const name of names) {
    expect(explained).toContain(name);
    expect(inReadme).toContain(name);
  }
});

test('compose publishes its ports only on this machine', async () => {
  const compose = await read('deployments/docker-compose.yaml');
  const ports = [...compose.matchAll(/^ +ports: \[(.*)\]$/gm)].flatMap(([, list = '']) => list.split(', '));
  expect(ports).toHaveLength(5);
  expect(compose.match(/ports:/g)).toHaveLength(5);
  for (const port of ports) expect(port).toMatch(/^"127\.0\.0\.1:\d+:\d+"$/);
});
