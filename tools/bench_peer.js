'use strict';
// Times @jridgewell/trace-mapping on a map and on positions that bench_lookup wrote; prints one JSON object.
// usage: node bench_peer.js MAP POSITIONS ROUNDS

const fs = require('fs');
const { TraceMap, originalPositionFor } = require('@jridgewell/trace-mapping');

const [path, positionsPath, rounds] = process.argv.slice(2);
const positions = fs.readFileSync(positionsPath, 'utf8').trim().split('\n').map((text) => {
  const [line, column] = text.split(' ').map(Number);
  return { line: line + 1, column }; // its lines count from 1, its columns from 0
});

const now = () => Number(process.hrtime.bigint());
const summary = (values) => {
  values.sort((a, b) => a - b);
  return { median: values[values.length >> 1], min: values[0], max: values.at(-1) };
};

const first = [], random = [];
let map, sink = 0;
for (let i = 0; i < Math.min(rounds, 5); i++) {
  const start = now();
  map = new TraceMap(fs.readFileSync(path, 'utf8'));
  sink += originalPositionFor(map, positions[0]).line ?? 0;
  first.push(now() - start);
}
for (let i = 0; i < rounds; i++) {
  const start = now();
  for (const position of positions) sink += originalPositionFor(map, position).line ?? 0;
  random.push((now() - start) / positions.length);
}
console.log(JSON.stringify({ first_ns: summary(first), random_ns: summary(random), sink: sink % 2 }));
