'use strict';
// What services and filters in JavaScript do with stacks, each library by the API that it documents.
//
// usage: stack_peers.js serve PEER FILES INPUT     INPUT is an event or a log; commands on stdin, an answer a line:
//            first     ns from the paths of the maps to the whole of the first answer, everything anew
//            rewrite   ns of the whole input; maps stay parsed, contents stay cut into lines
//            output    JSON: the event as it was rewritten
//        stack_peers.js filter PEER FILES          a log, from stdin to stdout
//
// FILES has a line for each map: its URL, a tab, its path. --expose-gc as for peers.js.

const fs = require('node:fs');
const { StringDecoder } = require('node:string_decoder');

// open(text) makes what answers; lookup takes lines from 1 and columns from 0, as all of them do.
const PEERS = {
  'trace-mapping': {
    module: '@jridgewell/trace-mapping',
    open(text) {
      return new this.api.TraceMap(text);
    },
    lookup(map, position) {
      return this.api.originalPositionFor(map, position);
    },
    content(map, source) {
      return this.api.sourceContentFor(map, source);
    },
  },
  'source-map': {
    module: 'source-map',
    open(text) {
      return new this.api.SourceMapConsumer(text); // a promise, as its WebAssembly has to be loaded
    },
    close: (map) => map.destroy(),
    lookup: (map, position) => map.originalPositionFor(position),
    content: (map, source) => map.sourceContentFor(source, true),
  },
  'source-map-js': {
    module: 'source-map-js',
    open(text) {
      return new this.api.SourceMapConsumer(text);
    },
    lookup: (map, position) => map.originalPositionFor(position),
    content: (map, source) => map.sourceContentFor(source, true),
  },
};

const AROUND = 5; // context lines before and behind
const LINE_UNITS = 140; // of a line, as Sentry cuts it
const PIECE_NBYTES = 256 << 10;

const now = () => Number(process.hrtime.bigint());
const collectGarbage = globalThis.Bun ? () => globalThis.Bun.gc(true) : (globalThis.gc ?? (() => {}));

class Maps {
  constructor(peer, list) {
    this.peer = peer;
    this.paths = new Map(fs.readFileSync(list, 'utf8').trim().split('\n').map((line) => line.split('\t')));
    this.open = new Map();
  }

  async openAll() {
    for (const [url, path] of this.paths) {
      this.open.set(url, { map: await this.peer.open(fs.readFileSync(path, 'utf8')), lines: new Map() });
    }
  }

  closeAll() {
    for (const { map } of this.open.values()) this.peer.close?.(map);
    this.open.clear();
  }

  // The lines of a source are cut once, and kept.
  lines(opened, source) {
    let lines = opened.lines.get(source);
    if (lines === undefined) {
      lines = this.peer.content(opened.map, source)?.split(/\r\n|[\n\r]/) ?? null;
      opened.lines.set(source, lines);
    }
    return lines;
  }
}

// ---- events ----

function cut(line, column) {
  if (line.length <= LINE_UNITS) return line;
  const before = Math.min(column, (LINE_UNITS - 1) >> 1);
  const start = Math.max(0, Math.min(column - before, line.length - LINE_UNITS));
  const end = start + LINE_UNITS;
  return (start > 0 ? '{snip} ' : '') + line.slice(start, end) + (end < line.length ? ' {snip}' : '');
}

function rewriteFrame(maps, frame) {
  const opened = maps.open.get(frame.abs_path);
  if (opened === undefined) return;
  const { source, line, column, name } = maps.peer.lookup(opened.map, { line: frame.lineno, column: frame.colno - 1 });
  if (source === null) return;
  frame.abs_path = frame.filename = source;
  frame.lineno = line;
  frame.colno = column + 1;
  if (name !== null) frame.function = name;
  const lines = maps.lines(opened, source);
  if (lines === null || line > lines.length) return;
  frame.context_line = cut(lines[line - 1], column);
  frame.pre_context = lines.slice(Math.max(0, line - 1 - AROUND), line - 1).map((text) => cut(text, 0));
  frame.post_context = lines.slice(line, line + AROUND).map((text) => cut(text, 0));
}

function rewriteEvent(maps, text) {
  const event = JSON.parse(text);
  for (const { stacktrace } of event.exception.values) {
    for (const frame of stacktrace.frames) rewriteFrame(maps, frame);
  }
  return JSON.stringify(event);
}

// ---- logs ----

const FRAME = /^( +at (?:async )?)(?:([^\s(]+) \()?([^\s()]+):(\d+):(\d+)\)?$/;

function rewriteLine(maps, text) {
  // Most lines are no frames, and are found out by this alone.
  if (!text.includes(' at ')) return text;
  const found = FRAME.exec(text);
  const opened = found === null ? undefined : maps.open.get(found[3]);
  if (opened === undefined) return text;
  const { source, line, column, name } =
    maps.peer.lookup(opened.map, { line: Number(found[4]), column: Number(found[5]) - 1 });
  if (source === null) return text;
  const called = name ?? found[2];
  const place = `${source}:${line}:${column + 1}`;
  return called === undefined ? found[1] + place : `${found[1]}${called} (${place})`;
}

// Whole lines of what has come; the rest waits for more.
function makeFilter(maps, write) {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  return {
    feed(bytes) {
      const lines = (rest + decoder.write(bytes)).split('\n');
      rest = lines.pop();
      if (lines.length > 0) write(`${lines.map((line) => rewriteLine(maps, line)).join('\n')}\n`);
    },
    finish() {
      rest += decoder.end();
      if (rest !== '') write(rewriteLine(maps, rest));
    },
  };
}

function rewriteLog(maps, bytes) {
  let n = 0;
  const filter = makeFilter(maps, (text) => { n += text.length; });
  for (let at = 0; at < bytes.length; at += PIECE_NBYTES) filter.feed(bytes.subarray(at, at + PIECE_NBYTES));
  filter.finish();
  return n;
}

// ---- modes ----

async function serve(peer, list, path) {
  const maps = new Maps(peer, list);
  const bytes = fs.readFileSync(path);
  const isEvent = bytes[0] === 0x7b;
  const text = isEvent ? bytes.toString() : null;
  const nTimes = isEvent ? 50 : 1;
  const rewrite = isEvent ? () => rewriteEvent(maps, text).length : () => rewriteLog(maps, bytes);
  let sink = 0;
  const commands = {
    async first() {
      maps.closeAll();
      collectGarbage();
      const start = now();
      await maps.openAll();
      sink += rewrite();
      const ns = now() - start;
      collectGarbage(); // now, and not in the background of the next one's turn
      return ns;
    },
    rewrite() {
      const start = now();
      for (let i = 0; i < nTimes; i++) sink += rewrite();
      return (now() - start) / nTimes;
    },
    output: () => JSON.parse(rewriteEvent(maps, text)),
  };
  for await (const line of require('node:readline').createInterface({ input: process.stdin })) {
    fs.writeSync(1, `${JSON.stringify(await commands[line]())}\n`);
  }
  if (!Number.isFinite(sink)) throw new Error('the answers are of no use');
}

function writeAll(text) {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length;) at += fs.writeSync(1, bytes, at);
}

async function filter(peer, list) {
  const maps = new Maps(peer, list);
  await maps.openAll();
  const { feed, finish } = makeFilter(maps, writeAll);
  const piece = Buffer.allocUnsafe(PIECE_NBYTES);
  for (let n; (n = fs.readSync(0, piece)) > 0;) feed(piece.subarray(0, n));
  finish();
}

const [mode, name, ...rest] = process.argv.slice(2);
const peer = PEERS[name];
peer.api = require(peer.module);
({ serve, filter })[mode](peer, ...rest);
