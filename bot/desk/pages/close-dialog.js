/** @import {Desk} from './desk.js' */
/** @import {Handoff} from './protocol.js' */
import { readable } from './api.js';
import { h, icon } from './dom.js';
import { customerName, DISPOSITIONS } from './words.js';

/**
 * Asks how it ended. The summary is filled in from what is known, and corrected by the person.
 * @param {Desk} desk
 * @param {Handoff} handoff
 */
export function askToClose(desk, handoff) {
  const problem = h('p', { class: 'form-problem', role: 'alert' });
  const summary = h('textarea', { id: 'close-summary', rows: '5' });
  summary.value = (handoff.payload.progress.summary ?? []).map((line) => (line.label ? `${line.label}: ${line.text}` : line.text)).join('\n');
  const confirm = h('button', { type: 'submit', class: 'primary' }, 'Close');
  const choices = DISPOSITIONS.map(([code, word, meaning], index) => h('label', { class: 'choice' },
    h('input', { type: 'radio', name: 'disposition', value: code, required: true, autofocus: index === 0 }),
    h('span', {}, h('strong', {}, word), h('span', { class: 'quiet' }, meaning))));

  /** @param {SubmitEvent} event */
  const submit = async (event) => {
    event.preventDefault();
    const form = /** @type {HTMLFormElement} */ (event.target);
    const disposition = String(new FormData(form).get('disposition') ?? '');
    confirm.disabled = true;
    problem.replaceChildren();
    try {
      await desk.close(handoff, disposition, summary.value.trim());
      dialog.close();
    } catch (error) {
      problem.replaceChildren(icon('warning'), readable(error));
    } finally {
      confirm.disabled = false;
    }
  };
  const unsent = desk.outbox.of(handoff.conversation).length;
  const dialog = h('dialog', { class: 'close-dialog', 'aria-labelledby': 'close-title', onclose: () => dialog.remove() },
    h('form', { onsubmit: submit },
      h('h2', { id: 'close-title' }, `Close with ${customerName(handoff.payload)}`),
      h('p', { class: 'quiet' }, 'The assistant answers again afterwards, and knows how it ended.'),
      unsent > 0 && h('p', { class: 'form-problem' }, icon('warning'), `${unsent === 1 ? 'A message' : `${unsent} messages`} of yours did not reach the customer yet.`),
      h('fieldset', {}, h('legend', {}, 'How did it end?'), ...choices),
      h('label', { for: 'close-summary' }, 'Summary for whoever is next'), summary, problem,
      h('div', { class: 'dialog-buttons' },
        h('button', { type: 'button', onclick: () => dialog.close() }, 'Not yet'), confirm)));
  document.body.append(dialog);
  dialog.showModal();
}
