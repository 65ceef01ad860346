/** A WebSocket that comes back. @import {ServerFrame} from './types.js' */

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 20_000;
/** The server hangs up after 90 s of silence; proxies often after 60 s. */
const PING_EVERY_MS = 25_000;
const ANSWER_WITHIN_MS = 10_000;
const FOREIGN_SITE = 4403;

export class Socket {
  /** @type {WebSocket | null} */
  #socket = null;
  /** @type {import('./session.js').Timer} */
  #retry;
  /** @type {import('./session.js').Timer} */
  #beat;
  #failures = 0;
  #wanted = false;
  #url;
  #on;

  /**
   * @param {string} url
   * @param {{
   *   opened(): void, frame(frame: ServerFrame): void, lost(forbidden: boolean): void,
   * }} on
   */
  constructor(url, on) {
    this.#url = url;
    this.#on = on;
    addEventListener('online', () => this.#now());
    addEventListener('offline', () => this.#socket && this.restart());
    addEventListener('pageshow', () => this.#now());
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState !== 'visible') return;
      this.#now();
      if (this.#socket?.readyState === WebSocket.OPEN) this.#ping();
    });
  }

  connect() {
    this.#wanted = true;
    if (!this.#socket) this.#dial();
  }

  close() {
    this.#wanted = false;
    this.#hangUp();
  }

  restart() {
    this.#hangUp();
    this.#on.lost(false);
    this.#later();
  }

  /** The far side accepted us: the next failure starts with the shortest pause again. */
  settled() {
    this.#failures = 0;
  }

  /** @param {object} frame @returns {boolean} whether it could be given to the network */
  send(frame) {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(JSON.stringify(frame));
    return true;
  }

  #now() {
    if (!this.#wanted || this.#socket) return;
    clearTimeout(this.#retry);
    this.#dial();
  }

  #later() {
    clearTimeout(this.#retry);
    if (!this.#wanted) return;
    const longest = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.#failures);
    this.#failures += 1;
    // Random, so that not everybody meets a restarted server in the same moment.
    this.#retry = setTimeout(() => this.#dial(), longest * (0.5 + Math.random() / 2));
  }

  #dial() {
    this.#hangUp();
    const socket = new WebSocket(this.#url);
    this.#socket = socket;
    // A network that swallows packets leaves a socket "connecting" for minutes.
    this.#beat = setTimeout(() => this.restart(), ANSWER_WITHIN_MS);
    socket.onopen = () => {
      this.#rest();
      this.#on.opened();
    };
    socket.onmessage = ({ data }) => {
      this.#rest();
      this.#on.frame(JSON.parse(data));
    };
    socket.onclose = ({ code }) => {
      this.#hangUp();
      if (code === FOREIGN_SITE) this.#wanted = false;
      this.#on.lost(code === FOREIGN_SITE);
      this.#later();
    };
  }

  #rest() {
    clearTimeout(this.#beat);
    this.#beat = setTimeout(() => this.#ping(), PING_EVERY_MS);
  }

  #ping() {
    clearTimeout(this.#beat);
    this.send({ type: 'ping' });
    this.#beat = setTimeout(() => this.restart(), ANSWER_WITHIN_MS);
  }

  #hangUp() {
    clearTimeout(this.#beat);
    const socket = this.#socket;
    this.#socket = null;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }
}
