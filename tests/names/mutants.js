'use strict';
// Small texts made of real ones: statements, with a few tokens or bytes changed. What they become is seldom wanted by
// anyone, which is the point. The same seed gives the same texts.

const ts = require('typescript');

const SEED_LENGTH_MIN = 20;
const SEED_LENGTH_MAX = 900;
const SEEDS_MAX = 40000;
const CHANGES_MAX = 3;

// Words and signs on which a scanner's ways part.
const COMMON = ['async', 'await', 'yield', 'function', 'class', 'get', 'set', 'static', 'let', 'of', 'in', 'return',
  'new', 'typeof', 'delete', 'case', 'default', 'if', 'else', 'do', 'while', 'for', 'extends', 'super', 'this',
  'import', 'export', 'const', 'var', 'throw', 'void', 'instanceof', 'switch', 'try', 'catch', 'finally', 'break',
  'continue', 'with', 'debugger', 'using', 'accessor', 'as', 'from', 'x', 'y', '0', '1', '.5', '"s"', "'t'", '/r/g',
  '/[/]/', '`t`', '`a${', '}`', '${', '=>', '() =>', 'x =>', '(', ')', '[', ']', '{', '}', '()', '[]', '{}', ';', ',',
  ':', '?', '.', '?.', '...', '=', '+=', '??', '??=', '||', '&&', '+', '-', '++', '--', '*', '**', '/', '/=', '<',
  '>', '>>', '!', '~', '#p', '@d', '@d()', '\n', '\n\n', '/**/', '/*\n*/', '//\n', '<!--', '-->', '!==', '=>{',
  'async (', 'async x', 'function*', 'async function', 'get x', 'x:', 'case 1:', 'function(){}', '()=>1', 'class{}',
  '{m(){}}', '\\u0061', '\u2028', '\ufeff', '\r', '\r\n', '1_0n', '0x1e', 'new.target', 'import.meta', 'a.b', 'x = ',
  'var x = '];
const TYPED = ['as', 'satisfies', 'as any', 'as const', '!', ': any', ': T', '?:', '<T>', '<T,>', '<T extends U>',
  'type', 'type X =', 'interface', 'enum', 'const enum', 'namespace', 'module', 'declare', 'abstract', 'readonly',
  'private', 'public', 'override', 'keyof', 'infer', 'is', 'asserts', 'unique symbol', 'implements', ': a is b',
  '() => void', '=> void', ': () => void', '{[k: string]: T}', 'out', 'global', 'import type', 'export type', '| x',
  '& x', '[k in T]', '<any>', 'x<y>(', '>>', '<', '>', '?', ':', ': {', 'extends', 'this: T', 'A<B<C>>', 'undefined',
  'number', 'typeof x'];
const JSX = ['<a>', '</a>', '<a/>', '<>', '</>', '<a b={', '}/>', '{...x}', '<a.b', '/>', '<', '>', '&amp;', 'a-b',
  'a:b'];

const TOKEN = new RegExp([
  '\\s+', '//[^\\n]*', '/\\*[^]*?\\*/', '#?[\\w$\\u0080-\\uffff\\\\]+', '"(?:[^"\\\\\\n]|\\\\[^])*"',
  "'(?:[^'\\\\\\n]|\\\\[^])*'",
  '=>|\\.\\.\\.|\\?\\.|\\?\\?=?|&&=?|\\|\\|=?|\\+\\+|--|\\$\\{|</|/>', '[^]'].join('|'), 'gu');
const tokensOf = (text) => text.match(TOKEN) ?? [];
const isWord = (character) => character !== undefined && /[\w$#\\\u0080-\uffff]/.test(character);
const isSpace = (token) => /^(?:\s|\/[/*])/.test(token);

// xorshift32
class Random {
  constructor(seed) {
    this.state = (seed * 2654435761 + 1) >>> 0 || 1;
    for (let i = 0; i < 8; i++) this.next();
  }

  next() {
    this.state ^= this.state << 13;
    this.state ^= this.state >>> 17;
    this.state ^= this.state << 5;
    this.state >>>= 0;
    return this.state;
  }

  below(n) {
    return this.next() % n;
  }

  of(list) {
    return list[this.below(list.length)];
  }
}

// Adds the statements, members and longer expressions of a file to `seeds`.
function addSeeds(text, language, seeds) {
  const kind = { js: ts.ScriptKind.JSX, ts: ts.ScriptKind.TS, tsx: ts.ScriptKind.TSX }[language];
  const file = ts.createSourceFile(`file.${language}`, text, ts.ScriptTarget.Latest, false, kind);
  const stack = [...file.statements];
  const { SyntaxKind: K } = ts;
  const members = new Set([K.MethodDeclaration, K.PropertyDeclaration, K.GetAccessor, K.SetAccessor, K.Constructor]);
  while (stack.length > 0 && seeds.size < SEEDS_MAX) {
    const node = stack.pop();
    const isWhole = ts.isStatement(node) && node.kind !== K.Block;
    const length = node.end - node.pos;
    if (isWhole && length >= SEED_LENGTH_MIN && length <= SEED_LENGTH_MAX) {
      seeds.add(text.slice(node.pos, node.end).trim());
    } else if (members.has(node.kind) && node.parent === undefined && length <= SEED_LENGTH_MAX) {
      seeds.add(`class A {\n${text.slice(node.pos, node.end).trim()}\n}`);
    }
    if (length > SEED_LENGTH_MIN) ts.forEachChild(node, (child) => { stack.push(child); });
  }
}

class Mutants {
  // `seeds` are texts.
  constructor(seeds, language, seed) {
    this.seeds = seeds;
    this.random = new Random(seed);
    this.words = [...COMMON, ...(language !== 'js' ? TYPED : []), ...(language !== 'ts' ? JSX : [])];
  }

  // Changes a list of tokens in place.
  change(tokens) {
    const { random } = this;
    const n = tokens.length;
    const at = random.below(n + 1);
    switch (random.below(12)) {
      case 0: case 1: tokens.splice(at, 1 + (random.below(4) === 0)); break;
      case 2: if (at < n) tokens.splice(at, 0, tokens[at]); break;
      case 3: tokens.splice(at, 2, ...tokens.slice(at, at + 2).reverse()); break;
      case 4: case 5: tokens.splice(at, 1, random.of(this.words)); break;
      case 6: case 7: tokens.splice(at, 0, random.of(this.words)); break;
      case 8: { // a piece of another text
        const other = tokensOf(random.of(this.seeds));
        const from = random.below(other.length);
        tokens.splice(at, random.below(6), ...other.slice(from, from + 1 + random.below(20)));
        break;
      }
      case 9: { // a piece of the same text
        const from = random.below(n);
        tokens.splice(at, 0, ...tokens.slice(from, from + 1 + random.below(12)));
        break;
      }
      case 10: { // space of another kind
        const spaces = tokens.flatMap((token, i) => (isSpace(token) ? [i] : []));
        const others = [' ', '\n', '', '/**/', '//\n', '/*\n*/', '\u2029'];
        if (spaces.length > 0) tokens[random.of(spaces)] = random.of(others);
        else tokens.splice(at, 0, random.of(others));
        break;
      }
      default: tokens.splice(at, 0, random.of(['\n', '/**/', '/*\n*/', '//\n', ' ']));
    }
  }

  // Changes single characters.
  changeCharacter(text) {
    const { random } = this;
    const at = random.below(text.length + 1);
    const signs = '(){}[]<>;:,.?=!+-*/%&|^~`"\'\\#@$_ae01 \n\r\t';
    const sign = signs[random.below(signs.length)];
    return text.slice(0, at) + (random.below(3) === 0 ? '' : sign) + text.slice(at + random.below(2));
  }

  // The same tokens with other space: as little as words allow, or the same everywhere.
  changeSpace(tokens) {
    const between = this.random.of(['', '\n', '/**/', '/*\n*/', ' ', '\n\n']);
    const rest = tokens.filter((token) => !isSpace(token));
    return rest.reduce((text, token) => text +
      (between === '' && isWord(text.at(-1)) && isWord(token[0]) ? ' ' : between) + token, '');
  }

  next() {
    const { random } = this;
    const text = random.of(this.seeds);
    if (random.below(10) === 0) return this.changeCharacter(text);
    const tokens = tokensOf(random.below(8) === 0 ? `${text}\n${random.of(this.seeds)}` : text);
    if (random.below(12) === 0) return this.changeSpace(tokens);
    for (let i = random.below(CHANGES_MAX); i >= 0; i--) this.change(tokens);
    return random.below(12) === 0 ? this.changeSpace(tokens) : tokens.join('');
  }
}

module.exports = { Mutants, Random, addSeeds, tokensOf };
