/** @import {Desk} from './desk.js' */
/** @import {TakenMessage} from './protocol.js' */
import { h, icon, once, showList, withLinks } from './dom.js';
import { customerName, reasonInWords, takenText, whenOf } from './words.js';

/** Messages customers left while nobody was there, each with a button for "that is done". */
export class TakenMessages extends HTMLElement {
  #list = h('ul', { class: 'taken' });
  #count = h('span', { class: 'count' });
  #desk;

  /** @param {Desk} desk */
  constructor(desk) {
    super();
    this.#desk = desk;
    this.append(h('details', { open: true },
      h('summary', {}, h('h2', {}, 'Left while nobody was here '), this.#count), this.#list));
    desk.todo.on('taken', () => this.#show());
    this.#show();
  }

  #show() {
    const { taken } = this.#desk.todo;
    this.hidden = taken.length === 0;
    this.#count.textContent = String(taken.length);
    showList(this.#list, taken, (one) => String(one.id), (one) => this.#make(one), () => {});
  }

  /** @param {TakenMessage} message */
  #make(message) {
    const name = customerName(message.payload);
    const at = message.asked_at;
    const { need } = message.payload;
    const done = h('button', {
      type: 'button', 'aria-label': `Done: message of ${name}`,
      onclick: once(() => this.#desk.attempt(() => this.#desk.todo.messageDone(message))),
    }, icon('check'), 'Done');
    return h('li', {},
      h('p', { class: 'taken-who' }, h('strong', {}, name), h('time', { datetime: at }, whenOf(at))),
      need.reason !== 'asked_for_person' && h('p', { class: 'taken-why' }, reasonInWords(need.reason), need.decision ? `: ${need.decision}` : ''),
      h('p', { class: 'taken-text' }, ...withLinks(takenText(message) || 'No words were left.')),
      h('div', { class: 'taken-do' },
        h('button', { type: 'button', onclick: () => this.#desk.show(message.conversation) }, 'Read the conversation'), done));
  }
}
customElements.define('taken-messages', TakenMessages);
