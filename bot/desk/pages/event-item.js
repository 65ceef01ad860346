/** @import {LogEvent} from './protocol.js' */
/** @import {Unsent} from './kept.js' */
import { h, icon, safeLink, withLinks } from './dom.js';
import { teamEvent } from './team-event.js';
import { channelInWords, dayOf, dispositionInWords, exactly, plain, reasonInWords, whenOf } from './words.js';

/** Below this a recognised sentence is likely to hold a wrong word. */
const UNSURE_BELOW = 0.7;

/** @type {Record<string, string>} */
const ROLE = { customer: 'customer', assistant: 'assistant', agent: 'agent', system: '' };

/**
 * One event as a list item of the transcript; null where it only changes another one.
 * @param {LogEvent} event
 * @param {string} customer name to show where the event has none
 * @returns {HTMLLIElement | null}
 */
export function eventItem(event, customer) {
  switch (event.kind) {
    case 'message':
      return spoken(event, customer, [words(event), ...extras(event)]);
    case 'speech':
      return spoken(event, customer, [words(event), ...recognised(event)]);
    case 'note':
      return bubble(event, 'note', [h('strong', {}, event.name ?? (event.from === 'system' ? 'Warmline' : 'Agent')), ' · internal note'], [words(event)]);
    case 'wrap_up':
      return bubble(event, 'note', [h('strong', {}, event.name ?? 'Agent'), ' · wrap-up: ', dispositionInWords(event.data?.disposition ?? '')],
        [h('p', { class: 'words' }, event.data?.summary || event.text || '')]);
    case 'speech_started':
    case 'speech_ended':
      return null;
    default:
      return aside(event);
  }
}

/**
 * After an interruption: what the customer heard, in place of what was meant.
 * @param {HTMLElement} item the message's
 * @param {LogEvent} ended `speech_ended`
 */
export function showHeard(item, ended) {
  const shown = item.querySelector('.words');
  if (!shown || !ended.data?.interrupted) return;
  const heard = ended.data.heard?.trim();
  shown.replaceChildren(heard ? `${heard} …` : '(nothing of it was heard)');
  item.querySelector('.interrupted')?.remove();
  item.querySelector('.bubble')?.append(h('p', { class: 'extra interrupted' }, icon('warning'), 'Interrupted here: the customer heard only this much.'));
}

/**
 * A message of ours that has not come back from the server yet.
 * @param {Unsent} message
 * @param {string} name
 * @param {{again: () => void, edit: (() => void) | null, discard: () => void}} act
 */
export function unsentItem(message, name, act) {
  const who = [h('strong', {}, name), message.mode === 'note' ? ' · internal note' : ' · agent'];
  const state = message.problem
    ? h('p', { class: 'extra refused', role: 'alert' }, icon('warning'), `Not sent. ${message.problem}`)
    : h('p', { class: 'extra' }, 'On its way…');
  return h('li', { class: `event ${message.mode === 'note' ? 'note' : 'agent'} unsent`, 'data-key': message.id },
    h('div', { class: 'bubble' },
      h('p', { class: 'who' }, ...who), h('p', { class: 'words' }, ...withLinks(message.text)), state,
      message.problem && h('p', { class: 'extra' },
        h('button', { type: 'button', onclick: act.again }, 'Try again'),
        act.edit && h('button', { type: 'button', onclick: act.edit }, 'Back to the draft'),
        h('button', { type: 'button', onclick: act.discard }, 'Discard'))));
}

/** @param {LogEvent} event @param {string} customer @param {(Node | string)[]} content */
function spoken(event, customer, content) {
  const name = event.name ?? (event.from === 'customer' ? customer : plain(event.from));
  const role = ROLE[event.from] ?? '';
  const item = bubble(event, event.from, [h('strong', {}, name), role ? ` · ${role}` : ''], content);
  if (event.data?.filler) item.classList.add('filler');
  return item;
}

/** @param {LogEvent} event @param {string} style @param {(Node | string)[]} who @param {(Node | string)[]} content */
function bubble(event, style, who, content) {
  return place(event, `event ${style}`, h('div', { class: 'bubble' }, h('p', { class: 'who' }, ...who, ' ', time(event)), ...content));
}

/** @param {LogEvent} event what happened, between what was said */
function aside(event) {
  const internal = teamEvent(event);
  const line = h('p', { class: 'aside' }, ...(internal ?? happened(event)), ' ', time(event));
  return place(event, `event happened ${internal ? 'internal ' : ''}${event.kind}`, line);
}

/** @param {LogEvent} event @returns {(Node | string)[]} */
function happened(event) {
  const data = event.data ?? {};
  switch (event.kind) {
    case 'handoff_requested':
      return [icon('people'), `A person is needed: ${reasonInWords(data.reason ?? '').toLowerCase()}`];
    case 'handoff_accepted':
      return [icon('person'), `${event.name ?? 'An agent'} joined`];
    case 'handoff_ended':
      return [icon('check'), 'The assistant answers again', data.outcome ? ` (${dispositionInWords(data.outcome).toLowerCase()})` : ''];
    case 'message_taken':
      return [icon('note'), 'Nobody was there; the message was kept for the team'];
    case 'promise':
      return [icon('promise'), h('strong', {}, 'Promised: '), event.text ?? '', data.due ? ` (by ${dayOf(data.due)})` : ''];
    case 'identity':
      return [
        icon('check'),
        data.verified ? `Identified as ${data.name ?? 'a customer'}` : `Order ${data.order ?? ''} may be spoken about, nothing else`,
        data.how ? `, by ${data.how}` : '',
      ];
    case 'rating':
      return [`Rated ${data.stars ?? '?'} of 5 stars`, data.comment ? `: “${data.comment}”` : ''];
    case 'leg_started':
      return [`${channelInWords(data.channel ?? 'contact')} begins`];
    case 'leg_ended':
      return [`${channelInWords(data.channel ?? 'contact')} ends`];
    case 'conversation_ended':
      return ['The conversation is over'];
    default:
      return [plain(event.kind), event.text ? `: ${event.text}` : ''];
  }
}

/** @param {LogEvent} event @param {string} style @param {HTMLElement} content */
function place(event, style, content) {
  return h('li', { class: style, id: `event-${event.seq}`, 'data-seq': event.seq, tabindex: '-1' }, content);
}

/** @param {LogEvent} event */
const words = (event) => h('p', { class: 'words' }, ...withLinks(event.text ?? ''));

/** @param {LogEvent} event */
const time = (event) => h('time', { datetime: event.at, title: exactly(event.at) }, whenOf(event.at));

/** @param {LogEvent} event @returns {HTMLElement[]} what came with a message */
function extras(event) {
  const { buttons, source, truncated } = event.data ?? {};
  const found = [];
  if (buttons?.length) {
    found.push(h('ul', { class: 'offered', 'aria-label': 'Buttons offered' }, ...buttons.map((button) => h('li', {}, button.title))));
  }
  if (source) found.push(h('p', { class: 'extra' }, 'From the help article ', safeLink(source.url, source.title) ?? source.title));
  if (truncated) found.push(h('p', { class: 'extra' }, icon('warning'), 'Longer than we keep: cut here.'));
  return found;
}

/** @param {LogEvent} event @returns {HTMLElement[]} how far recognised speech can be trusted */
function recognised(event) {
  const { confidence, alternatives } = event.data ?? {};
  const parts = [];
  if (typeof confidence === 'number') {
    const unsure = confidence < UNSURE_BELOW;
    parts.push(h('p', { class: unsure ? 'extra unsure' : 'extra' }, icon(unsure ? 'warning' : 'voice'),
      `Spoken, ${Math.round(confidence * 100)} % sure${unsure ? ': some words may be wrong' : ''}`));
  } else parts.push(h('p', { class: 'extra' }, icon('voice'), 'Spoken'));
  const others = (alternatives ?? []).map(alternativeText).filter((text) => text && text !== event.text);
  if (others.length) {
    parts.push(h('details', { class: 'extra' }, h('summary', {}, 'It may also have been'),
      h('ul', {}, ...others.map((text) => h('li', {}, text)))));
  }
  return parts;
}

/** @param {unknown} alternative */
function alternativeText(alternative) {
  if (typeof alternative === 'string') return alternative;
  const held = /** @type {{text?: unknown} | null} */ (alternative);
  return typeof held?.text === 'string' ? held.text : '';
}
