'use strict';
// The peers in JavaScript, each by the API that it documents for lookups.
//
// usage: peers.js cold PEER MAP LINE COLUMN     answers one position (0-based), as a process of its own would
//        peers.js serve PEER MAP POSITIONS      commands on stdin, an answer a line on stdout:
//            first        ns from the map's path to the first answer, everything anew
//            random       ns a lookup, over all positions
//            sorted       the same, the positions in order
//            answers N    JSON: [source, line, column, name], 0-based, of the first N positions; null: unmapped
//
// With --expose-gc (Bun has its own way) garbage of earlier rounds is none of the next one's business.

const fs = require('node:fs');

const mapped = (source, line, column, name) =>
  (source === null || source === undefined ? null : [source, line, column, name ?? null]);

// open(text) makes what answers; lookup(map, position) is what is timed: it returns the peer's own answer. Each wants
// its positions in a form of its own, and says how an answer reads in ours.
const PEERS = {
  'trace-mapping': {
    module: '@jridgewell/trace-mapping',
    open(text) {
      return new this.api.TraceMap(text);
    },
    position: (line, column) => ({ line: line + 1, column }),
    lookup(map, position) {
      return this.api.originalPositionFor(map, position);
    },
    weigh: (answer) => (answer.source === null ? 0 : answer.line + answer.source.length + (answer.name ?? '').length),
    answer: ({ source, line, column, name }) => mapped(source, line - 1, column, name),
  },
  'source-map': {
    module: 'source-map',
    open(text) {
      return new this.api.SourceMapConsumer(text); // a promise, as its WebAssembly has to be loaded
    },
    close: (map) => map.destroy(),
    position: (line, column) => ({ line: line + 1, column }),
    lookup: (map, position) => map.originalPositionFor(position),
    weigh: (answer) => (answer.source === null ? 0 : answer.line + answer.source.length + (answer.name ?? '').length),
    answer: ({ source, line, column, name }) => mapped(source, line - 1, column, name),
  },
  'source-map-js': {
    module: 'source-map-js',
    open(text) {
      return new this.api.SourceMapConsumer(text);
    },
    position: (line, column) => ({ line: line + 1, column }),
    lookup: (map, position) => map.originalPositionFor(position),
    weigh: (answer) => (answer.source === null ? 0 : answer.line + answer.source.length + (answer.name ?? '').length),
    answer: ({ source, line, column, name }) => mapped(source, line - 1, column, name),
  },
  'SourceMap': { // of node:module, in Node and in Bun
    module: 'node:module',
    open(text) {
      return new this.api.SourceMap(JSON.parse(text));
    },
    position: (line, column) => ({ line, column }),
    lookup: (map, position) => map.findEntry(position.line, position.column),
    weigh: (answer) => (answer.originalSource === undefined ? 0 :
      answer.originalLine + answer.originalSource.length + (answer.name ?? '').length),
    answer: ({ originalSource, originalLine, originalColumn, name }) =>
      mapped(originalSource, originalLine, originalColumn, name),
  },
};

const now = () => Number(process.hrtime.bigint());
const collectGarbage = globalThis.Bun ? () => globalThis.Bun.gc(true) : (globalThis.gc ?? (() => {}));

let sink = 0;

function readPositions(peer, path) {
  return fs.readFileSync(path, 'utf8').trim().split('\n').map((text) => peer.position(...text.split(' ').map(Number)));
}

function time(peer, map, positions) {
  const start = now();
  for (const position of positions) sink += peer.weigh(peer.lookup(map, position));
  return (now() - start) / positions.length;
}

async function serve(peer, path, positionsPath) {
  const positions = readPositions(peer, positionsPath);
  const sorted = positions.slice().sort((a, b) => (a.line - b.line) || (a.column - b.column));
  let map = null;
  const commands = {
    async first() {
      if (map !== null) peer.close?.(map);
      map = null;
      collectGarbage();
      const start = now();
      map = await peer.open(fs.readFileSync(path, 'utf8'));
      sink += peer.weigh(peer.lookup(map, positions[0]));
      const ns = now() - start;
      collectGarbage(); // now, and not in the background of the next one's turn
      return ns;
    },
    random: () => time(peer, map, positions),
    sorted: () => time(peer, map, sorted),
    answers: (n) => positions.slice(0, Number(n)).map((position) => peer.answer(peer.lookup(map, position))),
  };
  for await (const line of require('node:readline').createInterface({ input: process.stdin })) {
    const [command, argument] = line.split(' ');
    fs.writeSync(1, `${JSON.stringify(await commands[command](argument))}\n`);
  }
  if (!Number.isFinite(sink)) throw new Error('the answers are of no use');
}

async function cold(peer, path, line, column) {
  const map = await peer.open(fs.readFileSync(path, 'utf8'));
  const answer = peer.answer(peer.lookup(map, peer.position(Number(line), Number(column))));
  fs.writeSync(1, `${JSON.stringify(answer)}\n`);
}

const [mode, name, ...rest] = process.argv.slice(2);
const peer = PEERS[name];
peer.api = require(peer.module);
({ serve, cold })[mode](peer, ...rest);
