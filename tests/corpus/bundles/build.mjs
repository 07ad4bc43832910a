// usage: node build.mjs OUT    in a copy of this folder, after `npm ci`, with the sources of tests/example in shop/
//
// Writes a folder a tool, and kinds.tsv: what each generated file and its map have.

import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { listKinds } from './kinds.mjs';

const TOOLS = ['esbuild', 'swc', 'rollup', 'webpack', 'metro', 'sections']; // some read what an earlier one wrote

const root = path.resolve(process.argv[2]);
const rows = [];
for (const tool of TOOLS) {
  console.error(`  ${tool}`);
  const { build } = await import(`./${tool}.mjs`);
  await mkdir(`${root}/${tool}`, { recursive: true });
  await build(`${root}/${tool}`, root);
  rows.push(...listKinds(root, tool));
}
await writeFile(`${root}/kinds.tsv`, rows.map(([name, kinds]) => `${name}\t${kinds.join(', ')}\n`).join(''));
