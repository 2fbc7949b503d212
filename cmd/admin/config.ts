export { bodyConfig, databaseConfig, queueConfig, replayConfig } from '#internal/programs/admin.ts';
