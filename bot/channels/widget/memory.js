/**
 * What the browser remembers between pages (without storage: on this one). Each unsent message has
 * its own key: two tabs never overwrite each other's.
 *
 * @import {Key, Unsent} from './types.js'
 */

const UNSENT_FOR_MS = 7 * 24 * 3600 * 1000;

/** @returns {Record<string, string>} */
function storage() {
  try {
    localStorage['warmline:probe'] = '';
    delete localStorage['warmline:probe'];
    return localStorage;
  } catch {
    return {};
  }
}

export class Memory {
  #store = storage();
  #prefix;

  /** @param {string} host  The server's host: one site may embed two shops' chats. */
  constructor(host) {
    this.#prefix = `warmline:${host}:`;
  }

  /** @returns {Key | null} */
  get conversation() {
    const key = this.#read('conversation');
    return typeof key?.id === 'string' && typeof key.token === 'string' ? key : null;
  }

  set conversation(key) {
    this.#write('conversation', key);
  }

  /** @returns {string} */
  get draft() {
    const draft = this.#read('draft');
    return typeof draft === 'string' ? draft : '';
  }

  set draft(text) {
    this.#write('draft', text || null);
  }

  /** The number of the last event seen with the panel open. @returns {number} */
  get seen() {
    return Number(this.#read('seen')) || 0;
  }

  set seen(seq) {
    this.#write('seen', seq || null);
  }

  /** When the panel was opened (ms since 1970), 0 where it was closed again. @returns {number} */
  get openedAt() {
    return Number(this.#read('opened')) || 0;
  }

  set openedAt(at) {
    this.#write('opened', at || null);
  }

  /** Oldest first. @returns {Unsent[]} */
  unsent() {
    const found = [];
    for (const key of Object.keys(this.#store)) {
      if (!key.startsWith(`${this.#prefix}unsent:`)) continue;
      const name = key.slice(this.#prefix.length);
      const item = /** @type {Unsent | null} */ (this.#read(name));
      if (!item || Date.now() - item.at > UNSENT_FOR_MS) this.#write(name, null);
      else found.push(item);
    }
    return found.sort((a, b) => a.at - b.at);
  }

  /** @param {Unsent} item */
  keep(item) {
    this.#write(`unsent:${item.id}`, item);
  }

  /** @param {string} id */
  drop(id) {
    this.#write(`unsent:${id}`, null);
  }

  /** @param {(what: string) => void} changed  by another tab: `conversation`, `unsent`, … */
  watch(changed) {
    addEventListener('storage', (event) => {
      if (event.key === null) changed('conversation');
      else if (event.key.startsWith(this.#prefix)) {
        changed(event.key.slice(this.#prefix.length).split(':')[0] ?? '');
      }
    });
  }

  /** @param {string} name */
  #read(name) {
    try {
      return JSON.parse(this.#store[this.#prefix + name] ?? 'null');
    } catch {
      return null;
    }
  }

  /** @param {string} name @param {unknown} value */
  #write(name, value) {
    try {
      if (value === null) delete this.#store[this.#prefix + name];
      else this.#store[this.#prefix + name] = JSON.stringify(value);
    } catch {
      // Full, or switched off: the page itself still holds the message.
    }
  }
}

/**
 * Of two tabs opened together one begins, the other waits.
 * @returns {Promise<() => void>} what lets the next tab go on
 */
export function alone() {
  return new Promise((resolve) => {
    const held = () =>
      new Promise((/** @type {(value?: unknown) => void} */ release) => resolve(() => release()));
    // http pages have no locks: the later tab joins late.
    if (!navigator.locks) resolve(() => {});
    else navigator.locks.request('warmline:hello', held).catch(() => resolve(() => {}));
  });
}
