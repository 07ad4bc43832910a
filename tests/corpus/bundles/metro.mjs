// metro: index maps with a section for each module, which has the names of its functions and may be on its ignore list.

import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { runBuild } from 'metro';
import { getDefaultConfig, mergeConfig } from 'metro-config';

async function readConfig(cacheFolder) {
  const root = path.resolve('.');
  return mergeConfig(await getDefaultConfig(root), {
    watchFolders: [root],
    cacheStores: [],
    fileMapCacheDirectory: cacheFolder,
    maxWorkers: 1,
    reporter: { update() {} },
    resolver: { useWatchman: false },
    transformer: { getTransformOptions: async () => ({ transform: { experimentalImportSupport: true } }) },
  });
}

export async function build(out) {
  const cacheFolder = path.resolve('metro-cache');
  await mkdir(cacheFolder);
  const config = await readConfig(cacheFolder);

  async function run(name, entry, minify) {
    const output = {
      // As the development server names sources; its other way is the absolute path.
      build: (server, request) => server.build({ ...request, sourcePaths: 'url-server' }),
      async save({ code, map }) {
        await writeFile(`${out}/${name}`, code);
        await writeFile(`${out}/${name}.map`, map);
      },
    };
    await runBuild(config, {
      entry, dev: !minify, minify, sourceMap: true, sourceMapUrl: `${name}.map`, out: name, output,
    });
  }

  await run('app.js', 'src/app.tsx', false);
  await run('app.min.js', 'src/app.tsx', true);
  await run('shop.min.js', 'shop/main.ts', true);
}
