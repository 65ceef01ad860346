/** @import {Desk} from './desk.js' */
/** @import {Handoff} from './protocol.js' */
import { askToClose } from './close-dialog.js';
import { MessageComposer } from './composer.js';
import { h, icon } from './dom.js';
import { HandoffSummary } from './handoff-summary.js';
import { Headset } from './headset.js';
import { TranscriptView } from './transcript.js';
import { channelIcon, channelInWords, channelOf, tierOf } from './words.js';

const PHONE = matchMedia('(max-width: 899px)');

/** The middle of the desk: one conversation, from why it came to what is said next. */
export class ConversationView extends HTMLElement {
  /** @type {TranscriptView | null} */
  #transcript = null;
  /** @type {MessageComposer | null} */
  #composer = null;
  #header = h('header', { class: 'conversation-head' });
  #why = h('div', { class: 'why-place' });
  #foot = h('div', { class: 'conversation-foot' });
  /** What foot and summary were drawn for, so that they are drawn anew only when that changes. */
  #drawnFor = '';
  #desk;

  /** @param {Desk} desk */
  constructor(desk) {
    super();
    this.#desk = desk;
    desk.on('opened', () => this.#open());
    desk.on('handoffs', () => this.#showState());
    desk.on('card', (conversation) => conversation === desk.open && this.#showState());
    desk.on('events', ({ conversation, events }) => {
      if (conversation !== desk.open) return;
      this.#transcript?.grow(events);
      if (events.some(({ kind }) => kind.startsWith('leg_'))) this.#showState();
    });
    desk.on('live', (conversation) => conversation === desk.open && this.#transcript?.refresh());
    desk.outbox.on('change', ({ conversation }) => conversation === desk.open && this.#transcript?.refresh());
    this.#open();
  }

  /** @param {number} seq */
  goTo(seq) {
    this.#transcript?.goTo(seq);
  }

  readTranscript() {
    this.#transcript?.read();
  }

  write() {
    this.#composer?.focusText();
  }

  switchNote() {
    this.#composer?.switchMode();
  }

  /** Accepts whoever is open and waits on the line, and answers. @returns {boolean} whether there is one */
  answer() {
    const { open, waiting } = this.#desk;
    const handoff = waiting.find((one) => one.conversation === open);
    if (!open || !handoff || !this.#desk.lineOf(open)) return false;
    void this.#acceptAndAnswer(handoff);
    return true;
  }

  /** @param {Handoff} handoff */
  async #acceptAndAnswer(handoff) {
    // The headphones are asked for within the click or key; the caller's place is taken first.
    const speakers = Headset.speakers();
    if (await this.#desk.accept(handoff)) await this.#desk.answer(handoff.conversation, speakers);
    else void speakers?.close();
  }

  close() {
    const handoff = this.#desk.mine.find((one) => one.conversation === this.#desk.open);
    if (handoff) askToClose(this.#desk, handoff);
  }

  #open() {
    const { open } = this.#desk;
    this.#drawnFor = '';
    this.#composer = null;
    if (!open) {
      this.#transcript = null;
      this.replaceChildren(h('div', { class: 'nothing-open' },
        h('h2', {}, 'No conversation is open'),
        h('p', {}, 'Choose somebody who is waiting to read what happened so far, or accept them to answer.'),
        h('p', { class: 'quiet' }, h('kbd', {}, 'Alt'), ' + ', h('kbd', {}, 'A'), ' accepts whoever has waited longest.')));
      return;
    }
    this.#transcript = new TranscriptView(this.#desk, open);
    this.#transcript.onEdit = (message) => this.#composer?.takeBack(message.mode, message.text);
    this.replaceChildren(this.#header, this.#why, this.#transcript, this.#foot);
    this.#showState();
  }

  #showState() {
    const { open } = this.#desk;
    if (!open) return;
    const handoff = this.#desk.handoffOf(open);
    const state = this.#desk.holds(open) ? 'mine' : this.#desk.waiting.some((one) => one.conversation === open) ? 'waiting' : 'over';
    const drawnFor = `${open} ${handoff?.id ?? ''} ${state} ${handoff?.state ?? ''} ${handoff ? '' : this.#desk.cards.has(open)} ${this.#desk.lineOf(open)}`;
    if (this.#drawnFor === drawnFor) return;
    this.#drawnFor = drawnFor;
    const name = this.#desk.nameOf(open);
    const tier = tierOf(handoff?.payload);
    const channel = this.#desk.lineOf(open) ?? (handoff ? channelOf(handoff) : this.#desk.cards.get(open)?.legs?.at(-1)?.channel);
    this.#header.replaceChildren(
      h('h2', {}, name),
      ...(tier ? [h('span', { class: 'badge', 'data-tier': tier.toLowerCase() }, tier)] : []),
      ...(channel ? [h('span', { class: 'channel' }, icon(channelIcon(channel)), channelInWords(channel))] : []),
      ...(state === 'mine' ? [h('button', { type: 'button', class: 'close-contact', title: 'Close (Alt+C)', onclick: () => this.close() }, icon('check'), 'Close')] : []));
    const summary = handoff && new HandoffSummary(handoff, (seq) => this.goTo(seq));
    this.#why.replaceChildren(...(summary ? [summary] : []));
    this.#composer = null;
    this.#transcript?.refresh();
    if (state === 'mine') {
      this.#composer = new MessageComposer(this.#desk, open, name);
      // A phone's keyboard leaves room for the transcript or the summary, not for both.
      this.#composer.addEventListener('focusin', () => PHONE.matches && summary?.fold());
      this.#foot.replaceChildren(this.#composer);
    } else if (state === 'waiting' && handoff) {
      const accept = h('button', {
        type: 'button', class: 'primary accept', onclick: async () => {
          accept.disabled = true;
          if (await this.#desk.accept(handoff)) this.write();
          accept.disabled = false;
        },
      }, `Accept ${name}`);
      const line = this.#desk.lineOf(open);
      const answer = line && h('button', { type: 'button', class: 'primary answer', title: 'Accept and talk (Alt+L)', onclick: () => this.answer() },
        icon('voice'), 'Answer with microphone');
      if (line) accept.classList.remove('primary');
      this.#foot.replaceChildren(h('div', { class: 'foot-bar' },
        h('p', {}, line ? `${name} waits on the line and hears music.` : 'You are reading along. Accept to answer.'),
        h('div', { class: 'foot-buttons' }, accept, answer || '')));
    } else {
      this.#foot.replaceChildren(h('div', { class: 'foot-bar' },
        h('p', {}, handoff?.state === 'closed' ? 'This contact is closed. The assistant answers, and you can read along.'
          : 'You do not hold this conversation, so you can read but not answer.'),
        h('button', { type: 'button', onclick: () => this.#desk.show(null) }, 'Put away')));
    }
  }
}
customElements.define('conversation-view', ConversationView);
