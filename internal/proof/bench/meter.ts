import process from 'node:process';

// Loaded into a measured program by `node --import`: reports its resource usage when its parent asks.
process.on('message', () => {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  process.send?.({
    cpuSeconds: (userCPUTime + systemCPUTime) / 1e6,
    peakMegabytes: maxRSS / 1024,
    rssMegabytes: process.memoryUsage.rss() / 2 ** 20,
  });
});
// An abandoned measurement must leave no process behind.
process.on('disconnect', () => process.exit(1));
// The channel alone must not keep the program alive.
process.channel?.unref();

/** Resources that a process has used since its start. */
export interface Usage {
  readonly cpuSeconds: number;
  readonly peakMegabytes: number;
  readonly rssMegabytes: number;
}
