'use strict';
// The JavaScript side of check.py: one request a line on stdin, one answer a line on stdout, both JSON.
//
//   {"op": "rules"}                                -> {"rules": {kind: {name: text}}}
//   {"op": "program", "written", "sources"}        -> {}   folders, for what follows
//   {"op": "compare", "base", "file", "url", "prefix", "texts": {scenario: [written, minified, translated]},
//      "rows": what --output=json prints of the minified texts, or nothing}
//                                                  -> {"counts": {rule: n}, "errors"}
//   {"op": "profile", "base", "file", "url", "prefix", "profiles": [written, minified, translated]}   paths of files
//                                                  -> {"counts", "errors", "hottest": [name]}
//   {"op": "learn", "base", "texts", "profiles"}   -> {}   what V8 says of the program as written, for "reference"
//   {"op": "reference", "file", "url", "prefix" or "names": {source:line}, "text" or "profile"}
//                                                  -> the same, translated by other means: reference.js
//   {"op": "package", "minified": {"file", "url"}, "whole", "source", "renamed", "has_texts",
//      "texts": {scenario: [whole, minified, translated]}}
//                                                  -> {"counts", "errors"}   packages.js

const fs = require('node:fs');
const path = require('node:path');
const readline = require('node:readline');
const { RULES, Comparison } = require('./compare.js');
const { parseStacks } = require('./frames.js');
const { Generated } = require('./maps.js');
const { PACKAGE_RULES, PackageComparison } = require('./packages.js');
const { PROFILE_RULES, ProfileComparison, eachFrame } = require('./profiles.js');
const { Program } = require('./program.js');
const { Reference } = require('./reference.js');

let program = null;

function generatedOf(file) {
  const functions = JSON.parse(fs.readFileSync(path.join(path.dirname(file), 'functions.json'), 'utf8'));
  return new Generated(file, functions[path.basename(file)]);
}

const operations = {
  rules: () => ({ rules: { stacks: RULES, packages: PACKAGE_RULES, profiles: PROFILE_RULES } }),

  program({ written, sources }) {
    program = new Program(written, sources);
    return {};
  },

  compare({ texts, rows, file, ...where }) {
    const comparison = new Comparison(program, generatedOf(file), where);
    for (const [scenario, [written, minified, translated]] of Object.entries(texts)) {
      comparison.compare(scenario, written, minified, translated);
    }
    if (rows) comparison.compareRows(Object.values(texts), rows);
    const { counts, errors } = comparison;
    return { counts, errors };
  },

  profile({ profiles, file, ...where }) {
    const comparison = new ProfileComparison(program, generatedOf(file), where);
    comparison.compare(...profiles.map((profile) => JSON.parse(fs.readFileSync(profile, 'utf8'))));
    const { counts, errors, hottest } = comparison;
    return { counts, errors, hottest };
  },

  learn({ base, texts, profiles = [] }) {
    program.learn(texts.flatMap((text) => parseStacks(text).flat()).flatMap(({ frame }) => frame ?? []), base);
    for (const profile of profiles) {
      eachFrame(JSON.parse(fs.readFileSync(profile, 'utf8')), ({ frame, base: first }) => {
        const place = { url: frame.url, line: frame.lineNumber + 1 - first, column: frame.columnNumber + 1 - first };
        program.learn([{ name: frame.functionName, place }], base);
      });
    }
    return {};
  },

  reference({ text, profile, file, url, prefix, names }) {
    const listed = (source, line) => names[`${source}:${line}`];
    const learned = (source, ...place) => program.nameAt(source.slice(prefix.length), ...place);
    const reference = new Reference(new Generated(file), url, names ? listed : learned);
    return text === undefined ? { profile: reference.profile(profile) } : { text: reference.text(text) };
  },

  package({ texts, minified, whole, ...rest }) {
    const open = (one) => one && { url: one.url, generated: new Generated(one.file) };
    const comparison = new PackageComparison(open(minified), open(whole), rest);
    for (const [scenario, [unminified, before, after]] of Object.entries(texts)) {
      comparison.compare(scenario, unminified, before, after);
    }
    const { counts, errors } = comparison;
    return { counts, errors };
  },
};

readline.createInterface({ input: process.stdin }).on('line', (line) => {
  const request = JSON.parse(line);
  let answer;
  try {
    answer = operations[request.op](request);
  } catch (error) {
    answer = { errors: [`worker.js, ${request.op}: ${error.stack}`], counts: {} };
  }
  fs.writeSync(1, JSON.stringify(answer) + '\n');
});
