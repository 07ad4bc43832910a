'use strict';
// Whether a profile or trace of a minified program, translated, says what one of the program as written says.
//
// Two recordings are never the same. So each frame is held to where its function is in the program, by the functions
// that acorn finds there, and its name to the one that V8 has for the function in the program as written (with what a
// line's comment says in its place, as in compare.js). Functions that take much time in one have to be in the other.

const PROFILE_RULES = {
  'start': 'the start of a function is where the engine has it in the program as written: at the `(` of the parameters',
  'head': 'the map has no token at the `(`: the one before it leads to the name or keyword of the same function',
  'top level': "the top level of a script, which is no function: it has no name, and leads to the file's first token",
  'call': 'a place in a stack of a trace event: as the same event has it in the program as written',
  'untouched': 'not of the program: unchanged',
};

const CHANGED = ['functionName', 'url', 'lineNumber', 'columnNumber'];
const MUCH = 0.03; // of all that is measured in the program
const MAX_ERRORS = 20;

// ---- the frames of .cpuprofile, .heapprofile and Chrome traces ----

// Calls `see` with each frame: { frame, base, isStart, event, ticks }. `base` is what lines and columns count from.
function eachFrame(node, see, event = null) {
  if (Array.isArray(node)) for (const one of node) eachFrame(one, see, event);
  if (node === null || typeof node !== 'object' || Array.isArray(node)) return;
  if (node.ph && node.args) event = node.name;
  if (node.callFrame) see({ frame: node.callFrame, base: 0, isStart: true, event, ticks: node.positionTicks ?? [] });
  if (event === 'FunctionCall' && node.url && 'lineNumber' in node) see({ frame: node, base: 1, isStart: true, event });
  for (const [key, value] of Object.entries(node)) {
    if (key === 'stackTrace') for (const frame of value) see({ frame, base: 1, isStart: false, event });
    else if (key !== 'callFrame') eachFrame(value, see, event);
  }
}

function frames(profile) {
  const list = [];
  eachFrame(profile, (frame) => list.push(frame));
  return list;
}

const placeOf = ({ frame, base }) => [frame.lineNumber - base, frame.columnNumber - base];

// What each node costs: [frame, samples or bytes].
function costs(profile) {
  const list = [];
  const nodes = new Map();
  const take = (key, { nodes: more = [], samples = [] }) => {
    for (const node of more) nodes.set(`${key} ${node.id}`, node.callFrame);
    for (const id of samples) list.push([nodes.get(`${key} ${id}`), 1]);
  };
  const takeHeap = ({ callFrame, selfSize, children }) => {
    list.push([callFrame, selfSize]);
    children.forEach(takeHeap);
  };
  if (profile.head) takeHeap(profile.head);
  else if (profile.nodes) take('', profile);
  else {
    for (const { name, pid, id, args } of profile.traceEvents) {
      if (name === 'ProfileChunk') take(`${pid} ${id}`, args.data.cpuProfile ?? {});
    }
  }
  return list;
}

// Equal but for the values of `CHANGED` in frames, and for ticks? Lines of these are the generated file's, and have no
// column.
function sameElse(before, after, inFrame) {
  if (typeof before !== 'object' || before === null) return before === after;
  if (typeof after !== 'object' || after === null || Array.isArray(before) !== Array.isArray(after)) return false;
  const keys = Object.keys(before);
  if (String(keys) !== String(Object.keys(after))) return false;
  return keys.every((key) => {
    const [a, b] = [before[key], after[key]];
    if (inFrame.has(before) && CHANGED.includes(key)) return typeof a === typeof b;
    return (key === 'positionTicks' && countTicks(a) === countTicks(b)) || sameElse(a, b, inFrame);
  });
}

const countTicks = (ticks) => ticks.reduce((sum, one) => sum + one.ticks, 0);

// ---- the comparison ----

class ProfileComparison {
  // As of Comparison in compare.js, whose `generated` is used.
  constructor(program, generated, { base, url, prefix }) {
    Object.assign(this, { program, generated, base, url, prefix, counts: {}, errors: [] });
  }

  count(rule) {
    this.counts[rule] = (this.counts[rule] ?? 0) + 1;
  }

  fail(message) {
    if (this.errors.length < MAX_ERRORS) this.errors.push(message);
  }

  compare(written, minified, translated) {
    const [before, after] = [frames(minified), frames(translated)];
    if (!sameElse(minified, translated, new Set(before.map(({ frame }) => frame))) || before.length !== after.length) {
      return this.fail('more than names and places of frames is changed');
    }
    this.learn(frames(written));
    before.forEach((frame, i) => this.check(frame, after[i]));
    this.checkCosts(costs(written), costs(translated));
  }

  // What there is in the program as written: functions by file and start, and the places of calls by event.
  learn(list) {
    this.names = new Map();
    this.calls = new Map();
    for (const { frame, base, isStart, event } of list) {
      const place = placeOf({ frame, base });
      const expected = this.expected(frame, place);
      if (expected === null) continue;
      if (isStart) this.names.set(this.key(expected.file, place), expected.name);
      else this.calls.set(event, [...this.calls.get(event) ?? [], expected]);
    }
  }

  expected({ functionName, url }, [line, column]) {
    return this.program.expected(functionName, { url, line: line + 1, column: column + 1 }, this.base);
  }

  key({ name }, place) {
    return `${name}:${place}`;
  }

  check(before, after) {
    const { frame: raw } = before;
    const { frame: found } = after;
    const shown = `${after.event ?? 'node'}: ${raw.functionName} ${raw.lineNumber}:${raw.columnNumber} -> ` +
      `${found.functionName} ${found.url}:${found.lineNumber}:${found.columnNumber}`;
    if (raw.url !== this.url) {
      if (CHANGED.every((key) => raw[key] === found[key])) return this.count('untouched');
      return this.fail(`${shown}: it is not of the program`);
    }
    const place = placeOf(before);
    const there = placeOf(after);
    const isSame = CHANGED.every((key) => raw[key] === found[key]);
    const answer = this.generated.lookUp(place);
    if (answer === null) return isSame ? this.count('untouched') : this.fail(`${shown}: the map knows nothing of it`);
    const isTheirs = answer.source === found.url && answer.line === there[0] && answer.column === there[1];
    if (String(place) === '0,0' && raw.functionName === '' && before.isStart) {
      const isRight = found.functionName === '' && (isSame || isTheirs);
      return isRight ? this.count('top level') : this.fail(`${shown}: this is the top level of the script`);
    }
    const file = [...this.program.files.values()].find(({ name }) => this.prefix + name === found.url);
    if (!file) return this.fail(`${shown}: no such file in the program`);
    if (!before.isStart) return this.checkCall(shown, file, found, there, before.event, place);
    const start = file.functions.withHead(there)?.parameters ?? this.fieldsAt(file, there);
    if (!start) return this.fail(`${shown}: no function of the program starts there`);
    const isStart = String(start) === String(there);
    if (!isTheirs && !isStart) return this.fail(`${shown}: trace-mapping says ${JSON.stringify(answer)}`);
    const name = this.names.get(this.key(file, start));
    if (name !== undefined && name !== found.functionName) return this.fail(`${shown}: its name is ${name}`);
    if (!this.areIn(file, there, after.ticks) && JSON.stringify(before.ticks) !== JSON.stringify(after.ticks)) {
      return this.fail(`${shown}: ticks on lines ${after.ticks.map(({ line }) => line)}`);
    }
    if (start[0] !== there[0]) return this.fail(`${shown}: another line than that of ${start}`);
    return this.count(isStart ? 'start' : 'head');
  }

  // Whether the lines of ticks, which count from 1, are those of the function.
  areIn(file, there, ticks = []) {
    const { start, end } = file.functions.withHead(there) ?? { start: there, end: [file.lines.length] };
    return ticks.every(({ line }) => line - 1 >= start[0] && line - 1 <= end[0]);
  }

  // What sets the fields of a class up starts at `class` (node 20), or at the first field and is named as the
  // constructor.
  fieldsAt(file, [line, column]) {
    return /^(class\b|#?[\w$]+( =|;))/.test(file.lines[line].slice(column)) ? [line, column] : null;
  }

  checkCall(shown, file, found, there, event, place) {
    const same = (this.calls.get(event) ?? []).filter((one) => one.file === file && one.name === found.functionName);
    const isRight = same.some((one) => one.line === there[0] + 1 && one.column === there[1] + 1);
    const isNear = ({ line, column }) => this.generated.hasNoToken(place,
      { source: found.url, line: line - 1, column: column - 1, lines: file.lines });
    if (!isRight && !same.some(isNear)) {
      return this.fail(`${shown}: no such place in that event of the program as written`);
    }
    return this.count('call');
  }

  // Functions that cost much in one recording cost something in the other.
  checkCosts(written, translated) {
    const sum = (list, isOurs, nameOf) => {
      const sums = new Map();
      let total = 0;
      for (const [frame, cost] of list) {
        if (!frame || !isOurs(frame)) continue;
        sums.set(nameOf(frame), (sums.get(nameOf(frame)) ?? 0) + cost);
        total += cost;
      }
      return { sums, total };
    };
    const inProgram = ({ url }) => url?.startsWith(this.base);
    const before = sum(written, inProgram, (frame) => this.expected(frame, placeOf({ frame, base: 0 })).name);
    const after = sum(translated, ({ url }) => url?.startsWith(this.prefix), (frame) => frame.functionName);
    this.hottest = [...before.sums].filter(([, cost]) => cost >= MUCH * before.total).map(([name]) => name);
    for (const name of this.hottest) if (!after.sums.get(name)) this.fail(`hot as written, and not here: ${name}`);
  }
}

module.exports = { PROFILE_RULES, ProfileComparison, eachFrame };
