/** @import {Desk} from './desk.js' */
/** @import {LogEvent} from './protocol.js' */
/** @import {Unsent} from './kept.js' */
import { eventItem, showHeard, unsentItem } from './event-item.js';
import { h, icon } from './dom.js';
import { isCustomers } from './words.js';

/** As near to the end as this, in pixels, a reader is taken to follow the conversation. */
const FOLLOWS_WITHIN = 80;

/** What was said and done, growing at its end, with what is being said or sent right now below. */
export class TranscriptView extends HTMLElement {
  #list = h('ol', { class: 'transcript', tabindex: '0', 'aria-label': 'Transcript' });
  #unsent = h('ol', { class: 'transcript-tail', 'aria-label': 'On its way' });
  #live = h('p', { class: 'live', 'aria-live': 'off' });
  #announcer = h('p', { class: 'sr', 'aria-live': 'polite' });
  #newer;
  #scroller;
  #desk;
  #conversation;
  /** Called with a refused message whose words go back to the draft. @type {(message: Unsent) => void} */
  onEdit = () => {};
  /** Whether the list shows the log; before it has arrived, the handoff's own transcript stands in. */
  #fromLog = false;
  #follows = true;
  #last = { scrollTop: 0, scrollHeight: 0, clientHeight: 0 };
  /** The view shrinks and grows with composer, summary and a phone's keyboard. */
  #resized = new ResizeObserver(() => this.#follows && this.#toEnd());

  /** @param {Desk} desk @param {string} conversation */
  constructor(desk, conversation) {
    super();
    this.#desk = desk;
    this.#conversation = conversation;
    this.#newer = h('button', { type: 'button', class: 'newer', hidden: true, onclick: () => this.#toEnd() }, icon('down'), 'Newer messages');
    this.#scroller = h('div', { class: 'transcript-scroll', onscroll: () => this.#scrolled() }, this.#list, this.#unsent, this.#live);
    this.append(this.#scroller, this.#newer, this.#announcer);
    const { events } = desk.log(conversation);
    const standIn = desk.handoffOf(conversation)?.payload.evidence?.transcript ?? [];
    this.#fromLog = events.length > 0;
    this.#add(this.#fromLog ? events : standIn);
    this.#showUnsent();
    this.#showLive();
  }

  connectedCallback() {
    this.#toEnd();
    this.#resized.observe(this.#scroller);
  }

  disconnectedCallback() {
    this.#resized.disconnect();
  }

  /** @param {LogEvent[]} events new ones of the log */
  grow(events) {
    if (!this.#fromLog) {
      this.#fromLog = true;
      this.#list.replaceChildren();
      this.#add(this.#desk.log(this.#conversation).events);
    } else {
      this.#add(events);
      const said = events.filter((event) => isCustomers(event));
      if (said.length) this.#announcer.textContent = `${this.#name}: ${said.map((event) => event.text).join(' ')}`;
    }
    if (this.#follows) this.#toEnd();
    else this.#newer.hidden = false;
  }

  /** Shows again what is on its way, and what the customer is typing or saying. */
  refresh() {
    const wasLive = !this.#live.hidden;
    const sending = this.#desk.outbox.of(this.#conversation).length > this.#unsent.children.length;
    this.#showUnsent();
    this.#showLive();
    if (sending || this.#follows) this.#toEnd();
    else if (!wasLive && !this.#live.hidden) this.#newer.hidden = false;
  }

  /** @param {number} seq */
  goTo(seq) {
    const item = this.#list.querySelector(`[data-seq="${seq}"]`);
    if (!(item instanceof HTMLElement)) return;
    this.#follows = false;
    item.scrollIntoView({ block: 'center' });
    item.focus({ preventScroll: true });
    item.classList.add('shown');
    setTimeout(() => item.classList.remove('shown'), 2500);
  }

  read() {
    this.#list.focus();
  }

  get #name() {
    return this.#desk.nameOf(this.#conversation);
  }

  /** @param {LogEvent[]} events */
  #add(events) {
    for (const event of events) {
      if (event.kind === 'speech_ended') {
        const of = this.#list.querySelector(`[data-seq="${event.data?.of}"]`);
        if (of instanceof HTMLElement) showHeard(of, event);
      }
      const item = eventItem(event, this.#name);
      if (item) this.#list.append(item);
    }
  }

  #showUnsent() {
    const desk = this.#desk;
    this.#unsent.replaceChildren(...desk.outbox.of(this.#conversation).map((message) =>
      unsentItem(message, desk.agent.name, {
        again: () => desk.outbox.again(message),
        discard: () => desk.outbox.discard(message),
        // Without a composer there is no draft to go back to; the words stay here to be copied.
        edit: !desk.holds(this.#conversation) ? null : () => {
          desk.outbox.discard(message);
          this.onEdit(message);
        },
      })));
    this.#unsent.hidden = !this.#unsent.children.length;
  }

  #showLive() {
    const { typing, partial } = this.#desk.live.of(this.#conversation);
    this.#live.hidden = !typing && !partial;
    this.#live.classList.toggle('partial', Boolean(partial));
    if (partial) this.#live.replaceChildren(icon('voice'), h('span', { class: 'who' }, `${this.#name} is saying: `), partial, ' …');
    else this.#live.textContent = `${this.#name} is typing…`;
  }

  #toEnd() {
    this.#follows = true;
    this.#newer.hidden = true;
    this.#scroller.scrollTop = this.#scroller.scrollHeight;
  }

  #scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.#scroller;
    const nearEnd = scrollHeight - scrollTop - clientHeight < FOLLOWS_WITHIN;
    const sameSize = scrollHeight === this.#last.scrollHeight && clientHeight === this.#last.clientHeight;
    // Only who scrolls back stops following; content that grew below them, or a page that took on
    // another size, does not.
    if (nearEnd || (sameSize && scrollTop < this.#last.scrollTop)) this.#follows = nearEnd;
    if (this.#follows) this.#newer.hidden = true;
    this.#last = { scrollTop, scrollHeight, clientHeight };
  }
}
customElements.define('transcript-view', TranscriptView);
