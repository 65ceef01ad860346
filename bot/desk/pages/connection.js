/** @import {ClientFrame, LogEvent, ServerFrame} from './protocol.js' */
import { Emitter } from './emitter.js';
import { EventLog } from './event-log.js';

/** How long to wait before the first and at most before any later try, in milliseconds. */
const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 10_000;
/** Presence: the server takes an agent for gone after 60 s of silence. */
const PING_EVERY_S = 20;
/** A ping unanswered this long means a dead line, even if the browser has not noticed. */
const PONG_WITHIN_S = 10;

/** Close codes of docs/protocol.md. */
const SIGNED_OUT = 4401;
const FOREIGN_ORIGIN = 4403;
const SERVER_RESTARTS = 1012;

/** @typedef {'connecting' | 'connected' | 'waiting' | 'refused'} ConnectionState */

/**
 * The desk's line to the server. It comes back by itself, asks for what it missed by event number,
 * and hands each event of a watched conversation on exactly once and in order.
 *
 * @extends {Emitter<{
 *   state: ConnectionState,
 *   frame: ServerFrame,
 *   events: {conversation: string, events: LogEvent[]},
 *   unsure: null,
 * }>} `unsure`: the line was refused before it spoke; whoever listens checks whether the session lives
 */
export class Connection extends Emitter {
  /** @type {ConnectionState} */
  state = 'connecting';
  /** When the next try begins, by Date.now(); only in state `waiting`. */
  nextTryAt = 0;
  /** @type {Map<string, EventLog>} */
  logs = new Map();

  /** @type {WebSocket | null} */
  #socket = null;
  #failures = 0;
  #secondsQuiet = 0;
  #greeted = false;
  #stopped = false;
  /** @type {number | undefined} */
  #timer;
  /** @type {Set<string>} */
  #catchingUp = new Set();
  #heartbeat = new Worker('/desk/heartbeat.js');
  #fetchSince;

  /** @param {(conversation: string, since: number) => Promise<LogEvent[]>} fetchSince */
  constructor(fetchSince) {
    super();
    this.#fetchSince = fetchSince;
    this.#heartbeat.onmessage = () => this.#second();
    addEventListener('online', this.#hurry);
    document.addEventListener('visibilitychange', this.#hurry);
  }

  start() {
    this.#open();
  }

  stop() {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#heartbeat.terminate();
    removeEventListener('online', this.#hurry);
    document.removeEventListener('visibilitychange', this.#hurry);
    this.#socket?.close(1000);
  }

  /** @param {ClientFrame} frame @returns {boolean} whether it left; nothing is kept for later */
  send(frame) {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(JSON.stringify(frame));
    return true;
  }

  /** @param {string} conversation @returns {EventLog} what is known of it; grows with `events` */
  watch(conversation) {
    const known = this.logs.get(conversation);
    if (known) return known;
    const log = new EventLog();
    this.logs.set(conversation, log);
    if (this.#greeted) this.send({ type: 'watch', conversation, since: 0 });
    return log;
  }

  /** @param {string} conversation */
  unwatch(conversation) {
    if (this.logs.delete(conversation)) this.send({ type: 'unwatch', conversation });
  }

  /** Tries at once instead of at the end of the pause. */
  tryNow() {
    if (this.state !== 'waiting') return;
    clearTimeout(this.#timer);
    this.#open();
  }

  #hurry = () => {
    if (document.visibilityState === 'visible') this.tryNow();
  };

  #open() {
    this.#become('connecting');
    this.#greeted = false;
    const scheme = location.protocol === 'https:' ? 'wss:' : 'ws:';
    const socket = new WebSocket(`${scheme}//${location.host}/desk/ws`);
    this.#socket = socket;
    this.#secondsQuiet = 0;
    socket.onmessage = (message) => socket === this.#socket && this.#receive(String(message.data));
    socket.onclose = (event) => socket === this.#socket && this.#closed(event.code);
  }

  /** @param {string} text */
  #receive(text) {
    this.#secondsQuiet = 0;
    /** @type {ServerFrame} */
    const frame = JSON.parse(text);
    if (frame.type === 'hello') {
      this.#greeted = true;
      this.#failures = 0;
      for (const [conversation, log] of this.logs) {
        this.send({ type: 'watch', conversation, since: log.last });
      }
      this.#become('connected');
    }
    if (frame.type === 'event') this.#apply(frame.conversation, [frame.event]);
    else this.emit('frame', frame);
  }

  /** @param {string} conversation @param {LogEvent[]} events */
  #apply(conversation, events) {
    const log = this.logs.get(conversation);
    if (!log) return;
    const fresh = events.flatMap((event) => log.apply(event));
    if (fresh.length) this.emit('events', { conversation, events: fresh });
    if (log.hasGap) void this.#fillGap(conversation, log);
  }

  /** @param {string} conversation @param {EventLog} log */
  async #fillGap(conversation, log) {
    if (this.#catchingUp.has(conversation)) return;
    this.#catchingUp.add(conversation);
    const missed = await this.#fetchSince(conversation, log.last).catch(() => null);
    this.#catchingUp.delete(conversation);
    // Without an answer, the next event or the next reconnect asks again.
    if (missed && this.logs.get(conversation) === log) this.#apply(conversation, missed);
  }

  /** @param {number} code */
  #closed(code) {
    this.#socket = null;
    if (this.#stopped) return;
    if (code === FOREIGN_ORIGIN) return this.#become('refused');
    if (code === SIGNED_OUT || !this.#greeted) this.emit('unsure', null);
    // After SIGNED_OUT the listener stops us, unless the session turns out to be alive.
    const longest = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** this.#failures);
    // Spread over the upper half, so that all desks of a restarted server don't come at once.
    const pause = longest * (0.5 + Math.random() / 2);
    this.#failures += 1;
    const wait = code === SERVER_RESTARTS && this.#failures === 1 ? pause / 4 : pause;
    this.nextTryAt = Date.now() + wait;
    this.#timer = setTimeout(() => this.#open(), wait);
    this.#become('waiting');
  }

  #second() {
    if (this.state === 'waiting') return this.emit('state', this.state);
    if (!this.#socket) return;
    this.#secondsQuiet += 1;
    if (this.#secondsQuiet >= PING_EVERY_S + PONG_WITHIN_S) {
      const socket = this.#socket;
      this.#closed(1006);
      socket.close();
    } else if (this.#secondsQuiet % PING_EVERY_S === 0) this.send({ type: 'ping' });
  }

  /** @param {ConnectionState} state */
  #become(state) {
    this.state = state;
    this.emit('state', state);
  }
}
