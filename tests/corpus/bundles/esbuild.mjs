// esbuild: ordinary maps of bundles, of chunks and of style sheets, and maps inside of the generated file.

import * as esbuild from 'esbuild';

const common = {
  bundle: true, format: 'esm', target: 'es2022', charset: 'utf8', jsx: 'automatic', jsxImportSource: 'preact',
  logLevel: 'warning',
};

export async function build(out) {
  const run = (name, entry, options) =>
    esbuild.build({ ...common, entryPoints: [entry], outfile: `${out}/${name}`, sourcemap: 'external', ...options });

  await run('app.js', 'src/app.tsx', { sourcesContent: false });
  await run('app.min.js', 'src/app.tsx', { minify: true, sourcemap: 'linked' });
  await run('shop.min.js', 'shop/main.ts', {
    minify: true, keepNames: true, target: 'es2015', sourceRoot: 'app:///shop',
  });
  await run('rxjs.js', 'node_modules/rxjs/src/index.ts', {
    charset: 'ascii', sourcesContent: false, sourceRoot: '/rxjs/',
  });
  await run('three.js', 'node_modules/three/src/Three.js');
  await run('three.min.js', 'node_modules/three/src/Three.js', { minify: true });

  const entries = { entryPoints: ['src/app.tsx', 'shop/main.ts'], outdir: `${out}/split`, outfile: undefined };
  await run('', '', { ...entries, splitting: true, minify: true });

  // bootstrap.css has a map of its own, which is followed to the SCSS.
  await run('style.css', 'src/style.css');
  await run('style.min.css', 'src/style.css', { minify: true, sourcemap: 'linked' });

  await run('app.inline.js', 'src/app.tsx', { minify: true, sourcemap: 'inline' });
  await run('shop.inline.js', 'shop/main.ts', { sourcemap: 'inline', sourcesContent: false });
  await run('style.inline.css', 'src/style.css', { minify: true, sourcemap: 'inline', sourcesContent: false });
}
