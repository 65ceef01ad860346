/** @import {Desk} from './desk.js' */

/**
 * Colleagues who are to join a customer. Only who has come can be let in, so an invitation waits until
 * they accept what was offered to them.
 */
export class Invitations {
  /** @type {Set<string>} handoff and colleague */
  #wanted = new Set();
  #desk;

  /** @param {Desk} desk */
  constructor(desk) {
    this.#desk = desk;
    desk.on('handoffs', () => void this.#letIn());
  }

  /** @param {string} handoff @param {number | string} agent */
  invite(handoff, agent) {
    this.#wanted.add(`${handoff} ${agent}`);
    void this.#letIn();
  }

  async #letIn() {
    if (!this.#wanted.size) return;
    for (const { id, consults = [] } of this.#desk.mine) {
      for (const { id: agent, joined } of consults) {
        if (!this.#wanted.delete(`${id} ${agent}`) || joined) continue;
        await this.#desk.attempt(() => this.#desk.change(() => this.#desk.api.conference(id, agent, true)));
      }
    }
  }
}
