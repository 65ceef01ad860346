/**
 * The conversation on the screen. Rows are never drawn again; one's own begins at the end and
 * moves to its place when the log has it.
 *
 * @import {ChatEvent, Unsent, View} from './types.js'
 * @import {Word} from './words.js'
 */
import { h, icon, link, rich, safeAddress } from './dom.js';
import { say, words } from './words.js';

const TOGETHER_MS = 120_000;
/** Who has scrolled up further (CSS pixels) is reading. */
const NEAR_END = 120;

/** @typedef {{say(text: string, title?: string): void, retry(id: string): void}} Asks */

export class Messages {
  #list = h('div', { class: 'rows' });
  #replies = h('div', { class: 'replies', role: 'group' });
  #unsent = h('div', { class: 'rows' });
  #typing = h('div', { class: 'typing', hidden: true }, h('i'), h('i'), h('i'));
  #empty = h('div', { class: 'empty' });
  /** @type {Map<string, HTMLElement>} our rows that the log does not hold yet, by id */
  #pending = new Map();
  /** @type {Map<string, string>} what the buttons so far say to the machine: how they read */
  #titles = new Map();
  #drawn = 0;
  /** @type {{who: string, at: number, row: HTMLElement} | null} */
  #before = null;
  #day = '';
  #asks;
  #server;
  #time;
  #date;

  /**
   * @param {Asks} asks @param {URL} server
   * @param {{greeting: string | undefined, suggestions: string | undefined, locale: string}} texts
   */
  constructor(asks, server, texts) {
    this.#asks = asks;
    this.#server = server;
    this.#time = new Intl.DateTimeFormat(texts.locale, { hour: 'numeric', minute: '2-digit' });
    this.#date = new Intl.DateTimeFormat(texts.locale, { weekday: 'long', day: 'numeric', month: 'long' });
    this.element = h(
      'div',
      { class: 'log', role: 'log', 'aria-label': words.conversation, tabindex: 0 },
      this.#empty, this.#list, this.#unsent, this.#typing, this.#replies,
    );
    this.#empty.append(
      h('span', { class: 'mark' }, icon('chat')),
      h('p', { class: 'greeting' }, texts.greeting || words.welcome),
      h('p', { class: 'hint' }, words.hint),
    );
    const list = h('div', { class: 'suggestions' });
    for (const text of (texts.suggestions || words.suggestions).split('|').slice(0, 3)) {
      const click = () => asks.say(text.trim());
      list.append(h('button', { type: 'button', class: 'reply', onclick: click }, text.trim()));
    }
    this.#empty.append(list);
  }

  reset() {
    this.#list.replaceChildren();
    this.#unsent.replaceChildren();
    this.#pending.clear();
    this.#drawn = 0;
    this.#before = null;
    this.#day = '';
  }

  /** @param {View} view */
  update(view) {
    const log = this.element;
    const follow = log.scrollHeight - log.scrollTop - log.clientHeight < NEAR_END;
    // A transcript that comes back after a reload is not news to be read out.
    log.setAttribute('aria-live', view.caughtUp ? 'polite' : 'off');
    const before = this.#drawn + this.#pending.size;
    for (const event of view.events.slice(this.#drawn)) this.#draw(event);
    this.#drawn = view.events.length;
    this.#drawUnsent(view.unsent.filter((item) => !item.stars));
    const began = view.unsent.length > 0 || view.events.some((e) => e.from === 'customer');
    this.#empty.hidden = began || view.ended;
    this.#typing.hidden = !view.typing;
    if (view.typing) {
      const name = view.agent ?? (view.assistant || words.assistant);
      this.#typing.setAttribute('aria-label', say('typing', name));
      this.#typing.setAttribute('role', 'img');
    }
    this.#drawReplies(view);
    const mine = this.#pending.size > 0 && this.#drawn + this.#pending.size > before;
    if (follow || mine || !view.caughtUp) this.toEnd();
  }

  toEnd() {
    this.element.scrollTop = this.element.scrollHeight;
  }

  /** @param {ChatEvent} event */
  #draw(event) {
    const at = new Date(event.at);
    const day = this.#day;
    this.#day = at.toDateString();
    if (day !== this.#day) {
      this.#list.append(h('div', { class: 'line day' }, this.#dayName(at)));
      this.#before = null;
    }
    const spoken = event.kind === 'speech' || event.kind === 'message';
    if (!spoken) {
      const text = systemLine(event);
      if (text) {
        this.#list.append(h('div', { class: `line ${event.kind}` }, text));
        this.#before = null;
      }
      return;
    }
    if (event.from === 'customer') return this.#drawOwn(event, at);
    const data = event.data ?? {};
    for (const { title, payload } of data.buttons ?? []) {
      if (payload) this.#titles.set(payload, title);
    }
    const name = event.name || words.assistant;
    const bubble = h('div', { class: 'bubble' }, rich(event.text ?? ''));
    const row = h('div', { class: `row theirs ${event.from}` }, bubble);
    const who = `${event.from}:${name}`;
    if (!this.#together(who, at, row)) row.prepend(h('div', { class: 'who' }, name));
    else row.prepend(h('span', { class: 'hear' }, `${name}: `));
    const address = data.source && safeAddress(data.source.url, this.#server);
    if (data.source && address) {
      const title = h('span', {}, h('small', {}, words.source), h('b', {}, data.source.title));
      const card = link(address, icon('page'), title);
      card.className = 'source';
      row.append(card);
    }
    if (data.truncated) row.append(h('div', { class: 'meta' }, words.truncated));
    row.append(h('div', { class: 'meta time' }, this.#clock(at)));
    this.#list.append(row);
  }

  /** @param {ChatEvent} event @param {Date} at */
  #drawOwn(event, at) {
    const row = (event.id && this.#pending.get(event.id)) || this.#ownRow(event.text ?? '');
    if (event.id) this.#pending.delete(event.id);
    row.classList.remove('failed', 'waiting');
    const spoken = event.kind === 'speech' && h('span', { title: words.spoken }, icon('mic'));
    row.lastElementChild?.replaceChildren(
      spoken || '', this.#clock(at), icon('one'), h('span', { class: 'hear' }, words.sent),
    );
    this.#together('customer', at, row);
    // Moved within the log, a row would be read out twice.
    row.setAttribute('aria-live', 'off');
    this.#list.append(row);
  }

  /** @param {string} text */
  #ownRow(text) {
    const shown = this.#titles.get(text) ?? text;
    const bubble = h('div', { class: 'bubble' }, rich(shown));
    return h(
      'div', { class: 'row own' },
      h('span', { class: 'hear' }, `${words.you}: `), bubble, h('div', { class: 'meta time' }),
    );
  }

  /** @param {Unsent[]} unsent */
  #drawUnsent(unsent) {
    const ids = new Set(unsent.map((item) => item.id));
    for (const [id, row] of this.#pending) {
      if (ids.has(id)) continue;
      row.remove();
      this.#pending.delete(id);
    }
    for (const item of unsent) {
      let row = this.#pending.get(item.id);
      if (!row) {
        row = this.#ownRow(item.text);
        this.#pending.set(item.id, row);
        this.#unsent.append(row);
      }
      const state = item.failed ? 'failed' : item.sent ? 'sent' : 'sending';
      if (row.dataset.state === state) continue;
      row.dataset.state = state;
      row.classList.toggle('failed', state === 'failed');
      row.classList.toggle('waiting', state === 'sending');
      const meta = /** @type {HTMLElement} */ (row.lastElementChild);
      if (state === 'failed') {
        const again = () => this.#asks.retry(item.id);
        meta.replaceChildren(
          icon('alert'), `${words.failed}. ${item.failed} `,
          h('button', { type: 'button', class: 'retry', onclick: again }, words.retry),
        );
      } else {
        meta.replaceChildren(
          this.#clock(new Date(item.at)), icon(state === 'sent' ? 'one' : 'clock'),
          h('span', { class: 'hear' }, words[state]),
        );
      }
    }
  }

  /** The buttons of the last answer, until the visitor has said something. @param {View} view */
  #drawReplies(view) {
    const last = view.events.findLast((e) => e.kind === 'message' || e.kind === 'speech');
    const open = last?.from !== 'customer' && !view.unsent.length && !view.ended;
    const buttons = (open && last?.data?.buttons) || [];
    const key = buttons.length ? String(last?.seq) : '';
    if (this.#replies.dataset.key === key) return;
    this.#replies.dataset.key = key;
    this.#replies.replaceChildren(
      ...buttons.map(({ title, payload }) => {
        const click = () => this.#asks.say(payload || title, title);
        return h('button', { type: 'button', class: 'reply', onclick: click }, title);
      }),
    );
  }

  /** @param {string} who @param {Date} at @param {HTMLElement} row @returns {boolean} */
  #together(who, at, row) {
    const before = this.#before;
    const together = before?.who === who && at.getTime() - before.at < TOGETHER_MS;
    if (together) {
      before.row.classList.add('continued');
      row.classList.add('joined');
    }
    this.#before = { who, at: at.getTime(), row };
    return together;
  }

  /** @param {Date} at */
  #clock(at) {
    return h('time', { datetime: at.toISOString() }, this.#time.format(at));
  }

  /** @param {Date} at */
  #dayName(at) {
    if (at.toDateString() === new Date().toDateString()) return words.today;
    return this.#date.format(at);
  }
}

/** @param {ChatEvent} event @returns {string | null} */
function systemLine(event) {
  const { kind, text, name, data } = event;
  if (kind === 'rating') return say('rated', data?.stars ?? '');
  const known = ['handoff_requested', 'handoff_accepted', 'handoff_ended', 'message_taken'];
  if (!known.includes(kind) && kind !== 'conversation_ended') return null;
  return text || say(/** @type {Word} */ (kind), name || words.assistant);
}
