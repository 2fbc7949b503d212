export { processorConfig, type ProcessorConfig } from '#internal/programs/processor.ts';
