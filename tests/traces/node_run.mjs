// usage: node node_run.mjs FILE    prints as JSON what the scenarios of a program throw

import { pathToFileURL } from 'node:url';
import { inspect } from 'node:util';
import { collect } from './harness.js';

const texts = await collect(() => import(pathToFileURL(process.argv[2])), inspect);
process.stdout.write(JSON.stringify(texts));
