/** @import {LogEvent} from './protocol.js' */
/** @import {Kept, Mode, Unsent} from './kept.js' */
import { ApiError, readable } from './http.js';
import { Emitter } from './emitter.js';

/** After a failure that may pass, in milliseconds. A reconnect does not wait for it. */
const RETRY_MS = 3000;

/**
 * Messages on their way to a customer. Each keeps its id until the server has it, so that sending
 * again never says a thing twice; one after the other, so that they arrive as they were written.
 * @extends {Emitter<{change: {conversation: string}}>}
 */
export class Outbox extends Emitter {
  /** @type {Set<string>} ids the server has, whose event has not come back yet */
  #stored = new Set();
  #sending = false;
  #stopped = false;
  /** @type {number | undefined} */
  #timer;
  #kept;
  #send;

  /**
   * @param {Kept} kept
   * @param {(message: Unsent) => Promise<unknown>} send throws ApiError
   */
  constructor(kept, send) {
    super();
    this.#kept = kept;
    this.#send = send;
  }

  /** @param {string} conversation @returns {Unsent[]} oldest first */
  of(conversation) {
    return this.#kept.unsent.filter((message) => message.conversation === conversation);
  }

  /** @param {string} conversation @param {Mode} mode @param {string} text */
  add(conversation, mode, text) {
    const message = { id: uuid(), conversation, mode, text, at: new Date().toISOString(), problem: null };
    this.#kept.unsent = [...this.#kept.unsent, message];
    this.emit('change', { conversation });
    void this.flush();
  }

  /** Sends what waits; to be called whenever sending may work again. */
  async flush() {
    clearTimeout(this.#timer);
    if (this.#sending || this.#stopped) return;
    this.#sending = true;
    for (let next = this.#next(); next && !this.#stopped; next = this.#next()) {
      try {
        await this.#send(next);
        this.#stored.add(next.id);
      } catch (error) {
        if (!(error instanceof ApiError) || error.passing) {
          this.#timer = setTimeout(() => this.flush(), RETRY_MS);
          break;
        }
        if (error.status === 401) break;
        this.#change(next, { problem: readable(error) });
      }
    }
    this.#sending = false;
  }

  /** @param {Unsent} message tries one that was refused once more, under its own id */
  again(message) {
    this.#change(message, { problem: null });
    void this.flush();
  }

  /** @param {Unsent} message */
  discard(message) {
    this.#remove(new Set([message.id]), message.conversation);
  }

  /** @param {string} conversation @param {LogEvent[]} events what came back is no longer on its way */
  arrived(conversation, events) {
    const ids = new Set(events.flatMap((event) => (event.id ? [event.id] : [])));
    if (this.of(conversation).some((message) => ids.has(message.id))) this.#remove(ids, conversation);
  }

  stop() {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  #next() {
    return this.#kept.unsent.find((message) => !message.problem && !this.#stored.has(message.id));
  }

  /** @param {Set<string>} ids @param {string} conversation */
  #remove(ids, conversation) {
    this.#kept.unsent = this.#kept.unsent.filter((message) => !ids.has(message.id));
    this.emit('change', { conversation });
  }

  /** @param {Unsent} message @param {Partial<Unsent>} change */
  #change(message, change) {
    this.#kept.unsent = this.#kept.unsent.map((one) => (one.id === message.id ? { ...one, ...change } : one));
    this.emit('change', { conversation: message.conversation });
  }
}

/** crypto.randomUUID exists only on secure origins; a desk in a local network may be none. */
export function uuid() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
