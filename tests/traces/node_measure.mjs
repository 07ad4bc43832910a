// usage: node --cpu-prof (or --heap-prof) node_measure.mjs FILE    runs what a program has to be measured

import { pathToFileURL } from 'node:url';

await import(pathToFileURL(process.argv[2]));
await globalThis.measured();
