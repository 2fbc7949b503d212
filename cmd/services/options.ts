import process from 'node:process';
import { Command } from 'commander';

interface ServicesOptions {
  readonly postgresPort: string;
  readonly sqsPort: string;
  readonly data: string;
  readonly writeEnv: boolean;
}

/** Reads the command line; `--help` and mistakes end the process here, mistakes with exit code 2. */
export function parseOptions(argv: readonly string[]): ServicesOptions {
  return new Command('services')
    .description(
      'PostgreSQL and SQS for development, without Docker, on stable ports, with their data kept in a folder.',
    )
    .option('--postgres-port <port>', 'port of PostgreSQL', '15432')
    .option('--sqs-port <port>', 'port of SQS', '14566')
    .option('--data <folder>', 'where the data is kept', '.services')
    .option('--write-env', 'write .env if there is none', false)
    .allowExcessArguments(false)
    .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2))
    .parse([...argv])
    .opts<ServicesOptions>();
}
