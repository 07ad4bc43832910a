'use strict';
// An independent decoder of source maps, written from ecma-426.md (sections 1 to 6 and 8) and from nothing else.
// It is plain rather than fast: one array a token, one regular expression a rule. Lenient: optional errors recover.

class Refused extends Error {} // a required error of the standard

const LIMIT = 0xffffffff; // our files store positions below this; larger ones are refused

// ---- the JSON object (sections 1 and 2) ----

function parseJson(bytes) {
  let start = 0;
  if (bytes.subarray(0, 4).toString('latin1') === ")]}'") {
    start = bytes.findIndex((b) => b === 0x0a || b === 0x0d);
    if (start < 0) throw new Refused('nothing follows the XSSI prefix');
  }
  // The decoder replaces ill-formed bytes and strips one BOM at the start. A BOM before the prefix leaves `)]}'` in.
  const text = new TextDecoder('utf-8').decode(bytes.subarray(start));
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Refused(error.message);
  }
}

const stringOr = (value, other) => (typeof value === 'string' ? value : other);
const arrayOrEmpty = (value) => (Array.isArray(value) ? value : []);

// An array passes as an object without members, and has none of the names below.
const isObject = (value) => value !== null && typeof value === 'object';

function parseMap(bytes) {
  const json = parseJson(bytes);
  return { ...decodeMap(json, 1), debugId: debugId(json) };
}

function decodeMap(json, level) {
  if (!isObject(json)) throw new Refused('a map is not an object');
  return Object.hasOwn(json, 'sections') ? decodeIndexMap(json, level) : decodeOrdinaryMap(json);
}

function decodeOrdinaryMap(json) {
  if (typeof json.mappings !== 'string') throw new Refused('mappings is not a string');
  if (!Array.isArray(json.sources)) throw new Refused('sources is not an array');

  const root = stringOr(json.sourceRoot, '');
  const prefix = root === '' || root.endsWith('/') ? root : root + '/';
  const contents = arrayOrEmpty(json.sourcesContent);
  const ignoreList = Object.hasOwn(json, 'ignoreList') ? json.ignoreList : json.x_google_ignoreList;
  const ignored = new Set(arrayOrEmpty(ignoreList));
  const sources = json.sources.map((source, i) => ({
    name: typeof source === 'string' ? prefix + source : null,
    content: stringOr(contents[i], null),
    isIgnored: ignored.has(i),
  }));
  const names = arrayOrEmpty(json.names).map((name) => stringOr(name, ''));
  return { sources, names, tokens: decodeMappings(json.mappings, sources.length, names.length) };
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

function debugId(json) {
  const id = stringOr(json.debugId ?? json.debug_id, '').toLowerCase();
  return UUID.test(id) ? id : null;
}

// ---- index maps (section 4) ----

const MAX_LEVELS = 16;
const offsetOr0 = (value) => (Number.isInteger(value) && value >= 0 ? value : 0);

function decodeIndexMap(json, level) {
  if (level > MAX_LEVELS) throw new Refused('index maps nested too deeply');
  if (!Array.isArray(json.sections)) throw new Refused('sections is not an array');
  const sources = [], names = [], tokens = [];
  for (const section of json.sections.filter(isObject)) {
    if (!isObject(section.offset)) throw new Refused('the offset of a section is not an object');
    if (!Object.hasOwn(section, 'map') && typeof section.url === 'string') continue;
    if (!isObject(section.map)) throw new Refused('the map of a section is not an object');
    const map = decodeSection(section.map, level + 1);
    if (map === null) continue;
    const offsetLine = offsetOr0(section.offset.line);
    const offsetColumn = offsetOr0(section.offset.column);
    for (const [line, column, source, sourceLine, sourceColumn, name] of map.tokens) {
      tokens.push([line + offsetLine, line === 0 ? column + offsetColumn : column,
        source === null ? null : source + sources.length, sourceLine, sourceColumn,
        name === null ? null : name + names.length]);
    }
    map.sources.forEach((source) => sources.push(source));
    map.names.forEach((name) => names.push(name));
  }
  if (tokens.some(([line, column]) => line >= LIMIT || column >= LIMIT)) throw new Refused('a position beyond 32 bits');
  return { sources, names, tokens: sortTokens(tokens) };
}

// A section whose map is refused is left out.
function decodeSection(json, level) {
  try {
    return decodeMap(json, level);
  } catch (error) {
    if (error instanceof Refused) return null;
    throw error;
  }
}

// ---- mappings (section 3) ----

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const DIGITS = new Map([...ALPHABET].map((c, i) => [c, i]));
const VLQ = /[g-z0-9+/]*[A-Za-f]/g; // digits that say "more follow", then one that does not

// The value of one signed VLQ. Doubles are exact up to 2^53 and saturate far above the limit of 2^32.
function signed(vlq) {
  let u = 0;
  let scale = 1;
  for (const c of vlq) {
    const bits = DIGITS.get(c) % 32;
    if (bits > 0) u += bits * scale; // zero padding has no end: 0 * Infinity must not come in
    scale *= 32;
  }
  if (u >= 2 ** 32) throw new Refused('a VLQ of 32 bits or more');
  const v = Math.floor(u / 2);
  if (u % 2 === 0) return v;
  return v === 0 ? -(2 ** 31) : -v;
}

// Lines of segments of VLQ texts, or null where the grammar is broken anywhere.
function splitMappings(mappings) {
  const lines = [];
  for (const line of mappings.split(';')) {
    const segments = [];
    for (const text of line === '' ? [] : line.split(',')) {
      const fields = text.match(VLQ) ?? [];
      const size = fields.reduce((sum, field) => sum + field.length, 0);
      if (size !== text.length || ![1, 4, 5].includes(fields.length)) return null;
      segments.push(fields);
    }
    lines.push(segments);
  }
  return lines;
}

// Tokens are [line, column, source, sourceLine, sourceColumn, name]; null where there is none.
function decodeMappings(mappings, sourceCount, nameCount) {
  const tokens = [];
  let source = 0, sourceLine = 0, sourceColumn = 0, name = 0;
  (splitMappings(mappings) ?? []).forEach((segments, line) => {
    let column = 0;
    for (const fields of segments) {
      column += signed(fields[0]);
      if (column < 0) continue; // without reading the other fields
      const token = [line, column, null, null, null, null];
      if (fields.length > 1) {
        source += signed(fields[1]);
        sourceLine += signed(fields[2]);
        sourceColumn += signed(fields[3]);
        if (source >= 0 && source < sourceCount && sourceLine >= 0 && sourceColumn >= 0) {
          token[2] = source;
          token[3] = sourceLine;
          token[4] = sourceColumn;
        }
      }
      if (fields.length > 4) {
        name += signed(fields[4]);
        if (name >= 0 && name < nameCount) token[5] = name;
      }
      if (token.some((value) => value >= LIMIT)) throw new Refused('a position beyond 32 bits');
      tokens.push(token);
    }
  });
  return sortTokens(tokens);
}

// Stable, by the language's definition.
const sortTokens = (tokens) => tokens.sort((a, b) => a[0] - b[0] || a[1] - b[1]);

// ---- what `smcache dump` prints ----

const ESCAPES = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };
const escape = (text) => text.replace(/[\\\t\n\r]/g, (c) => ESCAPES[c]);

// Yields the text in chunks, as the whole may be longer than a string should be. Lone surrogates become U+FFFD where
// the text is encoded.
function* dumpTokens({ tokens, names }) {
  const printed = names.map(escape);
  const CHUNK = 65536;
  for (let i = 0; i < tokens.length; i += CHUNK) {
    yield tokens.slice(i, i + CHUNK).map(([line, column, source, sourceLine, sourceColumn, name]) =>
      `${line}\t${column}\t${source ?? ''}\t${sourceLine ?? ''}\t${sourceColumn ?? ''}\t` +
      `${name === null ? '' : printed[name]}\n`).join('');
  }
}

const STYLE_SHEET = /\.(css|scss|sass|less|styl|pcss)$/;

function countLines(name, content) {
  const isStyle = name !== null && STYLE_SHEET.test(name.replace(/[?#][^]*$/, ''));
  const ends = content.match(isStyle ? /\r\n|[\n\r\f]/g : /\r\n|[\n\r\u2028\u2029]/g);
  return (ends ?? []).length + 1;
}

function* dumpSources({ sources }, showIgnored) {
  for (const [i, { name, content, isIgnored }] of sources.entries()) {
    const size = content === null ? '' : Buffer.byteLength(content);
    const lines = content === null ? '' : countLines(name, content);
    const ignored = !showIgnored ? '' : isIgnored ? '\tignored\t' : '\t\t'; // and no raw name
    yield `${i}\t${escape(name ?? '')}\t${size}\t${lines}${ignored}\n`;
  }
}

module.exports = { Refused, parseMap, dumpTokens, dumpSources, escape };
