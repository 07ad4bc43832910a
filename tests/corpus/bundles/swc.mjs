// swc: a map for each file that it transforms, and the map of a bundle that it minifies.

import { readFile, readdir, writeFile } from 'node:fs/promises';
import { minify, transform } from '@swc/core';

// Also what the other bundlers use where they do not read TypeScript or JSX themselves.
export const compile = (code, path, sourceMaps = true) => transform(code, {
  filename: path,
  configFile: false,
  swcrc: false,
  sourceMaps,
  jsc: {
    target: 'es2022',
    parser: /\.tsx?$/.test(path)
      ? { syntax: 'typescript', tsx: path.endsWith('x') }
      : { syntax: 'ecmascript', jsx: true },
    transform: { react: { runtime: 'automatic', importSource: 'preact' } },
  },
});

export const needsCompile = (path) => /\.(tsx?|jsx)$/.test(path) && !path.includes('node_modules');

export async function build(out, root) {
  for (const folder of ['src', 'shop']) {
    for (const name of (await readdir(folder)).filter(needsCompile)) {
      const { code, map } = await compile(await readFile(`${folder}/${name}`, 'utf8'), `${folder}/${name}`);
      await writeFile(`${out}/${name}.js`, code);
      await writeFile(`${out}/${name}.js.map`, map);
      const inline = await compile(code, `${name}.js`, 'inline');
      await writeFile(`${out}/${name}.inline.js`, inline.code);
    }
  }
  const three = await readFile(`${root}/esbuild/three.js`, 'utf8');
  const { code, map } = await minify(three, { module: true, compress: true, mangle: true, sourceMap: true });
  await writeFile(`${out}/three.min.js`, code);
  await writeFile(`${out}/three.min.js.map`, map);
}
