export { producersConfig, type ProducersConfig } from '#internal/programs/producers.ts';
