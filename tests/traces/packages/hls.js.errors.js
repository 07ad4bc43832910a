export const scenarios = (Hls) => ({
  config: () => new Hls({ liveSyncDurationCount: 5, liveMaxLatencyDurationCount: 1 }),
  both: () => new Hls({ liveSyncDuration: 1, liveSyncDurationCount: 5 }),
  source: () => new Hls().loadSource({}),
  media: () => new Hls().attachMedia(5),
  level: () => new Hls().loadLevelObj.none.of,
});
