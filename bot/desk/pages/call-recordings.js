/** @import {Desk} from './desk.js' */
/** @import {ConversationCard, Recording} from './protocol.js' */
import { h } from './dom.js';
import { channelIcon, lengthOf, whenOf } from './words.js';

/**
 * The recordings of the open conversation's calls, to be heard. Its own element beside what is drawn
 * anew whenever something changes: a player that is taken out of the page falls silent.
 */
export class CallRecordings extends HTMLElement {
  #desk;
  #drawn = '';
  /** The card that was looked at last: told of again when only what I may do has changed. @type {ConversationCard | undefined} */
  #card;

  /** @param {Desk} desk */
  constructor(desk) {
    super();
    this.#desk = desk;
    desk.on('opened', () => {
      this.#card = undefined;
      this.#draw([]);
    });
    desk.on('card', (conversation) => conversation === desk.open && void this.#look(conversation));
  }

  /** @param {string} conversation */
  async #look(conversation) {
    const card = this.#desk.cards.get(conversation);
    if (card === this.#card) return;
    this.#card = card;
    const called = card?.legs.some(({ channel }) => channelIcon(channel) !== 'chat');
    const recordings = called ? await this.#desk.api.recordings(conversation).catch(() => null) : [];
    if (recordings && conversation === this.#desk.open) this.#draw(recordings);
  }

  /** @param {Recording[]} recordings */
  #draw(recordings) {
    const drawn = JSON.stringify(recordings);
    if (drawn === this.#drawn) return;
    this.#drawn = drawn;
    this.hidden = !recordings.length;
    this.replaceChildren(h('section', {}, h('h3', {}, 'Recordings'), h('ul', { class: 'lines' }, ...recordings.map(row))));
  }
}
customElements.define('call-recordings', CallRecordings);

/** @param {Recording} recording */
function row({ url, started_at: began, ms, gaps }) {
  const silenced = gaps.length === 1 ? ', one stretch silenced' : gaps.length ? `, ${gaps.length} stretches silenced` : '';
  if (ms === null) return h('li', {}, `Since ${whenOf(began)}: being recorded`);
  const title = `Call of ${whenOf(began)}, ${lengthOf(ms)}${silenced}`;
  return h('li', {}, h('p', {}, title), h('audio', { controls: true, preload: 'none', src: url, 'aria-label': title }));
}
