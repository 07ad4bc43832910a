// Chromium by the DevTools protocol over a pair of pipes, and pages whose files come out of folders: no port is opened
// and no host is asked, so URLs are the same in every run.

import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

export const ORIGIN = 'https://app.example/';

const FLAGS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage',
  '--remote-debugging-pipe'];
const TYPES = { '.js': 'text/javascript', '.mjs': 'text/javascript', '.html': 'text/html', '.css': 'text/css' };

export class Chromium {
  constructor(program) {
    this.profile = mkdtempSync(path.join(os.tmpdir(), 'smcache-chromium-'));
    this.child = spawn(program, [...FLAGS, `--user-data-dir=${this.profile}`, 'about:blank'],
      { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] });
    process.on('exit', () => rmSync(this.profile, { recursive: true, force: true })); // however this one ends
    this.ended = new Promise((resolve) => this.child.on('exit', resolve));
    this.answers = new Map();
    this.listeners = new Set();
    this.n_sent = 0;
    const ends = (error) => {
      for (const { reject } of this.answers.values()) reject(error);
    };
    this.child.on('error', ends);
    this.child.on('exit', () => ends(new Error('Chromium has ended')));
    this.child.stdio[3].on('error', ends);
    let text = '';
    this.child.stdio[4].setEncoding('utf8').on('data', (more) => {
      const messages = (text + more).split('\0');
      text = messages.pop();
      for (const message of messages) this.receive(JSON.parse(message));
    });
  }

  receive(message) {
    const answer = this.answers.get(message.id);
    this.answers.delete(message.id);
    if (!answer) for (const listener of [...this.listeners]) listener(message);
    else if (message.error) answer.reject(new Error(message.error.message));
    else answer.resolve(message.result);
  }

  send(method, params = {}, sessionId = undefined) {
    const id = ++this.n_sent;
    this.child.stdio[3].write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    return new Promise((resolve, reject) => this.answers.set(id, { resolve, reject }));
  }

  // Until `take` of the parameters of such an event is true.
  until(method, take = () => true) {
    return new Promise((resolve) => {
      const listener = (message) => {
        if (message.method !== method || !take(message.params)) return;
        this.listeners.delete(listener);
        resolve(message.params);
      };
      this.listeners.add(listener);
    });
  }

  // A page with files of `folders`: {first part of the path: folder}.
  async open(folders) {
    const { targetId } = await this.send('Target.createTarget', { url: 'about:blank' });
    const { sessionId } = await this.send('Target.attachToTarget', { targetId, flatten: true });
    const page = new Page(this, targetId, sessionId, folders);
    await page.send('Fetch.enable', { patterns: [{ urlPattern: '*' }] });
    await page.send('Page.enable');
    return page;
  }

  async close() {
    await this.send('Browser.close').catch(() => {});
    await this.ended;
    rmSync(this.profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

class Page {
  constructor(chromium, targetId, sessionId, folders) {
    Object.assign(this, { chromium, targetId, sessionId, folders });
    this.listener = ({ method, params, sessionId: session }) => {
      if (session !== sessionId || method !== 'Fetch.requestPaused') return;
      this.answer(params).catch(() => {}); // the page is gone meanwhile
    };
    chromium.listeners.add(this.listener);
  }

  send(method, params) {
    return this.chromium.send(method, params, this.sessionId);
  }

  answer({ requestId, request }) {
    const { origin, pathname } = new URL(request.url);
    const [first, ...rest] = pathname.slice(1).split('/');
    const file = this.folders[first] && path.join(this.folders[first], ...rest);
    const isPage = pathname === '/';
    if (`${origin}/` !== ORIGIN || !(isPage || (file && existsSync(file)))) {
      return this.send('Fetch.fulfillRequest', { requestId, responseCode: 404 });
    }
    const type = isPage ? 'text/html' : TYPES[path.extname(file)] ?? 'application/octet-stream';
    const body = isPage ? Buffer.from('<!doctype html><title>traces</title><body>') : readFileSync(file);
    return this.send('Fetch.fulfillRequest', { requestId, responseCode: 200, body: body.toString('base64'),
      responseHeaders: [{ name: 'content-type', value: `${type}; charset=utf-8` }] });
  }

  async load(start = '') {
    const loaded = this.chromium.until('Page.loadEventFired');
    await this.send('Page.navigate', { url: ORIGIN + start });
    await loaded;
  }

  async evaluate(expression) {
    const { result, exceptionDetails } = await this.send('Runtime.evaluate',
      { expression, awaitPromise: true, returnByValue: true });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  }

  async close() {
    await this.chromium.send('Target.closeTarget', { targetId: this.targetId });
    this.chromium.listeners.delete(this.listener);
  }
}
