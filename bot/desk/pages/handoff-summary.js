/** @import {Handoff, Line} from './protocol.js' */
import { h, icon, present } from './dom.js';
import { adviceFor, contactReasonInWords, customerName, dayOf, reasonInWords, roughly } from './words.js';

/** Why this contact came to me, and its story in two lines: read before the transcript. */
export class HandoffSummary extends HTMLElement {
  #details = h('details', { class: 'why', open: true });

  /**
   * @param {Handoff} handoff
   * @param {string | null} why it came to me and not to somebody else
   * @param {(seq: number) => void} goTo shows an event of the transcript
   */
  constructor(handoff, why, goTo) {
    super();
    const { need, progress, time, identity } = handoff.payload;
    const about = need.contact_reason && contactReasonInWords(need.contact_reason);
    const unsure = need.confidence !== null && need.confidence !== undefined && need.confidence < 0.6;
    const facts = [
      about && `about ${about}${unsure ? ' (not certain)' : ''}`,
      time?.seconds_with_bot ? `${roughly(time.seconds_with_bot)} with the assistant` : '',
      identity?.language && identity.language !== 'en' ? `speaks ${languageName(identity.language)}` : '',
    ].filter(Boolean).join(' · ');
    const told = [facts && `${facts.charAt(0).toUpperCase()}${facts.slice(1)}.`, adviceFor(need.reason)].filter(Boolean).join(' ');

    /** @param {Line} line @param {string} [kind] */
    const item = (line, kind = '') => {
      const words = [kind === 'promise' && icon('promise'), kind === 'promise' && h('strong', {}, 'Promised: '), line.label && h('strong', {}, `${line.label}: `), line.text,
        line.due ? ` (by ${dayOf(line.due)})` : ''];
      const seq = line.event;
      if (!seq) return h('li', { class: kind }, h('span', { class: 'line' }, ...words));
      return h('li', { class: kind }, h('button', {
        type: 'button', class: 'line', title: 'Show where this was said', onclick: () => goTo(seq),
      }, ...words));
    };

    this.#details.append(...present([
      h('summary', {},
        h('span', { class: 'why-label' }, 'Why this came to you'),
        h('span', { class: 'why-reason' }, `${customerName(handoff.payload)}: ${reasonInWords(need.reason).toLowerCase()}`)),
      why && h('p', { class: 'why-me' }, icon('spark'), `${why}.`),
      handoff.callback_number && h('p', { class: 'why-me' }, icon('phone'), `Wants to be called back at ${handoff.callback_number}.`),
      need.decision ? h('p', { class: 'why-decision' }, h('strong', {}, 'To decide: '), need.decision) : '',
      told && h('p', { class: 'why-facts' }, told),
      h('ul', { class: 'why-lines' },
        ...(progress.summary ?? []).map((line) => item(line)),
        ...(progress.promises ?? []).map((line) => item(line, 'promise')))]));
    this.append(this.#details);
  }

  /** Leaves the room to the transcript; one line stays, and opens it again. */
  fold() {
    this.#details.open = false;
  }
}
customElements.define('handoff-summary', HandoffSummary);

/** @param {string} code BCP 47 */
function languageName(code) {
  try {
    return new Intl.DisplayNames(undefined, { type: 'language' }).of(code) ?? code;
  } catch {
    return code;
  }
}
