/** @import {Desk, Notice} from './desk.js' */
import { h, icon } from './dom.js';

/** A notice that is no problem goes by itself; a problem stays until it is put away. */
const SHOWN_MS = 6000;

/** Short messages at the foot of the page, read out as they come. */
export class DeskNotices extends HTMLElement {
  #list = h('div', { class: 'notices', role: 'log', 'aria-live': 'assertive', 'aria-label': 'Messages of the desk' });

  /** @param {Desk} desk */
  constructor(desk) {
    super();
    this.append(this.#list);
    desk.on('notice', (notice) => this.#show(notice));
  }

  /** @param {Notice} notice */
  #show({ text, tone }) {
    for (const child of [...this.#list.children]) if (child.querySelector('p')?.textContent === text) child.remove();
    const shown = h('div', { class: 'notice', 'data-tone': tone },
      icon(tone === 'problem' ? 'warning' : 'check'),
      h('p', {}, text),
      h('button', { type: 'button', class: 'bare', 'aria-label': 'Put away', onclick: () => shown.remove() }, icon('close')));
    this.#list.append(shown);
    while (this.#list.children.length > 3) this.#list.firstElementChild?.remove();
    if (tone !== 'problem') setTimeout(() => shown.remove(), SHOWN_MS);
  }
}
customElements.define('desk-notices', DeskNotices);
