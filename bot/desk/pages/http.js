/** @import {Session} from './protocol.js' */
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

/** Requests to the server, with the session's token. Every one of them may throw ApiError. */
export class Http {
  #csrf = '';
  /** Called when an answer says that the session is over. */
  onSignedOut = () => {};

  /** @returns {Promise<Session>} */
  async me() {
    return this.#session(await this.ask('GET', '/api/me'));
  }

  /** @param {string} username @param {string} password @returns {Promise<Session>} */
  async signIn(username, password) {
    return this.#session(await this.ask('POST', '/api/signin', { username, password }));
  }

  signOut() {
    return this.ask('POST', '/api/signout');
  }

  /** @param {string} current @param {string} password */
  changePassword(current, password) {
    return this.ask('POST', '/api/password', { current, new: password });
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
  async ask(method, path, body) {
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
