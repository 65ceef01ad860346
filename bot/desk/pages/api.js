/** @import {ConversationCard, Handoff, LogEvent, Session, TakenMessage} from './protocol.js' */
import { learnFromServer } from './clock.js';

/** An answer that was not what was asked for. `message` is for the person at the desk. */
export class ApiError extends Error {
  /**
   * @param {number} status HTTP's; 0 where no answer came
   * @param {string} code the server's, or `unreachable`
   * @param {string} message
   */
  constructor(status, code, message) {
    super(message);
    this.status = status;
    this.code = code;
  }

  /** Whether the same request may succeed a little later without anybody changing anything. */
  get passing() {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

/** @param {unknown} error @returns {string} what to tell the person */
export const readable = (error) =>
  error instanceof ApiError ? error.message : 'Something went wrong on this page. Please reload it.';

/** What to say where an error came without words of its own. */
const WORDS = /** @type {Record<number, string>} */ ({
  401: 'You are signed out. Please sign in again.',
  403: 'You are not allowed to do that.',
  404: 'That is no longer there.',
  409: 'Somebody else was faster, or it is over already.',
  413: 'That is too long.',
  429: 'That was too fast. Please wait a moment.',
});

/** No request of the desk takes longer than this when all is well. */
const PATIENCE_MS = 15_000;

/** The desk's requests. Every one of them may throw ApiError. */
export class Api {
  #csrf = '';
  /** Called when an answer says that the session is over. */
  onSignedOut = () => {};

  /** @returns {Promise<Session>} */
  async me() {
    return this.#session(await this.#ask('GET', '/api/me'));
  }

  /** @param {string} username @param {string} password @returns {Promise<Session>} */
  async signIn(username, password) {
    return this.#session(await this.#ask('POST', '/api/signin', { username, password }));
  }

  signOut() {
    return this.#ask('POST', '/api/signout');
  }

  /** @param {string} current @param {string} password */
  changePassword(current, password) {
    return this.#ask('POST', '/api/password', { current, new: password });
  }

  /** @returns {Promise<{waiting: Handoff[], mine: Handoff[]}>} */
  handoffs() {
    return this.#ask('GET', '/api/desk/handoffs');
  }

  /** @param {string} id @returns {Promise<{handoff: Handoff}>} */
  accept(id) {
    return this.#ask('POST', `/api/desk/handoffs/${encodeURIComponent(id)}/accept`, {});
  }

  /** @param {string} id @param {string} disposition @param {string} summary */
  close(id, disposition, summary) {
    const path = `/api/desk/handoffs/${encodeURIComponent(id)}/close`;
    return this.#ask('POST', path, { disposition, summary });
  }

  /** @returns {Promise<{messages: TakenMessage[]}>} */
  messagesTaken() {
    return this.#ask('GET', '/api/desk/messages-taken');
  }

  /** @param {string} id */
  messageDone(id) {
    return this.#ask('POST', `/api/desk/messages-taken/${encodeURIComponent(id)}/done`, {});
  }

  /** @param {string} conversation @returns {Promise<ConversationCard>} */
  conversation(conversation) {
    return this.#ask('GET', `/api/conversations/${encodeURIComponent(conversation)}`);
  }

  /** @param {string} conversation @param {number} since @returns {Promise<{events: LogEvent[]}>} */
  events(conversation, since) {
    return this.#ask('GET', `/api/conversations/${encodeURIComponent(conversation)}/events?since=${since}`);
  }

  /**
   * @param {string} conversation
   * @param {'reply' | 'note'} mode
   * @param {{id: string, text: string}} message sent again with the same id, it is stored once
   * @returns {Promise<{seq: number}>}
   */
  send(conversation, mode, message) {
    const kind = mode === 'note' ? 'notes' : 'messages';
    return this.#ask('POST', `/api/conversations/${encodeURIComponent(conversation)}/${kind}`, message);
  }

  /** @param {Session} session */
  #session(session) {
    this.#csrf = session.csrf;
    return session;
  }

  /**
   * @param {'GET' | 'POST'} method
   * @param {string} path
   * @param {unknown} [body]
   * @returns {Promise<any>} the answer's JSON; null where it has none
   */
  async #ask(method, path, body) {
    /** @type {Record<string, string>} */
    const headers = { Accept: 'application/json' };
    if (method === 'POST') headers['X-CSRF-Token'] = this.#csrf;
    if (body !== undefined) headers['Content-Type'] = 'application/json';
    const request = {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(PATIENCE_MS),
    };
    const response = await fetch(path, request).catch(() => null);
    if (!response) {
      throw new ApiError(0, 'unreachable', "The server can't be reached. It will be tried again.");
    }
    learnFromServer(response.headers.get('Date'));
    const answer = await response.json().catch(() => null);
    if (response.ok) return answer;
    if (response.status === 401 && path !== '/api/signin') this.onSignedOut();
    throw new ApiError(
      response.status,
      answer?.error?.code ?? 'unknown',
      explain(response, answer?.error?.message),
    );
  }
}

/** @param {Response} response @param {unknown} told the server's own words */
function explain(response, told) {
  if (typeof told === 'string' && told) return told;
  const after = Number(response.headers.get('Retry-After'));
  if (response.status === 429 && after > 0) {
    return `Too many tries. Please wait ${after < 90 ? `${after} seconds` : `${Math.ceil(after / 60)} minutes`}.`;
  }
  return WORDS[response.status] ?? `The server had a problem (${response.status}). Please try again.`;
}
