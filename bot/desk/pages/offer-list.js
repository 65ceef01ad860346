/** @import {Desk} from './desk.js' */
/** @import {Offer} from './protocol.js' */
import { CountDown } from './clock.js';
import { h, icon, once, showList } from './dom.js';
import { channelIcon, channelInWords, channelOf, contactReasonInWords, customerName, isUrgent, reasonInWords, tierOf, whyInWords } from './words.js';

/** What is on my desk now: who, why they need a person, why it came to me, and how long I have. */
export class OfferList extends HTMLElement {
  #list = h('ul', { class: 'offers', id: 'offers' });
  #said = h('p', { class: 'sr', 'aria-live': 'assertive' });
  #desk;
  /** Accepts. @type {(offer: Offer) => Promise<unknown>} */
  #accept;

  /** @param {Desk} desk @param {(offer: Offer) => Promise<unknown>} accept */
  constructor(desk, accept) {
    super();
    this.#desk = desk;
    this.#accept = accept;
    this.append(h('section', { 'aria-labelledby': 'offers-title' }, h('h2', { id: 'offers-title' }, 'Offered to you'), this.#list), this.#said);
    desk.on('handoffs', () => this.#show());
    desk.on('opened', () => this.#show());
    desk.on('offered', (offers) => {
      this.#said.textContent = offers.map((offer) => `${headline(offer)}. ${whyInWords(offer)}. Alt+A accepts.`).join(' ');
    });
    this.#show();
  }

  #show() {
    const { offers, open } = this.#desk;
    this.hidden = offers.length === 0;
    showList(this.#list, offers, (one) => one.id, (one) => this.#make(one), (row, one) => {
      row.classList.toggle('current', one.handoff.conversation === open);
    });
  }

  /** @param {Offer} offer */
  #make(offer) {
    const { handoff, note } = offer;
    const { need } = handoff.payload;
    const name = customerName(handoff.payload);
    const tier = tierOf(handoff.payload);
    const channel = channelOf(handoff);
    const accept = h('button', {
      type: 'button', class: 'primary accept', 'aria-keyshortcuts': 'Alt+A', 'aria-label': `${acceptWord(offer)} ${name}`, onclick: once(() => this.#accept(offer)),
    }, icon(handoff.medium === 'voice' && offer.kind !== 'consult' ? 'voice' : 'check'), acceptWord(offer));
    const decline = h('button', {
      type: 'button', class: 'decline', 'aria-keyshortcuts': 'Alt+D', 'aria-label': `Decline ${name}`, title: 'Decline (Alt+D): somebody else gets it',
      onclick: once(() => this.#desk.decline(offer)),
    }, 'Decline');
    const about = need.contact_reason ? `, about ${contactReasonInWords(need.contact_reason)}` : '';
    return h('li', { class: 'offer', 'data-kind': offer.kind ?? 'contact' },
      h('button', { type: 'button', class: 'offer-open', title: 'Read before you accept', onclick: () => this.#desk.show(handoff.conversation) },
        h('span', { class: 'contact-name' },
          h('span', { class: 'channel', title: channelInWords(channel) }, icon(channelIcon(channel)), h('span', { class: 'sr' }, `${channelInWords(channel)}: `)),
          h('span', { class: 'name' }, name),
          tier && h('span', { class: 'badge', 'data-tier': tier.toLowerCase() }, tier),
          isUrgent(need) && h('span', { class: 'badge urgent' }, 'Urgent')),
        h('span', { class: 'offer-reason' }, `${reasonInWords(need.reason)}${about}`),
        h('span', { class: 'offer-why' }, icon('spark'), whyInWords(offer)),
        handoff.callback_number && h('span', { class: 'offer-reason' }, icon('phone'), ` Call back at ${handoff.callback_number}`),
        note && h('span', { class: 'offer-note' }, `“${note}”`)),
      new CountDown(offer.offered_at, offer.expires_at),
      h('div', { class: 'offer-do' }, accept, decline));
  }
}
customElements.define('offer-list', OfferList);

/** @param {Offer} offer */
export const acceptWord = (offer) => {
  if (offer.kind === 'consult') return 'Have a look';
  if (offer.handoff.callback_number) return 'Call back';
  return offer.handoff.medium === 'voice' ? 'Answer' : 'Accept';
};

/** @param {Offer} offer "Ana Reyes: asked for a person" */
export const headline = ({ kind, from, handoff }) =>
  kind === 'consult'
    ? `${from?.name ?? 'A colleague'} asks about ${customerName(handoff.payload)}`
    : `${customerName(handoff.payload)}: ${reasonInWords(handoff.payload.need.reason).toLowerCase()}`;
