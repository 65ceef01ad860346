/** @import {Desk} from './desk.js' */
import { Emitter } from './emitter.js';
import { Headset } from './headset.js';

/**
 * The agent's own voice: in which conversation's call the headset is, and why it left one.
 * @extends {Emitter<{change: null, level: {mine?: number, theirs?: number}}>} `level`: how loud who is,
 *   0 to 1
 */
export class Calls extends Emitter {
  /** @type {Headset | null} */
  headset = null;
  /** @type {Map<string, string>} conversation to why the headset left it */
  #problems = new Map();
  #desk;

  /** @param {Desk} desk */
  constructor(desk) {
    super();
    this.#desk = desk;
  }

  /** @param {string} conversation why the headset isn't in its call; empty where the agent left */
  problem(conversation) {
    return this.#problems.get(conversation) ?? '';
  }

  /** @param {string} conversation joins its call @param {AudioContext | null} [speakers] made in a click or key */
  async answer(conversation, speakers = Headset.speakers()) {
    if (this.headset?.conversation === conversation) return void speakers?.close();
    this.headset?.hangUp();
    const headset = new Headset(conversation, speakers);
    this.headset = headset;
    this.#problems.delete(conversation);
    headset.on('level', (level) => this.emit('level', level));
    headset.on('change', () => {
      if (headset.state === 'ended') {
        const onTheLine = this.#desk.mayTalk(conversation) && this.#desk.lineOf(conversation);
        if (headset.why && onTheLine) this.#problems.set(conversation, headset.why);
        if (this.headset === headset) this.headset = null;
      }
      this.emit('change', null);
    });
    this.emit('change', null);
    await headset.start();
  }
}
