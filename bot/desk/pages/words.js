/** @import {AgentState, Handoff, LogEvent, Me, Offer, Payload, Status, TakenMessage} from './protocol.js' */
/** The wire's codes in an agent's words. A code nobody foresaw is shown readably all the same. */

/** @param {string} code @returns {string} "partly_shipped" as "Partly shipped" */
export function plain(code) {
  const words = code.replaceAll('_', ' ').trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Why a person is needed. */
const REASONS = /** @type {Record<string, string>} */ ({
  asked_for_person: 'Asked for a person',
  not_understood: 'The assistant did not understand',
  angry: 'The customer is upset',
  tool_failed: 'Something on our side failed',
  policy: 'Our rules ask for a person',
  legal: 'Speaks of legal steps',
  needs_decision: 'Needs a decision',
});

/** What to bear in mind with each of them. */
const ADVICE = /** @type {Record<string, string>} */ ({
  asked_for_person: 'They wanted a human being. Say hello with your name.',
  not_understood: 'They may have said it several times already. Read before you ask.',
  angry: 'Acknowledge it first, then solve it.',
  tool_failed: 'Our system let them down. Say sorry once, then solve it.',
  policy: 'The assistant is not allowed to decide this. You are.',
  legal: 'Stay factual, promise nothing, admit nothing. Bring in whoever handles legal matters.',
  needs_decision: 'Everything the assistant may do is done. Tell them what you decide, and why.',
});

/** What a contact is about, in the middle of a sentence. */
export const CONTACT_REASONS = /** @type {Record<string, string>} */ ({
  track_order: 'where an order is',
  cancel_order: 'cancelling an order',
  return_order: 'a return',
  product_info: 'a product',
  check_stock: 'whether something is in stock',
  complaint: 'a complaint',
});

/** @param {string} words a sentence that goes on in the middle of another */
export const lowered = (words) => words.charAt(0).toLowerCase() + words.slice(1);
/** @param {string} code */
export const reasonInWords = (code) => REASONS[code] ?? plain(code);
/** @param {Payload['need']} need */
export const isUrgent = (need) => need.priority >= 2;
/** @param {string} code */
export const adviceFor = (code) => ADVICE[code] ?? '';
/** @param {string} code */
export const contactReasonInWords = (code) => CONTACT_REASONS[code] ?? plain(code).toLowerCase();

/** How a contact ended: the code the server keeps, and what the agent reads. */
export const DISPOSITIONS = /** @type {[string, string, string][]} */ ([
  ['solved', 'Solved', 'The customer has what they came for.'],
  ['follow_up', 'Follow-up needed', 'Something is still to be done by us.'],
  ['refused', 'Refused', 'They can’t have what they wanted, and know why.'],
  ['customer_left', 'Customer left', 'They went before it was settled.'],
  ['wrong_team', 'Wrong team', 'It should not have come to us.'],
  ['spam', 'Spam', 'Not a customer, or not a question.'],
]);

/** @type {Record<Status, string>} */
const STATUSES = { available: 'Available', on_break: 'On break', after_call: 'After-call work' };
/** @type {Record<AgentState, string>} */
const STATES = {
  idle: 'free',
  offered: 'offered a contact',
  in_contact: 'in a contact',
  wrap_up: 'wrapping up',
  not_responding: 'offers went unanswered',
};

/** @param {Status | string} status @param {string | null} [reason] "On break: lunch" */
export const statusInWords = (status, reason) =>
  `${STATUSES[/** @type {Status} */ (status)] ?? plain(status)}${reason ? `: ${reason}` : ''}`;
/** @param {AgentState} state */
export const stateInWords = (state) => STATES[state] ?? plain(state).toLowerCase();
/** @param {Me} me what comes after the contact: "then lunch"; empty where nothing was chosen */
export const nextInWords = ({ next_status: next, reason }) =>
  next ? `then ${next === 'on_break' ? reason ?? 'a break' : statusInWords(next).toLowerCase()}` : '';

/** @param {Offer} offer why it came to me */
export function whyInWords({ kind, from, why, handoff }) {
  if (why.own === 'transfer') return `${from?.name ?? 'A colleague'} hands them over to you`;
  if (kind === 'consult') return `${from?.name ?? 'A colleague'} asks for your advice`;
  const known = Object.entries(why.skills ?? {}).map(([skill, level]) => `${plain(skill).toLowerCase()}: level ${level}`);
  const idle = why.idle_s && why.idle_s >= 1 ? `: ${roughly(why.idle_s)}` : '';
  if (why.own === 'named') return 'You are their own agent';
  const [first = 'them'] = handoff.payload.identity?.name?.split(' ') ?? [];
  if (why.own) return `You spoke with ${first} in the last two days`;
  if (known.length) return `You know ${known.join(', ')}`;
  if (why.ring === 'experts') return 'Nobody else was free: you are one of the experts';
  return `You have been free longest${idle}`;
}

/** @param {string} code */
export const dispositionInWords = (code) =>
  code === 'not_given' ? 'Nothing was written down' : DISPOSITIONS.find(([known]) => known === code)?.[1] ?? plain(code);

/** @type {Record<string, string>} */
const CHANNELS = {
  webchat: 'Web chat',
  phone: 'Phone',
  browser_voice: 'Browser voice',
  voice: 'Browser voice',
  callback: 'Callback',
  agent: 'Agent',
  rest: 'Chat (API)',
};
/** @param {string} code */
export const channelInWords = (code) => CHANNELS[code] ?? plain(code);
/** @param {string} code @returns {'chat' | 'phone' | 'voice'} the icon's name */
export const channelIcon = (code) =>
  code === 'phone' || code === 'callback' ? 'phone' : code.endsWith('voice') ? 'voice' : 'chat';

/** @param {Handoff} handoff where the customer is now, as far as its payload tells */
export function channelOf(handoff) {
  const told = handoff.payload.identity?.channel;
  if (told) return told;
  const events = handoff.payload.evidence?.transcript ?? [];
  const leg = events.findLast((event) => event.kind === 'leg_started' && event.data?.channel);
  if (leg?.data?.channel) return leg.data.channel;
  return events.some((event) => event.kind === 'speech') ? 'voice' : 'webchat';
}

/** @param {Payload | undefined} payload */
export const customerName = (payload) => payload?.identity?.name || payload?.identity?.caller || 'Visitor';

/** @param {Payload | undefined} payload @returns {string | null} "VIP", "Gold"; null for an ordinary one */
export function tierOf(payload) {
  const { tier, vip } = payload?.identity ?? {};
  if (vip || tier === 'vip') return 'VIP';
  return tier && tier !== 'standard' ? plain(tier) : null;
}

/** @param {number} seconds "under a minute", "4 minutes" */
export function roughly(seconds) {
  if (seconds < 60) return `${Math.round(seconds)} seconds`;
  const minutes = Math.round(seconds / 60);
  return minutes === 1 ? 'a minute' : `${minutes} minutes`;
}

const TIME = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const DAY = new Intl.DateTimeFormat(undefined, { weekday: 'short', day: 'numeric', month: 'short' });
const EXACT = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

/** @param {string} iso */
export const timeOf = (iso) => TIME.format(new Date(iso));
/** @param {string} iso */
export const exactly = (iso) => EXACT.format(new Date(iso));
/** @param {string} iso a moment, or a day (`2026-05-04`), which is the same day in every time zone */
export const dayOf = (iso) => DAY.format(new Date(iso.length === 10 ? `${iso}T12:00:00` : iso));
/** @param {string} iso "10:04" today, "Mon 4 May, 10:04" before */
export function whenOf(iso) {
  const today = new Date(iso).toDateString() === new Date().toDateString();
  return today ? timeOf(iso) : `${dayOf(iso)}, ${timeOf(iso)}`;
}

/** @param {number} ms @returns {string} "3:04" */
export const lengthOf = (ms) => `${Math.floor(ms / 60_000)}:${String(Math.floor(ms / 1000) % 60).padStart(2, '0')}`;

/** @param {number} cents @param {string} [currency] ISO 4217 */
export const money = (cents, currency = 'USD') =>
  new Intl.NumberFormat(undefined, { style: 'currency', currency }).format(cents / 100);

/** @type {Record<string, string>} */
const ACTIONS = { refund: 'refund', reship: 'send again', address: 'change of address', discount: 'discount' };
/** @param {string} kind */
export const actionInWords = (kind) => ACTIONS[kind] ?? plain(kind).toLowerCase();
/** @param {string} order its number, as it is read out */
export const spaced = (order) => order.replace(/^(\d{3})(\d{3})$/, '$1 $2');

/** @param {TakenMessage} message what the customer left; their last words where that is not said */
export function takenText(message) {
  if (message.message?.text) return message.message.text;
  const said = (message.payload?.evidence?.transcript ?? []).filter(isCustomers);
  return said.at(-1)?.text ?? '';
}

/** @param {LogEvent} event whether the customer said it */
export const isCustomers = (event) =>
  event.from === 'customer' && (event.kind === 'message' || event.kind === 'speech');

/** @param {LogEvent} event whether a person of ours said it to the customer */
export const isAnswer = (event) =>
  event.from === 'agent' && (event.kind === 'message' || event.kind === 'speech');
