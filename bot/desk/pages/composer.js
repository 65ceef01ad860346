/** @import {Desk} from './desk.js' */
/** @import {Mode} from './kept.js' */
import { ArticleRow } from './article-row.js';
import { CannedList, fillIn } from './canned-list.js';
import { h, icon } from './dom.js';

/**
 * Where answers and internal notes are written. Each has a draft of its own, so that what was begun
 * as a note can never be sent to the customer by a slip of the switch.
 */
export class MessageComposer extends HTMLElement {
  /** @type {Mode} */
  #mode = 'reply';
  #text = h('textarea', { id: 'composer-text', rows: '2', 'aria-describedby': 'composer-hint' });
  #label = h('label', { for: 'composer-text', class: 'sr' });
  #hint = h('p', { class: 'composer-hint', id: 'composer-hint' });
  #send = h('button', { type: 'submit', class: 'primary' });
  #switch;
  #desk;
  #conversation;
  #name;
  #mayWrite;
  #articles;
  /** @type {CannedList | null} */
  #canned = null;

  /**
   * @param {Desk} desk
   * @param {string} conversation
   * @param {string} name the customer's
   * @param {boolean} mayWrite to the customer; else only notes
   */
  constructor(desk, conversation, name, mayWrite) {
    super();
    this.#mayWrite = mayWrite;
    this.#desk = desk;
    this.#conversation = conversation;
    this.#name = name;
    this.#switch = h('button', {
      type: 'button', class: 'note-switch', 'aria-pressed': 'false', title: 'Internal note (Alt+N or Ctrl+Shift+N)', onclick: () => this.switchMode(),
    }, icon('note'), 'Internal note');
    this.#text.addEventListener('input', () => this.#typed());
    this.#text.addEventListener('keydown', (event) => {
      if (event.key === '/' && !this.#text.value && !event.isComposing) {
        event.preventDefault();
        return this.#openCanned();
      }
      // While an input method composes, Enter chooses a word.
      if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.#submit();
    });
    this.#articles = new ArticleRow(desk, conversation, (text) => this.insert(text));
    const ready = h('button', { type: 'button', class: 'canned-open', title: 'Replies kept ready (/ in an empty answer)', onclick: () => this.#openCanned() }, icon('list'), 'Replies');
    this.append(this.#articles, this.#label, h('form', {
      class: 'composer', onsubmit: (/** @type {SubmitEvent} */ event) => { event.preventDefault(); this.#submit(); },
    }, this.#text, h('div', { class: 'composer-bar' }, ready, this.#switch, this.#hint, this.#send)));
    this.#become(mayWrite ? 'reply' : 'note');
    this.#switch.hidden = !mayWrite;
  }

  focusText() {
    this.#text.focus();
  }

  /** @param {Mode} [mode] the other one, if none is named */
  switchMode(mode = this.#mode === 'note' ? 'reply' : 'note') {
    this.#become(this.#mayWrite ? mode : 'note');
    this.focusText();
  }

  /** @param {Mode} mode @param {string} text goes back to the draft, before what is there */
  takeBack(mode, text) {
    const draft = this.#desk.kept.draft(this.#conversation, mode);
    this.#desk.kept.setDraft(this.#conversation, mode, draft ? `${text}\n${draft}` : text);
    this.switchMode(mode);
  }

  /** @param {string} text is put where the caret is, with space around it */
  insert(text) {
    const { selectionStart: from, selectionEnd: to, value } = this.#text;
    const before = from > 0 && !/\s$/.test(value.slice(0, from)) ? ' ' : '';
    const after = to < value.length && !/^\s/.test(value.slice(to)) ? ' ' : '';
    this.#text.setRangeText(`${before}${text}${after}`, from, to, 'end');
    this.focusText();
    this.#typed();
  }

  /** The customer has said something more. */
  heard() {
    void this.#articles.refresh();
  }

  #openCanned() {
    this.#canned?.remove();
    const { customer_name: known } = this.#desk.cards.get(this.#conversation)?.conversation ?? {};
    const name = this.#desk.cards.get(this.#conversation)?.customer?.name ?? this.#desk.handoffOf(this.#conversation)?.payload.identity?.name ?? known;
    const names = { customer: name?.split(' ')[0] ?? null, agent: this.#desk.agent.name };
    this.#canned = new CannedList(this.#desk, {
      fill: (text) => fillIn(text, names),
      chosen: (text) => this.insert(text),
      closed: () => this.focusText(),
    });
    this.prepend(this.#canned);
  }

  /** @param {Mode} mode */
  #become(mode) {
    this.#mode = mode;
    const note = mode === 'note';
    this.dataset.mode = mode;
    this.#switch.setAttribute('aria-pressed', String(note));
    this.#label.textContent = note ? 'Internal note' : `Answer to ${this.#name}`;
    this.#text.placeholder = note ? 'For your team only. The customer never sees this.' : `Write to ${this.#name}…`;
    this.#hint.textContent = note ? 'Only your team sees this' : 'Enter sends, Shift+Enter begins a line';
    this.#send.replaceChildren(icon(note ? 'note' : 'send'), note ? 'Save note' : 'Send');
    this.#text.value = this.#desk.kept.draft(this.#conversation, mode);
    this.#fit();
  }

  #typed() {
    this.#desk.kept.setDraft(this.#conversation, this.#mode, this.#text.value);
    if (this.#mode === 'reply' && this.#text.value) this.#desk.typing(this.#conversation);
    this.#fit();
  }

  #submit() {
    const text = this.#text.value.trim();
    if (!text) return;
    this.#desk.write(this.#conversation, this.#mode, text);
    this.#text.value = '';
    this.#fit();
    this.focusText();
  }

  /** Two lines, growing to eight with what is written. */
  #fit() {
    const lines = this.#text.value.split('\n').reduce((sum, line) => sum + 1 + Math.floor(line.length / 72), 0);
    this.#text.rows = Math.min(8, Math.max(2, lines));
  }
}
customElements.define('message-composer', MessageComposer);
