// webpack: debug IDs, an ignore list, maps of whole lines, maps without sources.

import { createRequire } from 'node:module';
import path from 'node:path';
import webpack from 'webpack';

const loader = createRequire(import.meta.url).resolve('./webpack-loader.js');

function run(out, name, options) {
  const config = {
    entry: './src/app.tsx',
    context: path.resolve('.'),
    output: { path: `${out}/${name}`, filename: 'app.js', chunkFilename: 'chunk-[id].js', uniqueName: 'corpus' },
    resolve: { extensions: ['.tsx', '.ts', '.jsx', '.js'] },
    module: { rules: [{ test: /\.(tsx?|jsx)$/, use: loader }] },
    mode: 'production',
    performance: false,
    ...options,
  };
  return new Promise((resolve, reject) => {
    webpack(config, (error, stats) => {
      if (error || stats.hasErrors()) reject(error ?? new Error(stats.toString('errors-only')));
      else resolve();
    });
  });
}

export async function build(out) {
  await run(out, 'debugids', { devtool: 'source-map-debugids' });
  await run(out, 'development', { devtool: 'source-map', mode: 'development' });
  await run(out, 'lines', { devtool: 'hidden-nosources-cheap-source-map', mode: 'development' });
  await run(out, 'ignored', { devtool: false, entry: './shop/main.ts', plugins: [
    new webpack.SourceMapDevToolPlugin({ filename: '[file].map', ignoreList: /webpack\/|receipt/ })] });
  await run(out, 'inline', { devtool: 'inline-source-map' });
}
