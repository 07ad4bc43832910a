// usage: node node_package.mjs SCRIPT SCENARIOS    prints as JSON what a script of a package throws: packages/*.js

import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { inspect } from 'node:util';
import { collectOfPackage } from './harness.js';

console.log = console.error; // stdout is for the answer

const [script, scenarios] = process.argv.slice(2);
const [scriptUrl, scenariosUrl] = [script, scenarios].map((path) => pathToFileURL(path).href);
const what = { script: script.endsWith('.mjs') ? scriptUrl : script, scenarios: scenariosUrl };
const texts = await collectOfPackage(what, createRequire(import.meta.url), inspect);
process.stdout.write(JSON.stringify(texts), () => process.exit()); // some packages keep timers
