// usage: node build.mjs OUT    in a folder with this, src/, the corpus's package.json and swc scripts, after `npm ci`
//
// Writes the programs of src/ as they are (TypeScript without its types, but at the same positions), and bundled and
// minified by three tools, each in a folder with the maps.

import { existsSync } from 'node:fs';
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import terser from '@rollup/plugin-terser';
import * as esbuild from 'esbuild';
import { rollup } from 'rollup';
import webpack from 'webpack';
import { blank } from './blank.mjs';
import { functionsOf } from './functions.mjs';
import { compile } from './swc.mjs';

const ENTRIES = ['main', 'evals', 'toplevel', 'hot'];

const root = path.resolve(process.argv[2]);
const entry = (name) => path.resolve(`src/${name}.js`);

async function asWritten(out) {
  for (const name of await readdir('src')) {
    const code = await readFile(`src/${name}`, 'utf8');
    await writeFile(`${out}/${name.replace(/\.ts$/, '.js')}`, name.endsWith('.ts') ? blank(code) : code);
  }
}

async function withEsbuild(out) {
  for (const name of ENTRIES) {
    await esbuild.build({
      entryPoints: [entry(name)], outfile: `${out}/${name}.js`, bundle: true, minify: true, sourcemap: 'linked',
      target: 'es2022', charset: 'utf8', logLevel: 'error',
    });
  }
}

const typescript = {
  name: 'typescript',
  resolveId(id, importer) { // imports say .js
    const file = importer && path.resolve(importer, '..', id.replace(/js$/, 'ts'));
    return file && existsSync(file) ? file : null;
  },
  transform: (code, id) => (id.endsWith('.ts') ? compile(code, id) : null),
};

async function withRollup(out) {
  for (const name of ENTRIES) {
    const bundle = await rollup({ input: entry(name), plugins: [typescript], onwarn() {} });
    await bundle.write({ file: `${out}/${name}.js`, format: 'es', sourcemap: true, plugins: [terser()] });
    await bundle.close();
  }
}

function withWebpack(out) {
  const config = {
    entry: Object.fromEntries(ENTRIES.map((name) => [name, entry(name)])),
    output: { path: out, filename: '[name].js', uniqueName: 'traces' },
    resolve: { extensionAlias: { '.js': ['.ts', '.js'] } },
    module: { rules: [{ test: /\.ts$/, use: createRequire(import.meta.url).resolve('./webpack-loader.js') }] },
    mode: 'production',
    devtool: 'source-map',
    performance: false,
  };
  return new Promise((resolve, reject) => {
    webpack(config, (error, stats) => {
      if (error || stats.hasErrors()) reject(error ?? new Error(stats.toString('errors-only')));
      else resolve();
    });
  });
}

const builds = { unbundled: asWritten, esbuild: withEsbuild, rollup: withRollup, webpack: withWebpack };
for (const [name, build] of Object.entries(builds)) {
  await mkdir(`${root}/${name}`, { recursive: true });
  await build(`${root}/${name}`);
  const functions = {};
  for (const file of (await readdir(`${root}/${name}`)).filter((file) => file.endsWith('.js')).sort()) {
    functions[file] = functionsOf(await readFile(`${root}/${name}/${file}`, 'utf8'));
  }
  await writeFile(`${root}/${name}/functions.json`, JSON.stringify(functions));
}
await writeFile(`${root}/package.json`, '{"type": "module"}\n');
