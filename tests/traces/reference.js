'use strict';
// Stacks and profiles translated by other means than smcache's: places by @jridgewell/trace-mapping, names by what V8
// calls the functions in the program as written (with what a line's comment says in its place: program.js). It makes
// what recorded/ expects, for record.py.

const { parseStacks } = require('./frames.js');
const { eachFrame } = require('./profiles.js');

// SpiderMonkey and JavaScriptCore: [async*][name]@URL:L:C
const NAME = /[^@\s]*|[gs]et \S+|(?:module|global|eval) code/;
const AT_SIGN = new RegExp(`^(\\s*(?:[\\w ]+: )?)((?:[\\w. ]+\\*)?)(${NAME.source})@(.+?):(\\d+):(\\d+)$`);

class Reference {
  // `nameOf` says the name of the function at a source, a line and a column, from 1.
  constructor(generated, url, nameOf) {
    Object.assign(this, { generated, url, nameOf });
  }

  // { source, line, column, name } from 1, or null.
  lookUp(line, column) {
    const found = this.generated.lookUp([line - 1, column - 1]);
    if (found === null) return null;
    const [at, before] = [found.line + 1, found.column + 1];
    return { source: found.source, line: at, column: before, name: this.nameOf(found.source, at, before) };
  }

  place(found) {
    return `${found.source}:${found.line}:${found.column}`;
  }

  text(text) {
    const lines = text.split('\n');
    for (const { frame, line } of parseStacks(text).flat()) {
      if (frame) lines[line] = this.frame(frame);
    }
    return lines.map((line) => this.atSign(line)).join('\n');
  }

  frame({ text, indent, isAsync, name, place, tail }) {
    const start = `${indent}at ${isAsync ? 'async ' : ''}`;
    if (place.of) return `${start}${name} (${this.evaluated(place)})${tail}`;
    const found = place.url === this.url ? this.lookUp(place.line, place.column) : null;
    if (found === null) return text;
    return start + (found.name ? `${found.name} (${this.place(found)})` : this.place(found)) + tail;
  }

  evaluated({ evalIn, of, line, column }) {
    const behind = line === null ? '' : `, <anonymous>:${line}:${column}`;
    if (of.of) return `eval at ${evalIn} (${this.evaluated(of)})${behind}`;
    const found = of.url === this.url ? this.lookUp(of.line, of.column) : null;
    if (found === null) return `eval at ${evalIn} (${of.url}:${of.line}:${of.column})${behind}`;
    return `eval at ${found.name || '<anonymous>'} (${this.place(found)})${behind}`;
  }

  atSign(line) {
    const found = line.match(AT_SIGN);
    const answer = found?.[4] === this.url ? this.lookUp(Number(found[5]), Number(found[6])) : null;
    return answer ? `${found[1]}${found[2]}${answer.name}@${this.place(answer)}` : line;
  }

  profile(profile) {
    eachFrame(profile, ({ frame, base }) => {
      if (frame.url !== this.url) return;
      const found = this.lookUp(frame.lineNumber + 1 - base, frame.columnNumber + 1 - base);
      if (found === null) return;
      frame.functionName = found.name;
      frame.url = found.source;
      frame.lineNumber = found.line - 1 + base;
      frame.columnNumber = found.column - 1 + base;
    });
    return profile;
  }
}

module.exports = { Reference };
