/** @import {Desk} from './desk.js' */
/** @import {Handoff} from './protocol.js' */
import { h, icon, once } from './dom.js';
import { customerName } from './words.js';

/**
 * Colleagues who came to advise, and what comes of it: hand over now, let them join the customer. Who
 * was asked sees whose contact it is, and leaves here.
 * @param {Desk} desk
 * @param {Handoff} handoff
 * @returns {HTMLElement | null} null where nobody was asked
 */
export function consultBar(desk, handoff) {
  const consults = handoff.consults ?? [];
  const line = desk.lineOf(handoff.conversation);
  const own = consults.find((one) => one.id === desk.agent.id);
  if (desk.advising.some((one) => one.id === handoff.id)) {
    return h('div', { class: 'consult-bar', role: 'group', 'aria-label': 'Advice' }, h('div', { class: 'advice' }, icon('people'),
      h('p', {}, h('strong', {}, `${handoff.agent?.name ?? 'A colleague'} asked you. `), own?.joined ? `You may ${line ? 'talk' : 'write'} to ${customerName(handoff.payload)}, too.` : 'Your notes are for the team; the customer sees nothing.'),
      h('button', { type: 'button', onclick: once(() => desk.leave(handoff)) }, 'Thanks, leave')));
  }
  if (!consults.length) return null;
  return h('div', { class: 'consult-bar', role: 'group', 'aria-label': 'Colleagues asked' }, ...consults.map(({ id, name, joined }) => {
    const handOver = async () => {
      const done = await desk.attempt(() => desk.change(() => desk.api.transfer(handoff.id, { agent: id, note: `${desk.agent.name} and ${name} spoke about it.` })));
      if (done) desk.tell(`${customerName(handoff.payload)} is ${name}'s now.`, 'good');
    };
    const setJoined = () => desk.attempt(() => desk.change(() => desk.api.conference(handoff.id, id, !joined)));
    return h('div', { class: 'advice' }, icon('people'),
      h('p', {}, joined ? `${name} may ${line ? 'talk' : 'write'} to the customer, too.` : line ? `${name} reads along. With both headsets on, you talk alone and the caller hears music.` : `${name} reads along; what they write is for you only.`),
      h('button', { type: 'button', onclick: once(setJoined) }, joined ? 'Only advice again' : `Bring ${name} in`),
      h('button', { type: 'button', class: 'primary', onclick: once(handOver) }, 'Hand over now'));
  }));
}
