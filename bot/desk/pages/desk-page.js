/** @import {Desk} from './desk.js' */
import { Alerts } from './alerts.js';
import { CallBar } from './call-bar.js';
import { ContactList } from './contact-list.js';
import { ContextPanel } from './context-panel.js';
import { ConversationView } from './conversation-view.js';
import { h } from './dom.js';
import { questionMarkOn, showHelp } from './help-dialog.js';
import { DeskNotices } from './notices.js';
import { OfferList } from './offer-list.js';
import { RequestList } from './request-list.js';
import { NotResponding } from './status-control.js';
import { TaskList } from './task-list.js';
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
  #top;

  /** @param {Desk} desk @param {() => void} signOut */
  constructor(desk, signOut) {
    super();
    this.#desk = desk;
    this.#contacts = new ContactList(desk);
    this.#conversation = new ConversationView(desk);
    this.#context = new ContextPanel(desk);
    this.#call = new CallBar(desk);
    this.#top = new TopBar(desk, new Alerts(desk), showHelp, signOut);
    this.#context.goTo = (seq) => {
      this.#show('conversation');
      this.#conversation.goTo(seq);
    };
    this.#tabs = /** @type {[Pane, string][]} */ ([['contacts', 'Contacts'], ['conversation', 'Conversation'], ['customer', 'Customer']])
      .map(([pane, word]) => h('button', { type: 'button', 'data-pane': pane, onclick: () => this.#show(pane) }, word));
    this.append(
      h('div', { class: 'over' }, this.#top, new NotResponding(desk), this.#call),
      h('nav', { class: 'left', 'aria-label': 'Contacts', tabindex: '-1' },
        new OfferList(desk, (offer) => this.#conversation.accept(offer.handoff)),
        ...(desk.decides ? [new RequestList(desk)] : []), this.#contacts, new TaskList(desk), new TakenMessages(desk)),
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
    const count = this.#desk.offers.length + unread;
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
    KeyA: () => this.#accept(),
    KeyD: () => this.#decline(),
    KeyR: () => this.#conversation.write(),
    KeyN: () => this.#conversation.switchNote(),
    KeyT: () => this.#conversation.transfer(),
    KeyV: () => this.#conversation.readTranscript(),
    KeyC: () => this.#conversation.end(),
    KeyL: () => this.#conversation.answer() || this.#call.answer(),
    KeyM: () => this.#call.mute(),
    KeyH: () => this.#call.hangUp(),
    KeyS: () => this.#top.status.toggle(),
    KeyP: () => {
      this.#show('customer');
      this.querySelector('aside')?.focus();
    },
    ArrowDown: () => this.#step(1),
    ArrowUp: () => this.#step(-1),
  };

  /** The offer shown first, or the open contact if it waits. */
  #accept() {
    const [offer] = this.#desk.offers;
    const waits = this.#desk.waiting.find((one) => one.conversation === this.#desk.open);
    const handoff = offer?.handoff ?? waits;
    if (handoff) void this.#conversation.accept(handoff);
    else this.#desk.tell('Nothing is offered to you.');
  }

  #decline() {
    const [offer] = this.#desk.offers;
    if (offer) void this.#desk.decline(offer);
    else this.#desk.tell('Nothing is offered to you.');
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
