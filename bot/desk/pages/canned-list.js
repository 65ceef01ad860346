/** @import {Desk} from './desk.js' */
/** @import {Canned} from './protocol.js' */
import { h } from './dom.js';
import { readable } from './http.js';

/** Replies kept ready: searched by typing, chosen with arrows and Enter. */
export class CannedList extends HTMLElement {
  #search = h('input', {
    type: 'search', id: 'canned-search', role: 'combobox', autocomplete: 'off', 'aria-label': 'Search replies', 'aria-controls': 'canned-options',
    'aria-expanded': 'true', 'aria-autocomplete': 'list', placeholder: 'Search replies: arrows choose, Enter inserts, Esc closes',
  });
  #options = h('ul', { id: 'canned-options', role: 'listbox', 'aria-label': 'Replies' });
  #empty = h('p', { class: 'quiet' });
  /** @type {Canned[]} */
  #replies = [];
  /** @type {Canned[]} */
  #found = [];
  #at = 0;
  #fill;
  #chosen;
  #closed;

  /**
   * @param {Desk} desk
   * @param {{fill: (text: string) => string, chosen: (text: string) => void, closed: () => void}} then `fill`
   *   puts names in
   */
  constructor(desk, { fill, chosen, closed }) {
    super();
    this.#fill = fill;
    this.#chosen = chosen;
    this.#closed = closed;
    this.append(this.#search, this.#options, this.#empty);
    this.#search.addEventListener('input', () => this.#show());
    this.#search.addEventListener('keydown', (event) => this.#key(event));
    this.addEventListener('focusout', (event) => {
      if (!(event.relatedTarget instanceof Node) || !this.contains(event.relatedTarget)) this.remove();
    });
    void this.#fetch(desk);
  }

  connectedCallback() {
    this.#search.focus();
  }

  /** @param {Desk} desk */
  async #fetch(desk) {
    this.#empty.textContent = 'Fetching them…';
    try {
      this.#replies = (await desk.api.canned()).replies;
      this.#show();
    } catch (error) {
      this.#empty.textContent = readable(error);
    }
  }

  #show() {
    const wanted = this.#search.value.trim().toLowerCase();
    this.#found = this.#replies.filter(({ key, title, text }) => `${key} ${title} ${text}`.toLowerCase().includes(wanted));
    this.#empty.textContent = this.#found.length ? '' : this.#replies.length ? 'None with these words.' : 'None are kept ready.';
    this.#options.replaceChildren(...this.#found.map((reply, index) => h('li', {
      // mousedown: the search field must not lose the focus first.
      id: `canned-${index}`, role: 'option', onmousedown: (/** @type {MouseEvent} */ event) => { event.preventDefault(); this.#choose(index); },
    }, h('strong', {}, reply.title), ' ', h('span', { class: 'quiet' }, this.#fill(reply.text)))));
    this.#mark(0);
  }

  /** @param {number} index */
  #mark(index) {
    this.#at = this.#found.length ? (index + this.#found.length) % this.#found.length : 0;
    [...this.#options.children].forEach((option, at) => option.setAttribute('aria-selected', String(at === this.#at)));
    const option = this.#options.children[this.#at];
    option?.scrollIntoView({ block: 'nearest' });
    this.#search.setAttribute('aria-activedescendant', option?.id ?? '');
  }

  /** @param {number} index */
  #choose(index) {
    const reply = this.#found[index];
    if (!reply) return;
    this.#chosen(this.#fill(reply.text));
    this.remove();
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.isComposing) return;
    const act = /** @type {Record<string, () => void>} */ ({
      ArrowDown: () => this.#mark(this.#at + 1),
      ArrowUp: () => this.#mark(this.#at - 1),
      Enter: () => this.#choose(this.#at),
      Escape: () => this.#closed(),
    })[event.key];
    if (!act || event.altKey) return;
    event.preventDefault();
    act();
  }
}
customElements.define('canned-list', CannedList);

/**
 * @param {string} text of a canned reply
 * @param {{customer: string | null, agent: string}} names without the customer's, the place closes up:
 *   "Hello {name}," becomes "Hello,"
 */
export function fillIn(text, { customer, agent }) {
  const named = customer ? text.replaceAll('{name}', customer) : text.replaceAll(/\s?\{name\}/g, '');
  return named.replaceAll('{agent}', agent);
}
