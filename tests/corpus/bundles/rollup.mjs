// rollup and terser: chunks with debug IDs, ignore lists (what is in node_modules), and maps chained through minifying.

import { fileURLToPath } from 'node:url';
import terser from '@rollup/plugin-terser';
import { rollup } from 'rollup';
import { compile, needsCompile } from './swc.mjs';

const resolver = {
  name: 'resolver',
  resolveId(id, importer) {
    if (!importer || id.startsWith('/')) return null;
    if (!id.startsWith('.')) return fileURLToPath(import.meta.resolve(id));
    return this.resolve(id, importer, { skipSelf: true }).then(async (found) =>
      found ?? await this.resolve(`${id}.ts`, importer, { skipSelf: true }) ??
        await this.resolve(`${id}.jsx`, importer, { skipSelf: true }));
  },
};

const swc = {
  name: 'swc',
  async transform(code, id) {
    if (!needsCompile(id)) return null;
    const { code: compiled, map } = await compile(code, id);
    return { code: compiled, map };
  },
};

export async function build(out) {
  const app = await rollup({ input: 'src/app.tsx', preserveEntrySignatures: false, plugins: [resolver, swc] });
  const write = (name, options) =>
    app.write({ dir: `${out}/${name}`, format: 'es', sourcemap: true, chunkFileNames: '[name].js', ...options });

  await write('app', { sourcemapDebugIds: true });
  await write('app.min', { sourcemapDebugIds: true, plugins: [terser()] });
  await write('hidden', {
    sourcemap: 'hidden', sourcemapExcludeSources: true, sourcemapIgnoreList: (path) => /lodash-es/.test(path),
    plugins: [terser({ compress: false })],
  });
  await write('inline', { sourcemap: 'inline', sourcemapDebugIds: true });
  await app.close();
}
