/** @import {Desk} from './desk.js' */
/** @import {Handoff} from './protocol.js' */
import { ElapsedTime } from './clock.js';
import { h, icon, showList } from './dom.js';
import {
  channelIcon, channelInWords, channelOf, contactReasonInWords, customerName, isUrgent, reasonInWords, tierOf,
} from './words.js';

/** Who waits, who is mine, and what was left while nobody was there. */
export class ContactList extends HTMLElement {
  #waiting = h('ul', { class: 'contacts', id: 'waiting' });
  #mine = h('ul', { class: 'contacts', id: 'mine' });
  #empty = h('p', { class: 'empty' });
  #emptyMine = h('p', { class: 'empty' }, 'Nothing in hand. What you accept appears here.');
  #desk;

  /** @param {Desk} desk */
  constructor(desk) {
    super();
    this.#desk = desk;
    this.append(
      h('section', { 'aria-labelledby': 'mine-title' }, h('h2', { id: 'mine-title' }, 'Mine'), this.#mine, this.#emptyMine),
      h('section', { 'aria-labelledby': 'waiting-title' }, h('h2', { id: 'waiting-title' }, 'Waiting'), this.#waiting, this.#empty),
    );
    desk.on('handoffs', () => this.#show());
    desk.on('events', () => this.#show());
    desk.on('opened', () => this.#show());
    desk.on('status', () => this.#show());
    desk.on('live', () => this.#show());
    this.#show();
  }

  /** Conversations as they stand here, top to bottom: what the keyboard walks through. */
  get order() {
    return [...this.#desk.mine, ...this.#desk.waiting].map((handoff) => handoff.conversation);
  }

  #show() {
    const { waiting, mine, ready, status } = this.#desk;
    const key = (/** @type {Handoff} */ handoff) => handoff.id;
    showList(this.#waiting, waiting, key, (one) => this.#makeWaiting(one), (row, one) => this.#update(row, one));
    showList(this.#mine, mine, key, (one) => this.#makeMine(one), (row, one) => this.#update(row, one));
    this.#emptyMine.hidden = mine.length > 0;
    this.#empty.hidden = waiting.length > 0;
    this.#empty.textContent = !ready
      ? 'Asking the server who is waiting…'
      : status === 'away'
        ? 'Nobody is waiting. You are away: switch to Available when you can take somebody.'
        : 'Nobody is waiting. The assistant is answering; whoever needs you appears here.';
  }

  /** @param {Handoff} handoff */
  #makeWaiting(handoff) {
    const name = customerName(handoff.payload);
    const accept = h('button', {
      type: 'button', class: 'primary accept', 'aria-label': `Accept ${name}`,
      onclick: async () => {
        accept.disabled = true;
        await this.#desk.accept(handoff);
        accept.disabled = false;
      },
    }, 'Accept');
    return h('li', { class: 'contact' }, this.#open(handoff), h('div', { class: 'contact-side' },
      new ElapsedTime(handoff.asked_at, handoff.payload.time?.due_by), accept));
  }

  /** @param {Handoff} handoff */
  #makeMine(handoff) {
    return h('li', { class: 'contact' }, this.#open(handoff), h('div', { class: 'contact-side' }, h('span', { class: 'unread' })));
  }

  /** @param {Handoff} handoff */
  #open(handoff) {
    const { need } = handoff.payload;
    const channel = channelOf(handoff);
    const tier = tierOf(handoff.payload);
    return h('button', { type: 'button', class: 'contact-open', onclick: () => this.#desk.show(handoff.conversation) },
      h('span', { class: 'contact-name' },
        h('span', { class: 'channel', title: channelInWords(channel) }, icon(channelIcon(channel)), h('span', { class: 'sr' }, `${channelInWords(channel)}: `)),
        h('span', { class: 'name' }, customerName(handoff.payload)),
        tier && h('span', { class: 'badge', 'data-tier': tier.toLowerCase() }, tier),
        isUrgent(need) && h('span', { class: 'badge urgent' }, 'Urgent')),
      h('span', { class: 'contact-why' }, reasonInWords(need.reason)),
      h('span', { class: 'contact-last' }, need.contact_reason ? `About ${contactReasonInWords(need.contact_reason)}` : ''));
  }

  /** @param {HTMLElement} row @param {Handoff} handoff */
  #update(row, handoff) {
    const { conversation } = handoff;
    const current = conversation === this.#desk.open;
    const button = row.querySelector('.contact-open');
    row.classList.toggle('current', current);
    if (current) button?.setAttribute('aria-current', 'true');
    else button?.removeAttribute('aria-current');
    const unread = row.querySelector('.unread');
    if (!(unread instanceof HTMLElement)) return;
    const count = this.#desk.unread(conversation);
    unread.hidden = count === 0;
    if (unread.dataset.count !== String(count)) {
      unread.dataset.count = String(count);
      unread.replaceChildren(String(count), h('span', { class: 'sr' }, ' unread'));
    }
    const last = row.querySelector('.contact-last');
    if (last) last.textContent = this.#lastWords(conversation) ?? last.textContent;
  }

  /** @param {string} conversation */
  #lastWords(conversation) {
    if (this.#desk.live(conversation).typing) return 'is typing…';
    const said = this.#desk.log(conversation).events.findLast((event) => event.text && (event.kind === 'message' || event.kind === 'speech'));
    if (!said) return null;
    return said.from === 'customer' ? said.text : `${said.name ?? 'Us'}: ${said.text}`;
  }
}
customElements.define('contact-list', ContactList);
