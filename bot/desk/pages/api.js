/** @import {ActionRequest, Article, Authority, Canned, Colleagues, ConversationCard, Handoff, Lists, LogEvent, OrderAction, OrderAnswer, Proposal, Recording, TakenMessage, Task, WrapUp} from './protocol.js' */
import { Http } from './http.js';

/** @param {string} id */
const handoffs = (id) => `/api/desk/handoffs/${encodeURIComponent(id)}`;
/** @param {string} id */
const conversations = (id) => `/api/conversations/${encodeURIComponent(id)}`;

/** The desk's requests, as docs/protocol.md lists them. Every one of them may throw ApiError. */
export class Api extends Http {
  /** @returns {Promise<Lists>} */
  handoffs() {
    return this.ask('GET', '/api/desk/handoffs');
  }

  /** @param {string} id picks a contact out of the queue @returns {Promise<{handoff: Handoff}>} */
  accept(id) {
    return this.ask('POST', `${handoffs(id)}/accept`, {});
  }

  /** @param {string} id @returns {Promise<{handoff: Handoff}>} */
  acceptOffer(id) {
    return this.ask('POST', `/api/desk/offers/${encodeURIComponent(id)}/accept`, {});
  }

  /** @param {string} id */
  decline(id) {
    return this.ask('POST', `/api/desk/offers/${encodeURIComponent(id)}/decline`, {});
  }

  /** @param {string} id @returns {Promise<{handoff: Handoff}>} it is being wrapped up, then */
  end(id) {
    return this.ask('POST', `${handoffs(id)}/end`, {});
  }

  /** @param {string} id @returns {Promise<Proposal>} */
  wrapUp(id) {
    return this.ask('GET', `${handoffs(id)}/wrap-up`);
  }

  /** @param {string} id @param {WrapUp} wrapUp @returns {Promise<{handoff: Handoff}>} */
  close(id, wrapUp) {
    return this.ask('POST', `${handoffs(id)}/close`, wrapUp);
  }

  /** @returns {Promise<Colleagues>} */
  colleagues() {
    return this.ask('GET', '/api/desk/colleagues');
  }

  /**
   * @param {string} id
   * @param {({agent: number | string} | {group: string} | {skill: string}) & {note: string}} to
   * @returns {Promise<{handoff: Handoff}>}
   */
  transfer(id, to) {
    return this.ask('POST', `${handoffs(id)}/transfer`, to);
  }

  /** @param {string} id @param {number | string} agent @param {string} note @returns {Promise<{handoff: Handoff}>} */
  consult(id, agent, note) {
    return this.ask('POST', `${handoffs(id)}/consult`, { agent, note });
  }

  /** @param {string} id @param {number | string} agent @param {boolean} joined @returns {Promise<{handoff: Handoff}>} */
  conference(id, agent, joined) {
    return this.ask('POST', `${handoffs(id)}/conference`, { agent, joined });
  }

  /** @param {string} id rings the customer @returns {Promise<{number: string}>} */
  dial(id) {
    return this.ask('POST', `${handoffs(id)}/dial`, {});
  }

  /** @param {string} id ends my advice about a colleague's contact */
  leave(id) {
    return this.ask('POST', `${handoffs(id)}/leave`, {});
  }

  /** @returns {Promise<{messages: TakenMessage[]}>} */
  messagesTaken() {
    return this.ask('GET', '/api/desk/messages-taken');
  }

  /** @param {string} id */
  messageDone(id) {
    return this.ask('POST', `/api/desk/messages-taken/${encodeURIComponent(id)}/done`, {});
  }

  /** @returns {Promise<{tasks: Task[]}>} */
  tasks() {
    return this.ask('GET', '/api/desk/tasks');
  }

  /** @param {string} id */
  taskDone(id) {
    return this.ask('POST', `/api/desk/tasks/${encodeURIComponent(id)}/done`, {});
  }

  /** @returns {Promise<{requests: ActionRequest[]}>} */
  requests() {
    return this.ask('GET', '/api/desk/requests');
  }

  /** @param {string} id @param {{amount_cents?: number, percent?: number, answer?: string}} answer */
  grant(id, answer) {
    return this.ask('POST', `/api/desk/requests/${encodeURIComponent(id)}/grant`, answer);
  }

  /** @param {string} id @param {string} answer */
  refuse(id, answer) {
    return this.ask('POST', `/api/desk/requests/${encodeURIComponent(id)}/refuse`, { answer });
  }

  /** @returns {Promise<{replies: Canned[]}>} */
  canned() {
    return this.ask('GET', '/api/desk/canned');
  }

  /** @param {string} conversation @returns {Promise<ConversationCard>} */
  conversation(conversation) {
    return this.ask('GET', conversations(conversation));
  }

  /** @param {string} conversation @returns {Promise<Recording[]>} */
  async recordings(conversation) {
    return (await this.ask('GET', `${conversations(conversation)}/recordings`)).recordings;
  }

  /** @param {string} conversation @param {number} since @returns {Promise<{events: LogEvent[]}>} */
  events(conversation, since) {
    return this.ask('GET', `${conversations(conversation)}/events?since=${since}`);
  }

  /** @param {string} conversation @returns {Promise<{articles: Article[]}>} */
  articles(conversation) {
    return this.ask('GET', `${conversations(conversation)}/articles`);
  }

  /** @param {string} conversation @returns {Promise<Authority>} */
  authority(conversation) {
    return this.ask('GET', `${conversations(conversation)}/authority`);
  }

  /** @param {string} conversation @param {OrderAction} action sent again with the same id, it is done once @returns {Promise<OrderAnswer>} */
  orderAction(conversation, action) {
    return this.ask('POST', `${conversations(conversation)}/order-actions`, action);
  }

  /**
   * @param {string} conversation
   * @param {'reply' | 'note'} mode
   * @param {{id: string, text: string}} message sent again with the same id, it is stored once
   * @returns {Promise<{seq: number}>}
   */
  send(conversation, mode, message) {
    return this.ask('POST', `${conversations(conversation)}/${mode === 'note' ? 'notes' : 'messages'}`, message);
  }
}
