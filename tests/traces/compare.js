'use strict';
// Whether a stack of a minified program, translated, is the stack of the program as it was written.
//
// The expected frames are those that the same engine has for the same program, not bundled: no source map takes part. A
// frame is right if function, file, line and column are the same. Anything else is an error, but for what RULES lists,
// under conditions that are checked for that very frame; and then the position still has to be the one that
// @jridgewell/trace-mapping has for the place in the generated file.

const { parseFrame, parseStacks } = require('./frames.js');

const RULES = {
  'right': 'function, file, line and column are those of the program as written',
  'untouched': 'not of the program (natives, the harness, node itself): the line is as it came',
  'no token': 'the map has no token where the engine points, which is at punctuation or at `await`; but the next one ' +
    'leads to just behind the expected place, and what is between is the same in both files',
  'await': 'the same of `await`, answered with the next token: what is awaited, just behind it',
  'inlined': 'the minifier put the function into its caller: the generated function around the place begins as the ' +
    "caller's does. That caller's own frame is missing",
  'wrapper': "the call of the function that a bundler puts around all, behind the last token: a frame more",
};

const MAX_ERRORS = 20;

class Comparison {
  // `base`: the URL of the folder of the program as written; `url`: what stacks call the generated file; `prefix`: what
  // the map's names of sources begin with.
  constructor(program, generated, { base, url, prefix }) {
    Object.assign(this, { program, generated, base, url, prefix, counts: {}, errors: [] });
  }

  count(rule) {
    this.counts[rule] = (this.counts[rule] ?? 0) + 1;
  }

  fail(message) {
    if (this.errors.length < MAX_ERRORS) this.errors.push(`${this.scenario}: ${message}`);
  }

  // Three texts: as the program as written prints it, as the minified one does, and that one translated.
  compare(scenario, written, minified, translated) {
    this.scenario = scenario;
    const before = minified.split('\n');
    const after = translated.split('\n');
    const stacks = parseStacks(minified);
    const expected = parseStacks(written);
    if (before.length !== after.length) return this.fail(`${after.length} lines, not ${before.length}`);
    const isFrame = new Set(stacks.flat().filter(({ frame }) => frame).map(({ line }) => line));
    before.forEach((line, i) => {
      if (!isFrame.has(i) && line !== after[i]) this.fail(`no frame, but changed: ${line} -> ${after[i]}`);
    });
    if (stacks.length !== expected.length) return this.fail(`${stacks.length} stacks, not ${expected.length}`);
    stacks.forEach((stack, i) => {
      const rows = stack.map(({ frame, line }) => ({ frame, before: before[line], after: after[line] }));
      this.align(expected[i].map(({ frame }) => frame).filter(isKept), rows.filter(({ frame }) => isKept(frame)));
    });
  }

  // What --output=json says of the frames in the generated file has to be what the text says.
  compareRows(texts, rows) {
    this.scenario = '--output=json';
    const wanted = texts.flatMap(([, minified, translated]) => {
      const after = translated.split('\n');
      const ours = parseStacks(minified).flat().filter(({ frame }) => frame?.place.url === this.url);
      return ours.map(({ frame, line }) => {
        const found = parseFrame(after[line]);
        const isMapped = after[line] !== frame.text;
        return { url: this.url, line: frame.place.line, column: frame.place.column, mapped: isMapped,
          source: isMapped ? found?.place.url : null, source_line: isMapped ? found?.place.line : null,
          source_column: isMapped ? found?.place.column : null, function: isMapped ? found?.name || null : null };
      });
    });
    // Of evaluated code the place where it was evaluated may be one more.
    const ours = rows.filter(({ url }) => url === this.url);
    let i = 0;
    for (const row of ours) if (wanted[i] && Object.keys(wanted[i]).every((key) => row[key] === wanted[i][key])) i++;
    if (i < wanted.length) this.fail(`no row ${JSON.stringify(wanted[i])}`);
    const reason = ours.find((row) => (row.mapped ? row.reason !== null : typeof row.reason !== 'string'));
    if (reason) this.fail(`reason ${reason.reason}: ${JSON.stringify(reason)}`);
  }

  // `wanted`: frames, null where node left some out; `rows`: what there is in their place.
  align(wanted, rows) {
    let i = 0;
    for (const row of rows) {
      const frame = wanted[i];
      const place = row.frame && this.placeOf(row.frame);
      const expected = place && frame && this.program.expected(frame.name, frame.place, this.base);
      if (expected) {
        if (!this.checkFrame(row, frame, expected, place)) return;
        i = this.skipInlined(wanted, i, expected, place);
      } else if (place && this.isWrapper(place, row)) {
        this.count('wrapper');
      } else {
        if (place || frame === undefined) return this.fail(`a frame too many: ${row.after}`);
        if (Boolean(row.frame) !== Boolean(frame)) return this.fail(`${row.after}: it should be ${textOf(frame)}`);
        if (frame && !this.checkOther(row, frame)) return;
        i++;
      }
    }
    if (i < wanted.length) this.fail(`frames are missing: ${wanted.slice(i).map(textOf).join(', ')}`);
  }

  // [line, column] from 0 if the frame is of the generated file.
  placeOf({ place }) {
    return place.url === this.url ? [place.line - 1, place.column - 1] : null;
  }

  // A frame that is in the generated file.
  checkFrame(row, frame, expected, place) {
    const found = parseFrame(row.after);
    if (!found || !isSameForm(found, row.frame) || found.isAsync !== frame.isAsync) {
      return this.fail(`not the form of ${row.before}: ${row.after}`);
    }
    return this.checkPlace(row, expected, place, found.name, found.place);
  }

  // A frame that is not. Evaluated code has no map, but the place where it was evaluated may have one.
  checkOther(row, frame) {
    if (row.before !== row.after) return this.checkEvaluated(row, frame);
    const isSame = withoutClass(frame) === withoutClass(row.frame);
    if (isSame) this.count('untouched');
    else this.fail(`${row.after}: it should be ${frame.text}`);
    return isSame;
  }

  checkEvaluated(row, frame) {
    let [wanted, minified, found] = [frame.place, row.frame.place, parseFrame(row.after)?.place];
    while (wanted.of && minified?.of && found?.of && wanted.line === found.line && wanted.column === found.column) {
      const { evalIn: name, of: place } = wanted;
      const expected = this.program.expected(name, place, this.base);
      if (expected) return this.checkPlace(row, expected, this.placeOf({ place: minified.of }), found.evalIn, found.of);
      [wanted, minified, found] = [wanted.of, minified.of, found.of];
    }
    return this.fail(`${row.after}: it should be ${frame.text}`);
  }

  checkPlace(row, expected, place, name, found) {
    const source = this.prefix + expected.file.name;
    const isAt = (one) =>
      one && found.url === one.source && found.line === one.line + 1 && found.column === one.column + 1;
    const wanted = { source, line: expected.line - 1, column: expected.column - 1, lines: expected.file.lines };
    const answer = this.generated.lookUp(place);
    const next = this.generated.next(place);
    const isAwaited = isAt(next) && next.gap.trim() === 'await';
    if (!isAt(wanted) && !isAt(answer) && !isAwaited) {
      return this.fail(`${row.after.trim()}: trace-mapping says ${JSON.stringify(answer)}`);
    }
    const hasNone = !isAt(wanted) && this.generated.hasNoToken(place, wanted);
    const rule = isAt(wanted) ? 'right' : hasNone && isAwaited ? 'await' : hasNone ? 'no token' : null;
    const isNamed = name === expected.name || (rule === 'no token' && name === expected.listed['(elsewhere)']);
    if (rule === null || !isNamed) {
      const there = `${source}:${expected.line}:${expected.column}`;
      return this.fail(`${row.after.trim()}: it should be ${expected.name} at ${there}`);
    }
    this.count(rule);
    return true;
  }

  // What is called there is all of the file: a function expression that ends with it.
  isWrapper(place, row) {
    const isCall = /^\(\)[);]*\s*(\/\/# .*\s*)?$/.test(this.generated.textFrom(place));
    return isCall && !this.generated.hasToken(place) && (row.frame.name === '' || row.before === row.after);
  }

  // The index of the frame that comes next: behind that of the function which the generated code is in.
  skipInlined(wanted, i, expected, place) {
    for (let k = i, one = expected; one; k++) {
      if (this.isIn(one, place)) return k + 1;
      this.count('inlined');
      const caller = wanted[k + 1];
      one = caller && this.program.expected(caller.name, caller.place, this.base);
    }
    this.fail(`${expected.name}: the generated function around it is none of the stack`);
    return i + 1;
  }

  // Whether the generated function around a place is that of an expected frame, or both are none.
  isIn(expected, place) {
    const { functions, name } = expected.file;
    const wanted = functions.at([expected.line - 1, expected.column - 1]);
    const { head, first } = this.generated.functionAround(place);
    const isOurs = ({ source }) => source === this.prefix + name;
    const isHead = (one) => isOurs(one) && functions.withHead([one.line, one.column]) === wanted;
    if (head.length > 0) return head.some(isHead);
    // `async () =>` has no token up to its body, and no function of a bundler has any.
    const around = first && isOurs(first) ? functions.at([first.line, first.column]) : null;
    return around === wanted;
  }
}

// A native method is called on an object whose class may be one of the program, minified.
const CLASS = /^(\s*at (?:async )?)[\w$.[\]]+\.(\w+ \((?:<anonymous>|index))/;
const withoutClass = ({ text, tail }) => text.slice(0, text.length - tail.length).replace(CLASS, '$1$2');

const isSameForm = (a, b) => a.indent === b.indent && a.tail === b.tail;
const textOf = (frame) => frame?.text ?? '...';

// How often node's own event loop shows depends on the moment.
const isKept = (frame) => !frame?.place.url?.startsWith('node:');

module.exports = { RULES, Comparison };
