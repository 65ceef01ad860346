/** @import {Desk} from './desk.js' */
/** @import {Colleague, Handoff} from './protocol.js' */
import { h, icon } from './dom.js';
import { readable } from './http.js';
import { customerName, plain, stateInWords, statusInWords } from './words.js';

/** @typedef {{agent: number | string} | {group: string} | {skill: string}} To */
/** @typedef {{to: To, name: string, facts: string, there: boolean}} Choice */

/**
 * Asks to whom, with what note, and in which of three ways: handing over, asking first, or bringing a
 * colleague to the customer.
 * @param {Desk} desk
 * @param {Handoff} handoff
 */
export async function askToTransfer(desk, handoff) {
  const name = customerName(handoff.payload);
  const problem = h('p', { class: 'form-problem', role: 'alert' });
  const filter = h('input', { id: 'transfer-filter', type: 'search', autocomplete: 'off', autofocus: true, placeholder: 'Name, skill or group' });
  const note = h('textarea', { id: 'transfer-note', rows: '3', required: true, maxlength: '1000', placeholder: 'What they must know before they say hello' });
  const list = h('div', { class: 'to-whom', role: 'radiogroup', 'aria-label': 'To whom' }, h('p', { class: 'quiet' }, 'Asking who is there…'));
  const handOver = h('button', { type: 'submit', class: 'primary', title: 'They get it now, with your note' }, 'Hand over');
  const ask = h('button', { type: 'button', title: 'It stays yours; they read along and write notes', onclick: () => act('ask') }, 'Ask first');
  const join = h('button', { type: 'button', title: 'You stay, and they may write to the customer, too', onclick: () => act('join') }, 'Bring them in');
  const buttons = [join, ask, handOver];
  /** @type {Choice[]} */
  let choices = [];

  const chosen = () => choices[Number(new FormData(form).get('to') ?? -1)];
  const showButtons = () => {
    const choice = chosen();
    const isColleague = Boolean(choice && 'agent' in choice.to);
    join.disabled = ask.disabled = Boolean(choice) && !isColleague;
  };

  /** @param {'hand over' | 'ask' | 'join'} way */
  const act = async (way) => {
    const choice = chosen();
    const words = note.value.trim();
    if (!choice) return complain('Choose somebody first.', filter);
    if (!words) return complain('Write a note: it spares the customer from saying it again.', note);
    for (const button of buttons) button.disabled = true;
    problem.replaceChildren();
    try {
      await (way === 'hand over' ? transfer(desk, handoff, choice, words) : consult(desk, handoff, choice, words, way === 'join'));
      dialog.close();
    } catch (error) {
      complain(readable(error), note);
    }
    for (const button of buttons) button.disabled = false;
    showButtons();
  };

  /** @param {string} words @param {HTMLElement} place */
  const complain = (words, place) => {
    problem.replaceChildren(icon('warning'), words);
    place.focus();
  };

  const show = () => {
    const wanted = filter.value.trim().toLowerCase();
    for (const row of list.querySelectorAll('label')) row.hidden = !(row.textContent ?? '').toLowerCase().includes(wanted);
  };
  filter.addEventListener('input', show);
  filter.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' && event.key !== 'ArrowDown') return;
    event.preventDefault();
    const first = [...list.querySelectorAll('label')].find((row) => !row.hidden)?.querySelector('input:enabled');
    if (!(first instanceof HTMLInputElement)) return;
    first.click();
    if (event.key === 'Enter') note.focus();
    else first.focus();
  });

  const form = h('form', { onsubmit: (/** @type {SubmitEvent} */ event) => { event.preventDefault(); void act('hand over'); } },
    h('h2', { id: 'transfer-title' }, `Hand over or ask about ${name}`),
    h('div', { class: 'field' }, h('label', { for: 'transfer-filter' }, 'To whom'), filter), list,
    h('div', { class: 'field' }, h('label', { for: 'transfer-note' }, 'Note for them (the customer never sees it)'), note), problem,
    h('p', { class: 'quiet ways' }, 'Hand over: it is theirs. Ask first: it stays yours, and they advise you. Bring them in: both of you with the customer.'),
    h('div', { class: 'dialog-buttons' }, h('button', { type: 'button', class: 'not-yet', onclick: () => dialog.close() }, 'Not yet'), ...buttons));
  form.addEventListener('change', showButtons);
  form.noValidate = true;
  const dialog = h('dialog', { class: 'transfer-dialog', 'aria-labelledby': 'transfer-title', onclose: () => dialog.remove() }, form);
  document.body.append(dialog);
  dialog.showModal();
  try {
    const there = await desk.api.colleagues();
    choices = [
      ...there.agents.toSorted(freeFirst).map(colleague),
      ...there.groups.map((group) => ({ to: { group }, name: plain(group), facts: 'group: whoever is free', there: true })),
      ...there.skills.map((skill) => ({ to: { skill }, name: plain(skill), facts: 'skill: whoever knows it', there: true })),
    ];
    list.replaceChildren(...choices.map(({ name: word, facts, there: isHere }, index) => h('label', { class: 'choice' },
      h('input', { type: 'radio', name: 'to', value: index, disabled: !isHere }),
      h('span', {}, h('strong', {}, word), h('span', { class: 'quiet' }, facts)))));
    if (!choices.length) list.replaceChildren(h('p', { class: 'quiet' }, 'You are the only one here.'));
    show();
  } catch (error) {
    complain(readable(error), filter);
  }
}

/** @param {Colleague} one @param {Colleague} other */
const freeFirst = (one, other) => rank(one) - rank(other) || one.name.localeCompare(other.name);
/** @param {Colleague} one */
const rank = (one) => (!one.here ? 3 : one.status !== 'available' ? 2 : one.state === 'idle' ? 0 : 1);

/** @param {Colleague} one @returns {Choice} */
function colleague(one) {
  const skills = Object.entries(one.skills).map(([skill, level]) => `${plain(skill).toLowerCase()} ${level}`);
  const doing = !one.here ? 'not here' : one.status === 'available' ? stateInWords(one.state) : statusInWords(one.status).toLowerCase();
  const facts = [doing, one.role === 'agent' ? '' : one.role, ...skills].filter(Boolean).join(' · ');
  return { to: { agent: one.id }, name: one.name, facts, there: one.here };
}

/** @param {Desk} desk @param {Handoff} handoff @param {Choice} choice @param {string} note throws ApiError */
async function transfer(desk, handoff, { to, name }, note) {
  await desk.change(() => desk.api.transfer(handoff.id, { ...to, note }));
  desk.kept.forget(handoff.conversation);
  desk.tell(`${customerName(handoff.payload)} is handed over to ${name}, with your note.`, 'good');
  desk.show(null);
}

/** @param {Desk} desk @param {Handoff} handoff @param {Choice} choice @param {string} note @param {boolean} joined throws ApiError */
async function consult(desk, handoff, { to, name }, note, joined) {
  if (!('agent' in to)) return;
  await desk.change(() => desk.api.consult(handoff.id, to.agent, note));
  if (joined) desk.invitations.invite(handoff.id, to.agent);
  desk.tell(joined ? `${name} is asked to join, and comes in once they accept.` : `${name} is asked. What they write is for you only.`, 'good');
}
