// usage: node node_package.mjs SCRIPT SCENARIOS    prints as JSON what a script of a package throws: packages/*.js

import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { inspect } from 'node:util';
import { collectOfPackage } from './harness.js';

console.log = console.error; // stdout is for the answer

const [script, scenarios] = process.argv.slice(2);
const what = { script: script.endsWith('.mjs') ? pathToFileURL(script).href : script, scenarios: pathToFileURL(scenarios).href };
const texts = await collectOfPackage(what, createRequire(import.meta.url), inspect);
process.stdout.write(JSON.stringify(texts), () => process.exit()); // some packages keep timers
