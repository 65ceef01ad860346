/** @import {Desk} from './desk.js' */
/** @import {Handoff} from './protocol.js' */
import { MessageComposer } from './composer.js';
import { consultBar } from './consult-bar.js';
import { h, icon, once, present } from './dom.js';
import { HandoffSummary } from './handoff-summary.js';
import { Headset } from './headset.js';
import { TranscriptView } from './transcript.js';
import { askToTransfer } from './transfer-dialog.js';
import { channelIcon, channelInWords, channelOf, isCustomers, lowered, tierOf, whyInWords } from './words.js';
import { WrapUpForm } from './wrap-up-form.js';

const PHONE = matchMedia('(max-width: 899px)');

/** The middle of the desk: one conversation, from why it came to what is said next. */
export class ConversationView extends HTMLElement {
  /** @type {TranscriptView | null} */
  #transcript = null;
  /** @type {MessageComposer | null} */
  #composer = null;
  /** @type {HandoffSummary | null} */
  #summary = null;
  /** @type {WrapUpForm | null} */
  #wrapUp = null;
  #ending = false;
  /** The conversation whose customer is being called back. */
  #rings = '';
  /** The conversation whose summary was folded. */
  #foldedFor = '';
  /** @type {Set<string>} handoffs whose unsent messages were pointed out */
  #warned = new Set();
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
      this.#joinWhoAnswered();
      if (conversation !== desk.open) return;
      this.#transcript?.grow(events);
      if (events.some(isCustomers)) this.#composer?.heard();
      this.#foldOnce();
      if (events.some(({ kind }) => kind.startsWith('leg_'))) this.#showState();
    });
    desk.live.on('change', (conversation) => conversation === desk.open && this.#transcript?.refresh());
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

  /** @param {Handoff} handoff takes it, and answers at once where somebody is on the line for me */
  async accept(handoff) {
    const offer = this.#desk.offerOf(handoff.conversation);
    if (!offer || offer.kind === 'consult' || handoff.medium !== 'voice') {
      if (await this.#desk.accept(handoff)) this.write();
    } else if (handoff.callback_number && !this.#desk.lineOf(handoff.conversation)) await this.#acceptAndRing(handoff);
    else await this.#acceptAndAnswer(handoff);
  }

  /** Accepts whoever is open and waits on the line, and answers. @returns {boolean} whether there is one */
  answer() {
    const { open } = this.#desk;
    const handoff = this.#waiting;
    if (!open || !handoff || !this.#desk.lineOf(open)) return false;
    void this.#acceptAndAnswer(handoff);
    return true;
  }

  /** @param {Handoff} handoff */
  async #acceptAndAnswer(handoff) {
    // The headphones are asked for within the click or key; the caller's place is taken first.
    const speakers = Headset.speakers();
    if (await this.#desk.accept(handoff)) await this.#desk.calls.answer(handoff.conversation, speakers);
    else void speakers?.close();
  }

  /** The server rings them; the headset joins once they have picked up. @param {Handoff} handoff */
  async #acceptAndRing(handoff) {
    if (!await this.#desk.accept(handoff)) return;
    this.#rings = handoff.conversation;
    this.#desk.tell(`${handoff.callback_number} is being called. You are on the line as soon as they answer.`);
    this.#joinWhoAnswered();
  }

  #joinWhoAnswered() {
    if (!this.#rings || !this.#desk.holds(this.#rings) || !this.#desk.lineOf(this.#rings)) return;
    void this.#desk.calls.answer(this.#rings);
    this.#rings = '';
  }

  /** The talking is over; the wrap-up opens in the foot. Where it is open already, its Enter saves. */
  async end() {
    const { open, mine } = this.#desk;
    const handoff = mine.find((one) => one.conversation === open);
    if (!handoff || this.#ending) return;
    if (handoff.state === 'wrap_up') return this.#wrapUp?.focusFirst();
    if (this.#desk.outbox.of(handoff.conversation).length && !this.#warned.has(handoff.id)) {
      this.#warned.add(handoff.id);
      return this.#desk.tell('A message of yours did not reach the customer yet. End once more to end all the same.', 'problem');
    }
    this.#ending = true;
    await this.#desk.end(handoff);
    this.#ending = false;
  }

  transfer() {
    const handoff = this.#desk.mine.find((one) => one.conversation === this.#desk.open);
    if (handoff && handoff.state !== 'wrap_up') void askToTransfer(this.#desk, handoff);
  }

  /** The open conversation's handoff, where it is offered to me or waits for anybody. */
  get #waiting() {
    const { open, waiting } = this.#desk;
    return this.#desk.offerOf(open ?? '')?.handoff ?? waiting.find((one) => one.conversation === open);
  }

  #open() {
    const { open } = this.#desk;
    this.#drawnFor = '';
    this.#composer = null;
    if (!open) {
      this.#transcript = null;
      this.replaceChildren(h('div', { class: 'nothing-open' },
        h('h2', {}, 'No conversation is open'),
        h('p', {}, 'What is offered to you appears on the left, with a countdown. You may also read along with anybody who waits.'),
        h('p', { class: 'quiet' }, h('kbd', {}, 'Alt'), ' + ', h('kbd', {}, 'A'), ' accepts an offer, ', h('kbd', {}, '?'), ' lists all keys.')));
      return;
    }
    this.#transcript = new TranscriptView(this.#desk, open);
    this.#transcript.onEdit = (message) => this.#composer?.takeBack(message.mode, message.text);
    this.replaceChildren(this.#header, this.#why, this.#transcript, this.#foot);
    this.#showState();
  }

  /** @param {string} conversation @returns {'mine' | 'wrap_up' | 'advising' | 'offered' | 'waiting' | 'over'} */
  #stateOf(conversation) {
    const { mine, advising, waiting } = this.#desk;
    const isIt = (/** @type {Handoff} */ one) => one.conversation === conversation;
    const held = mine.find(isIt);
    if (held) return held.state === 'wrap_up' ? 'wrap_up' : 'mine';
    if (advising.some(isIt)) return 'advising';
    if (this.#desk.offerOf(conversation)) return 'offered';
    return waiting.some(isIt) ? 'waiting' : 'over';
  }

  #showState() {
    const { open } = this.#desk;
    if (!open) return;
    const handoff = this.#desk.handoffOf(open);
    const state = this.#stateOf(open);
    const offer = this.#desk.offerOf(open);
    // A call that ends while somebody writes down what came of it takes nothing from under their hands.
    const finer = state === 'wrap_up' ? [] : [this.#desk.lineOf(open), offer?.id, handoff?.consults, handoff?.callback_number];
    const drawnFor = JSON.stringify([open, handoff?.id, state, handoff?.state, handoff ? null : this.#desk.cards.has(open), ...finer]);
    if (this.#drawnFor === drawnFor) return;
    this.#drawnFor = drawnFor;
    const name = this.#desk.nameOf(open);
    this.#showHead(name, handoff, state);
    const summary = handoff && new HandoffSummary(handoff, offer && whyInWords(offer), (seq) => this.goTo(seq));
    this.#summary = summary;
    this.#why.replaceChildren(...(summary ? [summary] : []));
    this.#foldedFor = '';
    this.#foldOnce();
    const wasWriting = this.#composer?.contains(document.activeElement);
    this.#composer = null;
    this.#wrapUp = null;
    this.#transcript?.refresh();
    if (state === 'mine' || state === 'advising') {
      const joined = handoff?.consults?.some((one) => one.id === this.#desk.agent.id && one.joined);
      this.#composer = new MessageComposer(this.#desk, open, name, state === 'mine' || joined === true);
      // A phone's keyboard leaves room for the transcript or the summary, not for both.
      this.#composer.addEventListener('focusin', () => PHONE.matches && summary?.fold());
      this.#foot.replaceChildren(...present([handoff && consultBar(this.#desk, handoff), this.#composer]));
      if (wasWriting) this.write();
    } else if (state === 'wrap_up' && handoff) {
      summary?.fold();
      this.#wrapUp = new WrapUpForm(this.#desk, handoff);
      this.#foot.replaceChildren(this.#wrapUp);
      this.#wrapUp.focusFirst();
    } else if (handoff && (state === 'waiting' || state === 'offered')) this.#foot.replaceChildren(this.#acceptBar(handoff, name));
    else {
      this.#foot.replaceChildren(h('div', { class: 'foot-bar' },
        h('p', {}, handoff?.state === 'closed' ? 'This contact is closed. The assistant answers, and you can read along.'
          : 'You do not hold this conversation, so you can read but not answer.'),
        h('button', { type: 'button', onclick: () => this.#desk.show(null) }, 'Put away')));
    }
  }

  /** The summary is read once; after the first answer the transcript needs the room more. */
  #foldOnce() {
    const { open } = this.#desk;
    if (!open || this.#foldedFor === open || !this.#desk.answered(open)) return;
    this.#foldedFor = open;
    this.#summary?.fold();
  }

  /** @param {string} name @param {Handoff | null} handoff @param {string} state */
  #showHead(name, handoff, state) {
    const open = this.#desk.open ?? '';
    const tier = tierOf(handoff?.payload);
    const channel = this.#desk.lineOf(open) ?? (handoff ? channelOf(handoff) : this.#desk.cards.get(open)?.legs?.at(-1)?.channel);
    const callBack = handoff?.callback_number && !this.#desk.lineOf(open) ? h('button', {
      type: 'button', class: 'call-back', title: `Call ${handoff.callback_number}`, 'aria-label': `Call ${handoff.callback_number}`, onclick: once(async () => {
        if (await this.#desk.attempt(() => this.#desk.api.dial(handoff.id))) this.#rings = open;
      }),
    }, icon('phone'), h('span', { class: 'wide-only' }, 'Call again')) : null;
    this.#header.replaceChildren(
      h('h2', {}, name),
      ...(tier ? [h('span', { class: 'badge', 'data-tier': tier.toLowerCase() }, tier)] : []),
      ...(channel ? [h('span', { class: 'channel', title: channelInWords(channel) }, icon(channelIcon(channel)), h('span', { class: 'wide-only' }, channelInWords(channel)))] : []),
      ...(state === 'mine' ? [h('div', { class: 'head-buttons' },
        callBack ?? '',
        h('button', { type: 'button', class: 'hand-over', title: 'Hand over, ask a colleague or bring one in (Alt+T)', 'aria-keyshortcuts': 'Alt+T', 'aria-label': 'Hand over', onclick: () => this.transfer() }, icon('people'), h('span', { class: 'wide-only' }, 'Hand over…')),
        h('button', { type: 'button', class: 'end-contact', title: 'End contact (Alt+C)', 'aria-keyshortcuts': 'Alt+C', onclick: () => this.end() }, icon('check'), 'End', h('span', { class: 'wide-only' }, ' contact')))] : []));
  }

  /** @param {Handoff} handoff @param {string} name */
  #acceptBar(handoff, name) {
    const offer = this.#desk.offerOf(handoff.conversation);
    const line = this.#desk.lineOf(handoff.conversation);
    const accept = h('button', {
      type: 'button', class: 'primary accept', onclick: once(async () => {
        if (await this.#desk.accept(handoff)) this.write();
      }),
    }, offer?.kind === 'consult' ? 'Have a look' : `Accept ${name}`);
    const decline = offer && h('button', { type: 'button', class: 'decline', onclick: once(() => this.#desk.decline(offer)) }, 'Decline');
    const answer = line && offer?.kind !== 'consult' && h('button', { type: 'button', class: 'primary answer', title: 'Accept and talk (Alt+L)', onclick: () => this.answer() },
      icon('voice'), 'Answer with microphone');
    if (answer) accept.classList.remove('primary');
    const words = answer ? `${name} waits on the line and hears music.`
      : offer ? `Offered to you: ${lowered(whyInWords(offer))}.` : 'You are reading along. Accept to answer.';
    return h('div', { class: 'foot-bar' }, h('p', {}, words),
      h('div', { class: 'foot-buttons' }, decline, accept, answer));
  }
}
customElements.define('conversation-view', ConversationView);
