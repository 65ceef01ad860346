/** @import {LogEvent} from './protocol.js' */
import { h, icon } from './dom.js';
import { actionInWords, money, spaced } from './words.js';

/**
 * What happened inside the team, which customers never see: said in a line.
 * @param {LogEvent} event
 * @returns {(Node | string)[] | null} null where it is none of these
 */
export function teamEvent(event) {
  const data = event.data ?? {};
  const who = event.name ?? data.by ?? 'An agent';
  const quoted = (/** @type {string | null | undefined} */ text) => (text ? `: “${text}”` : '');
  switch (event.kind) {
    case 'offer_declined':
      return [icon('people'), `${who} declined it`];
    case 'transfer':
      return [icon('people'), h('strong', {}, `${data.from ?? who} handed over to ${data.to ?? 'the queue'}`), quoted(data.note ?? event.text)];
    case 'consult':
      if (data.came === false) return [icon('people'), `${data.agent ?? who} can't come now`];
      if (data.here !== undefined) return [icon('people'), `${data.agent ?? who} ${data.here ? 'reads along' : 'has left'}`];
      return [icon('people'), h('strong', {}, `${who} asked ${data.agent ?? 'a colleague'}`), quoted(data.note ?? event.text)];
    case 'conference':
      return [icon('people'), `${data.agent ?? 'A colleague'} ${data.joined ? 'may write to the customer, too' : 'only advises again'}`];
    case 'order_action':
      return [icon('check'), h('strong', {}, `${data.by ?? who}: `), data.text ?? event.text ?? `${actionInWords(data.kind ?? '')}, order ${spaced(data.order ?? '')}`,
        data.granted_by ? ` (granted by ${data.granted_by})` : ''];
    case 'order_request':
      return [icon('warning'), h('strong', {}, `${who} asked a senior`), `: ${actionInWords(data.kind ?? '')}${howMuch(data)}, order ${spaced(data.order ?? '')}`, data.why ? `: “${data.why}”` : ''];
    case 'order_request_answered':
      return [icon(data.granted ? 'check' : 'close'), h('strong', {}, answeredInWords(event)), quoted(data.answer)];
    default:
      return null;
  }
}

/** @param {LogEvent} event "Noor granted it" */
export const answeredInWords = ({ name, data }) => `${data?.by ?? name ?? 'A senior'} ${data?.granted ? 'granted it' : 'refused it'}`;

/** @param {{kind?: string, amount_cents?: number | null, percent?: number | null, currency?: string}} data */
function howMuch({ kind, amount_cents: cents, percent, currency }) {
  if (kind === 'discount' && percent) return ` ${percent} %`;
  return cents ? ` ${money(cents, currency)}` : '';
}
