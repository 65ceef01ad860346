import { Emitter } from './emitter.js';

/** A customer typing is shown this long after the last sign of it. */
const SHOWN_MS = 5000;

/** @typedef {{typing: boolean, partial: string}} Doing */

/**
 * What customers are doing right now: typing, or saying something that is not understood to its end.
 * It passes by itself.
 * @extends {Emitter<{change: string}>} with the conversation
 */
export class Live extends Emitter {
  /** @type {Map<string, Doing & {timer: number}>} */
  #doing = new Map();

  /** @param {string} conversation @returns {Doing} */
  of(conversation) {
    return this.#doing.get(conversation) ?? { typing: false, partial: '' };
  }

  /** @param {string} conversation @param {Partial<Doing>} change */
  set(conversation, change) {
    const before = this.#doing.get(conversation) ?? { typing: false, partial: '', timer: 0 };
    clearTimeout(before.timer);
    const timer = setTimeout(() => this.set(conversation, { typing: false, partial: '' }), SHOWN_MS);
    const after = { ...before, ...change, timer };
    if (!after.typing && !after.partial) {
      clearTimeout(timer);
      this.#doing.delete(conversation);
    } else this.#doing.set(conversation, after);
    this.emit('change', conversation);
  }
}
