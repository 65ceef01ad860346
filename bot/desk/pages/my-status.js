/** @import {ClientFrame, Me, Status} from './protocol.js' */
import { now } from './clock.js';
import { Emitter } from './emitter.js';

/** What the server writes as the reason after several offers that nobody answered. */
const NOT_RESPONDING = 'not responding';

/**
 * What I chose (status) and what the system does with me (state), as the server last said it. A choice
 * shows at once, and outlives the line over which it was said.
 * @extends {Emitter<{change: null}>}
 */
export class MyStatus extends Emitter {
  /** @type {Me} */
  me = { status: 'available', since: null, reason: null, next_status: null, state: 'idle' };
  /** @type {{status: Status, reason: string | undefined} | null} not confirmed by the server so far */
  #asked = null;
  #send;

  /** @param {(frame: ClientFrame) => boolean} send */
  constructor(send) {
    super();
    this.#send = send;
  }

  /** Whether nothing is offered because offers were missed, not because I chose so. */
  get notResponding() {
    return this.me.status !== 'available' && this.me.reason === NOT_RESPONDING;
  }

  /** @param {Status} status @param {string} [reason] of a break @returns {boolean} whether the server was told */
  choose(status, reason) {
    this.#asked = { status, reason };
    const later = this.me.state === 'in_contact' && status !== 'available';
    const next = later && status !== this.me.status ? status : null;
    const changed = later || status === this.me.status ? {} : { status, since: new Date(now()).toISOString() };
    this.#become({ ...this.me, ...changed, next_status: next, reason: status === 'on_break' ? reason ?? null : null });
    return this.#tell();
  }

  /** @param {Status} status the server's, on a new line */
  greeted(status) {
    if (this.#asked && this.#asked.status !== status) this.#tell();
    else this.#become({ ...this.me, status });
  }

  /** @param {Me} me */
  heard(me) {
    if (this.#asked?.status === (me.next_status ?? me.status)) this.#asked = null;
    this.#become(me);
  }

  #tell() {
    if (!this.#asked) return false;
    const { status, reason } = this.#asked;
    return this.#send({ type: 'status', status, ...(reason ? { reason } : {}) });
  }

  /** @param {Me} me */
  #become(me) {
    this.me = me;
    this.emit('change', null);
  }
}
