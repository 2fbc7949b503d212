import process from 'node:process';

// Loaded into a measured program by `node --import`: answers its parent what it has used so far.
process.on('message', () => {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  process.send?.({
    cpuSeconds: (userCPUTime + systemCPUTime) / 1e6,
    peakMegabytes: maxRSS / 1024,
    rssMegabytes: process.memoryUsage.rss() / 2 ** 20,
  });
});
// A measurement that was given up must leave nothing running.
process.on('disconnect', () => process.exit(1));
// The question alone must not keep the program alive.
process.channel?.unref();

/** What a process has used since its start. */
export interface Usage {
  readonly cpuSeconds: number;
  readonly peakMegabytes: number;
  readonly rssMegabytes: number;
}
