'use strict';
// The program as written, and what its stacks are expected to become.

const fs = require('node:fs');
const path = require('node:path');
const { Functions } = require('./maps.js');

// V8 names a method after the class of its object, and knows no variable that a callback's value goes to. So what we
// say in its place is at the end of the line in the program: `//= Circle.scaled -> Shape.scaled; <anonymous> -> sums`.
function readNames(text) {
  return text.split('\n').map((line) => {
    const comment = line.match(/\/\/= (.*)$/);
    const pairs = comment ? comment[1].split(';') : [];
    return Object.fromEntries(pairs.map((pair) => pair.split('->').map((name) => name.trim())));
  });
}

class Program {
  // `written`: the folder of the program as written, as modules; `sources`: of what the maps lead to.
  constructor(written, sources) {
    const list = JSON.parse(fs.readFileSync(path.join(written, 'functions.json'), 'utf8'));
    this.learned = new Map();
    this.files = new Map(Object.keys(list).map((module) => {
      const name = [module, module.replace(/\.js$/, '.ts')].find((one) => fs.existsSync(path.join(sources, one)));
      const text = fs.readFileSync(path.join(sources, name), 'utf8');
      const functions = new Functions(list[module]);
      return [module, { name, names: readNames(text), lines: text.split('\n'), functions }];
    }));
  }

  // What a place of a stack should become, or null if it is not of the program. `base` is the URL of its folder.
  expected(name, place, base) {
    const file = place.url?.startsWith(base) && this.files.get(place.url.slice(base.length));
    if (!file) return null;
    const said = name.replace(/ \[as .*\]$/, '');
    const listed = file.names[place.line - 1];
    return { file, name: listed[said || '<anonymous>'] ?? said, listed, line: place.line, column: place.column };
  }

  // Keeps the names of functions that V8 has in stacks, or in the nodes of a profile, of the program as written.
  learn(frames, base) {
    for (const { name, place } of frames) {
      const expected = place.url ? this.expected(name, place, base) : null;
      if (expected === null) continue;
      const { file, line, column } = expected;
      const around = file.functions.at([line - 1, column - 1]);
      // What sets fields up is around them, but in no function that is written.
      if (around !== null && !name.startsWith('<')) this.learned.set(around, expected.name);
      else this.learned.set(`${file.name}:${line}:${column}`, expected.name);
    }
  }

  // What a place, counted from 1, in a source is to be called.
  nameAt(source, line, column) {
    const file = [...this.files.values()].find(({ name }) => name === source);
    if (!file) throw new Error(`the program has no ${source}`);
    const listed = this.learned.get(`${source}:${line}:${column}`);
    const around = file.functions.at([line - 1, column - 1]);
    if (listed !== undefined || around === null) return listed ?? '';
    const name = this.learned.get(around) ?? around.name;
    if (name === undefined) throw new Error(`nothing tells the function at ${source}:${line}:${column}`);
    return name;
  }
}

module.exports = { Program };
