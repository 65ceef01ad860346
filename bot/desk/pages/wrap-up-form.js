/** @import {Desk} from './desk.js' */
/** @import {Handoff, WrapUp} from './protocol.js' */
import { CountDown, everySecond, noLonger, now } from './clock.js';
import { h, icon } from './dom.js';
import { readable } from './http.js';
import { CONTACT_REASONS, contactReasonInWords, customerName, DISPOSITIONS } from './words.js';

/** What was begun is saved this many seconds before the server would close it with its own words. */
const SAVES_BEFORE_S = 3;

/**
 * What came of a contact, after the talking: filled in from what the server proposes, corrected by the
 * person, saved with Enter. What is begun survives a look at another conversation, and is saved as it
 * stands if the time runs out.
 */
export class WrapUpForm extends HTMLElement {
  #desk;
  #handoff;
  #choices;
  #reason = h('select', { id: 'wrap-up-reason', name: 'contact_reason' });
  #summary = h('textarea', { id: 'wrap-up-summary', name: 'summary', rows: '3', maxlength: '4000' });
  #step = h('input', { id: 'wrap-up-step', name: 'step', maxlength: '1000', autocomplete: 'off', placeholder: 'e.g. call back with the carrier’s answer' });
  #due = h('input', { id: 'wrap-up-due', name: 'due', type: 'datetime-local' });
  #problem = h('p', { class: 'form-problem', role: 'alert' });
  #save = h('button', { type: 'submit', class: 'primary' }, icon('check'), 'Save and close');
  #left = h('p', { class: 'wrap-up-left' });
  #touched = false;
  #saving = false;
  /** @type {CountDown | null} */
  #countDown = null;

  /** @param {Desk} desk @param {Handoff} handoff */
  constructor(desk, handoff) {
    super();
    this.#desk = desk;
    this.#handoff = handoff;
    this.#choices = DISPOSITIONS.map(([code, word, meaning]) => h('label', { class: 'pill', title: meaning },
      h('input', { type: 'radio', name: 'disposition', value: code, required: true }), h('span', {}, word)));
    this.#due.value = tomorrowNoon();
    const form = h('form', { class: 'wrap-up', 'aria-labelledby': 'wrap-up-title', onsubmit: (/** @type {SubmitEvent} */ event) => { event.preventDefault(); void this.#submit(); } },
      h('div', { class: 'wrap-up-head' },
        h('h3', { id: 'wrap-up-title' }, `What came of it? `, h('span', { class: 'quiet' }, `The assistant has ${customerName(handoff.payload)} again.`)), this.#left),
      h('fieldset', { class: 'pills' }, h('legend', { class: 'sr' }, 'How did it end?'), ...this.#choices),
      h('div', { class: 'field' }, h('label', { for: 'wrap-up-summary' }, 'Summary for whoever is next'), this.#summary),
      h('div', { class: 'wrap-up-row' },
        h('div', { class: 'field' }, h('label', { for: 'wrap-up-reason' }, 'About'), this.#reason),
        h('div', { class: 'field wide' }, h('label', { for: 'wrap-up-step' }, 'Next step (a task)'), this.#step),
        h('div', { class: 'field' }, h('label', { for: 'wrap-up-due' }, 'Due'), this.#due)),
      this.#problem,
      h('div', { class: 'wrap-up-do' }, h('p', { class: 'composer-hint' }, 'Enter saves, Shift+Enter begins a line'), this.#save));
    form.addEventListener('input', () => this.#keep());
    this.#summary.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      form.requestSubmit();
    });
    this.append(form);
    this.#fillReasons(handoff.payload.need?.contact_reason ?? '');
    this.#showLeft(handoff.wrap_up_until ?? null);
    if (!this.#restore()) void this.#propose();
    this.tick = this.tick.bind(this);
  }

  connectedCallback() {
    everySecond(this.tick);
  }

  disconnectedCallback() {
    noLonger(this.tick);
  }

  focusFirst() {
    const radio = this.querySelector('input:checked') ?? this.querySelector('input[type=radio]');
    if (radio instanceof HTMLElement) radio.focus();
  }

  tick() {
    if (this.#countDown && this.#countDown.left <= SAVES_BEFORE_S && this.#touched && !this.#saving) void this.#submit(true);
  }

  async #propose() {
    const proposal = await this.#desk.api.wrapUp(this.#handoff.id).catch(() => null);
    if (!proposal) return;
    this.#showLeft(proposal.until);
    if (this.#touched) return;
    this.#summary.value = proposal.summary;
    this.#fillReasons(proposal.contact_reason ?? this.#reason.value);
    const radio = this.querySelector(`input[value="${CSS.escape(proposal.disposition)}"]`);
    if (!(radio instanceof HTMLInputElement)) return;
    radio.checked = true;
    if (this.contains(document.activeElement)) radio.focus();
  }

  /** @param {string | null} until */
  #showLeft(until) {
    if (!until || this.#countDown) return;
    this.#countDown = new CountDown(new Date(now()).toISOString(), until);
    this.#left.replaceChildren(h('span', { class: 'quiet' }, 'closes in '), this.#countDown);
  }

  /** @param {string} chosen */
  #fillReasons(chosen) {
    const codes = new Set(['', ...Object.keys(CONTACT_REASONS), chosen]);
    this.#reason.replaceChildren(...[...codes].map((code) => h('option', { value: code, selected: code === chosen },
      code ? contactReasonInWords(code) : 'something else')));
  }

  /** @returns {WrapUp & {step: string, dueLocal: string}} */
  get #written() {
    const chosen = this.querySelector('input[name=disposition]:checked');
    return {
      disposition: chosen instanceof HTMLInputElement ? chosen.value : '',
      summary: this.#summary.value.trim(),
      ...(this.#reason.value ? { contact_reason: this.#reason.value } : {}),
      step: this.#step.value.trim(),
      dueLocal: this.#due.value,
    };
  }

  #keep() {
    this.#touched = true;
    this.#desk.kept.setDraft(this.#handoff.conversation, 'wrap-up', JSON.stringify(this.#written));
  }

  /** @returns {boolean} whether something was begun before */
  #restore() {
    const kept = this.#desk.kept.draft(this.#handoff.conversation, 'wrap-up');
    if (!kept) return false;
    const { disposition, summary, contact_reason: reason, step, dueLocal } = JSON.parse(kept);
    this.#touched = true;
    this.#summary.value = summary;
    this.#step.value = step;
    this.#due.value = dueLocal || tomorrowNoon();
    this.#fillReasons(reason ?? '');
    const radio = this.querySelector(`input[value="${CSS.escape(disposition)}"]`);
    if (radio instanceof HTMLInputElement) radio.checked = true;
    return true;
  }

  /** @param {boolean} [atTheEnd] the time runs out: whatever stands there is saved */
  async #submit(atTheEnd = false) {
    if (this.#saving) return;
    const { step, dueLocal, ...written } = this.#written;
    if (!written.disposition && !atTheEnd) return;
    const due = new Date(dueLocal || tomorrowNoon());
    this.#saving = true;
    this.#save.disabled = true;
    this.#problem.replaceChildren();
    try {
      await this.#desk.close(this.#handoff, {
        ...written,
        disposition: written.disposition || 'follow_up',
        ...(step ? { next_step: { text: step, due: due.toISOString() } } : {}),
      });
    } catch (error) {
      this.#problem.replaceChildren(icon('warning'), readable(error));
      this.#saving = false;
    }
    this.#save.disabled = false;
  }
}
customElements.define('wrap-up-form', WrapUpForm);

/** In the form of an `<input type=datetime-local>`. */
function tomorrowNoon() {
  const at = new Date(now());
  at.setDate(at.getDate() + 1);
  /** @param {number} number */
  const two = (number) => String(number).padStart(2, '0');
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}T12:00`;
}
