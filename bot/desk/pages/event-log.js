/** @import {LogEvent} from './protocol.js' */

/**
 * One conversation's events, each exactly once and in order, however they arrive: twice after a
 * reconnect, or ahead of one that is still on its way.
 */
export class EventLog {
  /** @type {LogEvent[]} */
  events = [];
  /** @type {Map<number, LogEvent>} */
  #early = new Map();

  /** Number of the last event held; 0 where there is none. What `since` asks for. */
  get last() {
    return this.events.length;
  }

  /** Whether an event is known that can't be shown yet, because one before it is missing. */
  get hasGap() {
    return this.#early.size > 0;
  }

  /**
   * @param {LogEvent} event
   * @returns {LogEvent[]} what became readable by it: none, the event, or the event and those that
   *   had waited for it
   */
  apply(event) {
    if (event.seq <= this.last || this.#early.has(event.seq)) return [];
    this.#early.set(event.seq, event);
    const fresh = [];
    for (let next = this.#early.get(this.last + 1); next; next = this.#early.get(this.last + 1)) {
      this.#early.delete(next.seq);
      this.events.push(next);
      fresh.push(next);
    }
    return fresh;
  }
}
