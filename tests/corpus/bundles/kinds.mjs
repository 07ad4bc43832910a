// What a generated file and its map have, read from what the tools wrote: a tool that no longer writes something, or no
// longer knows an option, must not leave a hole in the corpus unnoticed.

import { existsSync, readFileSync, readdirSync } from 'node:fs';

const WANTED = {
  esbuild: ['contents', 'no contents', 'names', 'sourceRoot', 'style sheet', 'inline'],
  swc: ['contents', 'names', 'inline'],
  rollup: ['contents', 'no contents', 'names', 'debug ID', 'ignore list', 'inline'],
  webpack: ['contents', 'no contents', 'names', 'debug ID', 'ignore list', 'inline'],
  metro: ['contents', 'names', 'index of depth 1', 'ignore list', 'function names'],
  sections: ['contents', 'index of depth 1', 'index of depth 2', 'index of depth 3', 'ignore list', 'function names'],
};

const depth = (map) => (map.sections ? 1 + Math.max(...map.sections.map((section) => depth(section.map))) : 0);
const parts = (map) => (map.sections ? map.sections.flatMap((section) => parts(section.map)) : [map]);
const comment = (code, key) => code.match(new RegExp(`^//# ${key}=(.*)$`, 'm'))?.[1];

function kindsOfMap(map, code) {
  const all = parts(map);
  const some = (test) => all.some(test);
  const kinds = {
    [`index of depth ${depth(map)}`]: Boolean(map.sections),
    'contents': some((part) => part.sourcesContent?.some((content) => content !== null)),
    'no contents': some((part) => !part.sourcesContent),
    'names': some((part) => part.names.length > 0),
    'sourceRoot': some((part) => part.sourceRoot),
    'debug ID': map.debugId && map.debugId === comment(code, 'debugId'),
    'ignore list': some((part) => (part.ignoreList ?? part.x_google_ignoreList)?.length > 0),
    'function names': some((part) => part.x_facebook_sources?.some((entry) => entry !== null)),
  };
  if (Boolean(map.debugId) !== Boolean(kinds['debug ID'])) throw new Error('only one of map and file has the debug ID');
  return Object.keys(kinds).filter((kind) => kinds[kind]);
}

function kindsOfFile(file) {
  const code = readFileSync(file, 'utf8');
  const kinds = existsSync(`${file}.map`) ? kindsOfMap(JSON.parse(readFileSync(`${file}.map`, 'utf8')), code) : [];
  if (file.endsWith('.css')) kinds.push('style sheet');
  if (/^\/[/*]# sourceMappingURL=data:/m.test(code)) kinds.push('inline');
  return kinds;
}

// [[name, kinds]] of the generated files of a tool. Throws where a kind is missing.
export function listKinds(folder, tool) {
  const names = readdirSync(`${folder}/${tool}`, { recursive: true }).sort().filter((name) => /\.(js|css)$/.test(name));
  const list = names.map((name) => [`${tool}/${name}`, kindsOfFile(`${folder}/${tool}/${name}`)]);
  const missing = WANTED[tool].filter((kind) => !list.some(([, kinds]) => kinds.includes(kind)));
  if (missing.length) throw new Error(`nothing from ${tool} has: ${missing.join(', ')}`);
  return list;
}
