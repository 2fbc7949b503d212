import { defineConfig } from 'vitest/config';

// Beside the server that all tests use, the suites of SQS run on these: SQS_TEST_SERVERS=localstack,elasticmq
const sqsServers = (process.env['SQS_TEST_SERVERS'] ?? '').split(/[, ]+/).filter((name) => name !== '');

export default defineConfig({
  test: {
    // Tests wait for programs and services more than they compute: more files run side by side than there are cores; fewer in
    // CI (LONG_PROOFS=true), whose long proofs compute.
    maxWorkers: process.env['LONG_PROOFS'] === 'true' ? 4 : 6,
    // Threads start in a third of the time of processes; no file needs a process of its own.
    pool: 'threads',
    coverage: {
      provider: 'v8',
      include: ['internal/**/*.ts', 'cmd/**/*.ts'],
      // Files of types alone have nothing to cover.
      exclude: [
        '**/*.test.ts',
        'internal/proof/**',
        'internal/event/json-schema/metaschemas/**',
        'internal/event/event.ts',
        'internal/processor/ports.ts',
        'internal/processor/healing/ports.ts',
      ],
      reporter: ['text'],
      thresholds: { 'internal/event/**': { 100: true } },
    },
    projects: [
      {
        test: {
          name: 'unit',
          // A module is loaded once per thread, not once per file: most of these files take longer to load than to run.
          // What a file changes in the process (timers, spies, environment), it must change back.
          isolate: false,
          include: ['{cmd,internal}/**/*.test.ts'],
          exclude: ['**/*.integration.test.ts', '**/*.e2e.test.ts'],
          // Properties take seconds of CPU time; on a busy machine that is no reason to fail.
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'integration',
          include: ['{cmd,internal}/**/*.integration.test.ts'],
          globalSetup: ['internal/proof/kit/services.ts'],
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['{cmd,internal}/**/*.e2e.test.ts'],
          globalSetup: ['internal/proof/kit/services.ts'],
          testTimeout: 90_000,
          hookTimeout: 60_000,
        },
      },
      ...sqsServers.map((server) => ({
        test: {
          name: `sqs on ${server}`,
          include: ['internal/sqs/*.integration.test.ts', 'cmd/processor/servers.e2e.test.ts'],
          globalSetup: ['internal/proof/kit/services.ts'],
          testTimeout: 90_000,
          hookTimeout: 60_000,
          fileParallelism: false,
        },
      })),
    ],
  },
});
