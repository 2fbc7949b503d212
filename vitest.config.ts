import { defineConfig } from 'vitest/config';

// Beside the server that all tests use, the suites of SQS run on these: SQS_TEST_SERVERS=localstack,elasticmq
const sqsServers = (process.env['SQS_TEST_SERVERS'] ?? '').split(/[, ]+/).filter((name) => name !== '');

export default defineConfig({
  test: {
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
          // Programs wait more than they compute, so that a few files run side by side; on a busy machine they take long.
          testTimeout: 90_000,
          hookTimeout: 60_000,
          maxWorkers: 3,
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
