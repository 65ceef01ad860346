/** @import {Desk} from './desk.js' */
import { Alerts } from './alerts.js';
import { CallBar } from './call-bar.js';
import { ContactList } from './contact-list.js';
import { ContextPanel } from './context-panel.js';
import { ConversationView } from './conversation-view.js';
import { h } from './dom.js';
import { questionMarkOn, showHelp } from './help-dialog.js';
import { DeskNotices } from './notices.js';
import { TakenMessages } from './taken-messages.js';
import { TopBar } from './top-bar.js';

/** @typedef {'contacts' | 'conversation' | 'customer'} Pane on a phone, one of them is in sight */

/** The desk of a signed-in agent: who waits, the conversation, the customer. */
export class DeskPage extends HTMLElement {
  #tabs;
  #desk;
  #contacts;
  #conversation;
  #context;
  #call;

  /** @param {Desk} desk @param {() => void} signOut */
  constructor(desk, signOut) {
    super();
    this.#desk = desk;
    this.#contacts = new ContactList(desk);
    this.#conversation = new ConversationView(desk);
    this.#context = new ContextPanel(desk);
    this.#call = new CallBar(desk);
    this.#context.goTo = (seq) => {
      this.#show('conversation');
      this.#conversation.goTo(seq);
    };
    this.#tabs = /** @type {[Pane, string][]} */ ([['contacts', 'Contacts'], ['conversation', 'Conversation'], ['customer', 'Customer']])
      .map(([pane, word]) => h('button', { type: 'button', 'data-pane': pane, onclick: () => this.#show(pane) }, word));
    this.append(
      new TopBar(desk, new Alerts(desk), showHelp, signOut),
      this.#call,
      h('nav', { class: 'left', 'aria-label': 'Contacts', tabindex: '-1' }, this.#contacts, new TakenMessages(desk)),
      h('main', { class: 'centre', 'aria-label': 'Conversation' }, this.#conversation),
      h('aside', { class: 'right', 'aria-label': 'Customer', tabindex: '-1' }, this.#context),
      h('nav', { class: 'tabs', 'aria-label': 'Parts of the desk' }, ...this.#tabs),
      new DeskNotices(desk),
    );
    desk.on('opened', (conversation) => {
      this.#show(conversation ? 'conversation' : 'contacts');
      history.replaceState(null, '', conversation ? `#${encodeURIComponent(conversation)}` : location.pathname);
    });
    desk.on('handoffs', () => this.#countTab());
    desk.on('events', () => this.#countTab());
    this.#show('contacts');
  }

  connectedCallback() {
    document.addEventListener('keydown', this.#key);
    document.addEventListener('visibilitychange', this.#looked);
  }

  disconnectedCallback() {
    document.removeEventListener('keydown', this.#key);
    document.removeEventListener('visibilitychange', this.#looked);
  }

  #looked = () => this.#desk.looked();

  /** @param {Pane} pane */
  #show(pane) {
    this.dataset.pane = pane;
    for (const tab of this.#tabs) tab.setAttribute('aria-current', String(tab.dataset.pane === pane));
  }

  #countTab() {
    const unread = this.#desk.mine.reduce((sum, one) => sum + this.#desk.unread(one.conversation), 0);
    const count = this.#desk.waiting.length + unread;
    const [contacts] = this.#tabs;
    contacts?.replaceChildren('Contacts', count ? h('span', { class: 'unread' }, String(count)) : '');
  }

  /** @param {KeyboardEvent} event */
  #key = (event) => {
    if (document.querySelector('dialog[open]')) return;
    const typing = event.target instanceof HTMLTextAreaElement || event.target instanceof HTMLInputElement;
    if (event.key === '?' && !typing && !event.altKey && questionMarkOn()) {
      event.preventDefault();
      return showHelp();
    }
    const note = event.ctrlKey && event.shiftKey && event.code === 'KeyN';
    // With AltGr, Windows says Ctrl and Alt: that is somebody typing a letter.
    if (!note && (!event.altKey || event.ctrlKey || event.metaKey)) return;
    const act = note ? () => this.#conversation.switchNote() : this.#shortcuts[event.code];
    if (!act) return;
    event.preventDefault();
    act();
  };

  /** @type {Record<string, () => void>} by place on the keyboard: with Alt, Macs send other letters */
  #shortcuts = {
    KeyA: () => void this.#accept(),
    KeyR: () => this.#conversation.write(),
    KeyN: () => this.#conversation.switchNote(),
    KeyT: () => this.#conversation.readTranscript(),
    KeyC: () => this.#conversation.close(),
    KeyL: () => this.#conversation.answer() || this.#call.answer(),
    KeyM: () => this.#call.mute(),
    KeyH: () => this.#call.hangUp(),
    KeyS: () => this.#desk.choose(this.#desk.status === 'away' ? 'available' : 'away'),
    KeyP: () => {
      this.#show('customer');
      this.querySelector('aside')?.focus();
    },
    ArrowDown: () => this.#step(1),
    ArrowUp: () => this.#step(-1),
  };

  async #accept() {
    const { waiting, open } = this.#desk;
    const handoff = waiting.find((one) => one.conversation === open) ?? waiting[0];
    if (!handoff) return this.#desk.tell('Nobody is waiting.');
    if (await this.#desk.accept(handoff)) this.#conversation.write();
  }

  /** @param {1 | -1} by */
  #step(by) {
    const order = this.#contacts.order;
    if (!order.length) return;
    const at = order.indexOf(this.#desk.open ?? '');
    const next = order[(at < 0 ? (by > 0 ? 0 : order.length - 1) : at + by + order.length) % order.length];
    if (next) this.#desk.show(next);
    this.#conversation.write();
  }
}
customElements.define('desk-page', DeskPage);
