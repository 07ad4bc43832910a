'use strict';
// The snippets of the unit tests (tests/unit/snippets.h says how they are written), for the peers to say whether what
// is beside them is right.

const assert = require('node:assert');
const fs = require('node:fs');
const path = require('node:path');
const { judge, recovered } = require('./judge.js');

const FOLDER = path.join(__dirname, '../unit/snippets');
const LANGUAGES = { javascript: 'js', typescript: 'ts', tsx: 'tsx' };
const MEANINGS = { '⏎': '\n', '␍': '\r', '␤': '\u2028' };
// Behind a comment that starts like this, up to an empty line, they are to be right without the peers.
const WITHOUT_PEERS = '# Without peers: ';

const unmark = (text) => text.replace(/[«»]/g, '').replace(/[⏎␍␤]/g, (mark) => MEANINGS[mark])
  .replace(/⟨([0-9a-f]+)⟩/g, (_, code) => String.fromCodePoint(parseInt(code, 16)));

const mark = (text) => text.replace(/\n/g, '⏎').replace(/\r/g, '␍').replace(/\u2028/g, '␤');

// The text with the places of its functions, and their names, as in the files but for codes of characters.
function write(text, functions) {
  if (functions === null) return `${mark(text)} ⇒ ✗`;
  const ends = functions.map(({ end }) => ({ at: end, sign: '»' }));
  const starts = functions.map(({ start }) => ({ at: start, sign: '«' }));
  let written = '';
  let from = 0;
  for (const { at, sign } of [...ends, ...starts].sort((a, b) => a.at - b.at)) {
    written += mark(text.slice(from, at)) + sign;
    from = at;
  }
  const names = functions.map(({ name, last }) => {
    if (name === null) return '-';
    return name === last ? name : `${name.slice(0, name.length - last.length)}|${last}`;
  });
  return `${written}${mark(text.slice(from))} ⇒ ${names.join('; ')}`.trimEnd();
}

// { file, line, language, written, text, hasPeers } of each.
function snippets() {
  return fs.readdirSync(FOLDER).filter((name) => name.endsWith('.txt')).sort().flatMap((file) => {
    const [first, ...lines] = fs.readFileSync(path.join(FOLDER, file), 'utf8').split('\n');
    const language = LANGUAGES[first.replace('language ', '')];
    let hasPeers = true;
    return lines.flatMap((written, i) => {
      if (written === '' || written.startsWith('# ')) {
        hasPeers = !written.startsWith(WITHOUT_PEERS);
        return [];
      }
      const text = unmark(written.slice(0, written.lastIndexOf(' ⇒')));
      return [{ file, line: i + 2, language, written, text, hasPeers }];
    });
  });
}

function check() {
  const all = snippets();
  assert.ok(all.length > 1000);
  for (const { file, line, language, written, text, hasPeers } of all) {
    const { verdict, functions } = judge(text, language);
    const decoded = written.replace(/⟨([0-9a-f]+)⟩/g, (_, code) => String.fromCodePoint(parseInt(code, 16)));
    const isProgram = !written.endsWith('✗');
    const isSame = write(text, isProgram ? functions ?? recovered(text, language) : functions) === decoded;
    const isRight = hasPeers ? isSame || (verdict === 'disputed' && !isProgram) : !isSame;
    assert.ok(isRight, `${file}:${line}: ${verdict}\n  ${decoded}\n  ${write(text, functions)}`);
  }
}

module.exports = { snippets };
if (require.main === module) check();
