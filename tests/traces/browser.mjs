// usage: node browser.mjs CHROMIUM    one request a line on stdin, one answer a line on stdout, both JSON
//
//   {"op": "run", "folders", "program"}    -> {"texts"}     what the scenarios of a program throw: harness.js
//   {"op": "package", "folders", "script", "scenarios", "name"}   -> {"texts"}     the same of a script of a package
//   {"op": "trace", "folders", "program", "events"}         -> {"events"}  trace events of the categories of a profile
//   {"op": "speedscope", "folder", "profile"}  -> {"saved"}  a profile, as speedscope saves what it has opened
//   {"op": "version"}                      -> {"version"}
//
// `folders` says which folder each first part of a URL's path stands for; {"error"} says what went wrong.

import path from 'node:path';
import readline from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Chromium } from './chromium.mjs';
import { PAGE, openAndSave } from './speedscope.mjs';

const HERE = path.dirname(fileURLToPath(import.meta.url));
const CATEGORIES = ['devtools.timeline', 'disabled-by-default-devtools.timeline', 'v8.execute',
  'disabled-by-default-devtools.timeline.stack', 'disabled-by-default-v8.cpu_profiler'];

const chromium = new Chromium(process.argv[2]);

async function withPage(folders, use, start = '') {
  const page = await chromium.open({ harness: HERE, ...folders });
  try {
    await page.load(start);
    return await use(page);
  } finally {
    await page.close();
  }
}

const operations = {
  version: async () => ({ version: (await chromium.send('Browser.getVersion')).product }),

  run: ({ folders, program }) => withPage(folders, async (page) => ({
    texts: await page.evaluate(
      `import('/harness/harness.js').then(({ collect }) => collect(() => import('${program}')))`),
  })),

  package: ({ folders, ...what }) => withPage(folders, async (page) => ({
    texts: await page.evaluate(
      `import('/harness/harness.js').then(({ collectOfPackage }) => collectOfPackage(${JSON.stringify(what)}))`),
  })),

  speedscope: ({ folder, profile }) => withPage({ speedscope: folder }, async (page) => ({
    saved: await page.evaluate(openAndSave(profile)),
  }), `speedscope/${PAGE}`),

  trace: ({ folders, program }) => withPage(folders, async (page) => {
    const events = [];
    const listener = ({ method, params }) => {
      if (method === 'Tracing.dataCollected') events.push(...params.value);
    };
    chromium.listeners.add(listener);
    await chromium.send('Tracing.start', { transferMode: 'ReportEvents',
      traceConfig: { includedCategories: CATEGORIES, excludedCategories: ['*'] } });
    await page.evaluate(`import('${program}').then(() => globalThis.measured())`);
    const complete = chromium.until('Tracing.tracingComplete');
    await chromium.send('Tracing.end');
    await complete;
    chromium.listeners.delete(listener);
    return { events };
  }),
};

for await (const line of readline.createInterface({ input: process.stdin })) {
  const request = JSON.parse(line);
  const answer = await operations[request.op](request).catch((error) => ({ error: error.message }));
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
await chromium.close();
