// What metro's library for maps makes of the maps of all tools: index maps with sections that begin within a line,
// index maps of index maps, and an ordinary map by composition.

import { readFile, writeFile } from 'node:fs/promises';
import { minify } from '@swc/core';
import { BundleBuilder, composeSourceMaps } from 'metro-source-map';

export async function build(out, root) {
  async function read(name) {
    const code = await readFile(`${root}/${name}`, 'utf8');
    return [code.replace(/\n*(\/\/# \w+=.*\n?)*$/, ''), JSON.parse(await readFile(`${root}/${name}.map`, 'utf8'))];
  }
  async function write(name, code, map) {
    await writeFile(`${out}/${name}`, `${code}\n//# sourceMappingURL=${name}.map\n`);
    await writeFile(`${out}/${name}.map`, JSON.stringify(map));
  }
  const finish = (builder, name) => write(name, builder.getCode(), builder.getMap());

  const flat = new BundleBuilder('flat.js')
    .append('/* ∅ */ (() => {').append(...await read('esbuild/shop.min.js')).append('})();')
    .append(...await read('webpack/debugids/app.js')).append('\n\n')
    .append(...await read('swc/model.ts.js')).append('; ')
    .append(...await read('webpack/lines/chunk-src_chart_jsx.js'));
  await finish(flat, 'flat.js');

  // Each index map in here starts behind something on its line, and has sections on lines of its own.
  const nested = new BundleBuilder('nested.js')
    .append('/* 1 */ ').append(flat.getCode(), flat.getMap())
    .append('\n/* 2 */ ').append(...await read('metro/shop.min.js'))
    .append('\n').append(...await read('rollup/hidden/chart.js'));
  await finish(nested, 'nested.js');

  const deep = new BundleBuilder()
    .append('{').append(nested.getCode(), nested.getMap()).append('}')
    .append(...await read('metro/app.min.js'));
  await finish(deep, 'deep.js');

  const [code, map] = await read('metro/app.js');
  const minified = await minify(code, { compress: false, mangle: true, sourceMap: true });
  await write('composed.js', minified.code, composeSourceMaps([map, JSON.parse(minified.map)]));
}
