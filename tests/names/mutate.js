'use strict';
// Small changed texts, what the peers say of them, and the shortest text that shows what one has shown.

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { spawnSync } = require('node:child_process');
const { judge } = require('./judge.js');
const { Mutants, addSeeds, tokensOf } = require('./mutants.js');
const { snippets } = require('./snippets.js');
const { lineStarts, positionOf } = require('./text.js');

const FIELDS = ['start_line', 'start_column', 'end_line', 'end_column', 'name', 'last'];
const SNIPPET_WEIGHT = 4; // each is a seed so many times

function seedsOf(paths, language) {
  const seeds = new Set();
  for (const file of paths) addSeeds(fs.readFileSync(file, 'utf8'), language, seeds);
  const fitting = snippets().filter((snippet) => snippet.language === language || snippet.language === 'js');
  return [...seeds, ...Array(SNIPPET_WEIGHT).fill(fitting.map(({ text }) => text)).flat()];
}

// [{ text, verdict, functions: rows }]
function mutate({ paths, language, seed, n }) {
  const mutants = new Mutants(seedsOf(paths, language), language, seed);
  return Array.from({ length: n }, () => {
    const text = mutants.next();
    const { verdict, functions } = judge(text, language);
    const starts = lineStarts(text);
    const rows = functions?.map(({ start, end, name, last }) =>
      [...positionOf(starts, start), ...positionOf(starts, end), name, last]);
    return { text, verdict, functions: rows ?? null };
  });
}

// How the program's answer to each text is to the peers': 'equal', 'lost' or 'wrong'; null for what is no program.
function compareAll(program, texts, language) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'smcache-mutants-'));
  const files = texts.map((text, i) => path.join(folder, `${i}.${language}`));
  files.forEach((file, i) => fs.writeFileSync(file, texts[i]));
  const { stdout } = spawnSync(program, ['functions', '--json', ...files], { maxBuffer: 1 << 28 });
  fs.rmSync(folder, { recursive: true });
  return stdout.toString().split('\n').slice(0, -1).map((line, i) => {
    const { status, functions: ours } = JSON.parse(line);
    const { verdict, functions } = judge(texts[i], language);
    if (verdict !== 'program') return null;
    if (status !== 'followed') return 'lost';
    const starts = lineStarts(texts[i]);
    const theirs = functions.map(({ start, end, name, last }) =>
      [...positionOf(starts, start), ...positionOf(starts, end), name, last].join());
    const mine = ours.map((fn) => FIELDS.map((field) => fn[field]).join());
    return mine.join(';') === theirs.join(';') ? 'equal' : 'wrong';
  });
}

// Takes tokens out as long as the program stays as wrong as it is.
function shorten({ program, text, language, kind }) {
  let tokens = tokensOf(text);
  for (let size = tokens.length >> 1; size > 0;) {
    const starts = Array.from({ length: Math.ceil(tokens.length / size) }, (_, i) => i * size);
    const shorter = starts.map((at) => [...tokens.slice(0, at), ...tokens.slice(at + size)]);
    const found = compareAll(program, shorter.map((list) => list.join('')), language).indexOf(kind);
    if (found >= 0) tokens = shorter[found];
    if (found < 0 || size > tokens.length) size >>= 1;
  }
  return { text: tokens.join('') };
}

module.exports = { mutate, shorten };
