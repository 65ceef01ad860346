/**
 * One voice call and its controls. Loaded when the microphone button is first pressed.
 *
 * @import {Word} from './words.js'
 */
import { h, icon } from './dom.js';
import { words } from './words.js';

const SENT_RATE = 16_000;
/** Bytes: older sound is not worth sending. */
const LONGEST_BACKLOG = 2 * SENT_RATE * 2;
const CONNECT_WITHIN_MS = 10_000;
/** The number of sound without a message. */
const LIVE = 0;

/** Ended badly, or never began: `word` says it to people. */
class CallProblem extends Error {
  /** @param {Word} word */
  constructor(word) {
    super(word);
    this.word = word;
  }
}

/**
 * @typedef {'connecting' | 'listening' | 'hearing' | 'speaking'} State
 * @typedef {{
 *   state(state: State): void, level(level: number): void, partial(text: string): void,
 *   ended(problem: Error | null): void,
 * }} On  `level`: 0 to 1, of whoever speaks.
 */

/** Microphone to server, its voice back, and the count of what was heard. */
class Call {
  /** @type {MediaStream | null} */
  #stream = null;
  /** @type {AudioContext | null} */
  #ears = null;
  /** @type {AudioWorkletNode | null} */
  #player = null;
  /** @type {WebSocket | null} */
  #socket = null;
  #over = false;
  /** @type {number | null} the message being played */
  #playing = null;
  #hearing = false;
  #speakers;
  #server;
  #on;

  /** @param {URL} server @param {AudioContext | null} speakers  Made in a click. @param {On} on */
  constructor(server, speakers, on) {
    this.#server = server;
    this.#speakers = speakers;
    this.#on = on;
  }

  // The permission first: the ticket lasts 60 s.
  /** @param {() => Promise<import('./types.js').Ticket>} ticket */
  async start(ticket) {
    try {
      this.#stream = await microphone(this.#speakers);
      if (this.#over) return this.#release();
      this.#on.state('connecting');
      await this.#openPlayer();
      const { ticket: key, path } = await ticket().catch((error) => {
        throw error.message ? error : new CallProblem('call_failed');
      });
      if (this.#over) return this.#release();
      await this.#connect(key, path);
      await this.#openEars();
    } catch (error) {
      const known = error instanceof CallProblem || (error instanceof Error && !isBrowsers(error));
      if (!known) console.error(error);
      this.#end(known ? /** @type {Error} */ (error) : new CallProblem('call_failed'));
    }
  }

  /** @param {boolean} muted */
  mute(muted) {
    // Silence still flows, so that the server's sense of time does not stop.
    for (const track of this.#stream?.getAudioTracks() ?? []) track.enabled = !muted;
  }

  hangUp() {
    this.#tell({ type: 'stop' });
    this.#end(null);
  }

  async #openPlayer() {
    const speakers = /** @type {AudioContext} */ (this.#speakers);
    await speakers.audioWorklet.addModule(new URL('widget/worklets.js', this.#server).href);
    const player = new AudioWorkletNode(speakers, 'warmline-player', { numberOfInputs: 0 });
    player.port.onmessage = ({ data }) => this.#played(data);
    player.connect(speakers.destination);
    this.#player = player;
  }

  async #openEars() {
    const stream = /** @type {MediaStream} */ (this.#stream);
    const speakers = /** @type {AudioContext} */ (this.#speakers);
    /** @type {AudioContext} */
    let ears = speakers;
    let source;
    try {
      this.#ears = new AudioContext({ sampleRate: SENT_RATE });
      source = this.#ears.createMediaStreamSource(stream);
      ears = this.#ears;
      await ears.audioWorklet.addModule(new URL('widget/worklets.js', this.#server).href);
    } catch {
      // Firefox wants a context of the microphone's rate.
      source = speakers.createMediaStreamSource(stream);
      ears = speakers;
    }
    const node = new AudioWorkletNode(ears, 'warmline-microphone', {
      numberOfOutputs: 0, channelCount: 1, channelCountMode: 'explicit',
      processorOptions: { rate: SENT_RATE },
    });
    node.port.onmessage = ({ data }) => this.#heard(data);
    source.connect(node);
    await ears.resume();
  }

  /** @param {{sound: ArrayBuffer, level: number}} frame */
  #heard({ sound, level }) {
    const socket = this.#socket;
    if (socket?.readyState !== WebSocket.OPEN) return;
    if (socket.bufferedAmount < LONGEST_BACKLOG) socket.send(sound);
    if (!this.#playing) this.#on.level(Math.min(1, level * 6));
  }

  /** @param {{of: number, ms: number, ended: boolean, level: number}} report */
  #played({ of, ms, ended, level }) {
    if (of === LIVE) return;
    this.#tell({ type: 'played', of, ms });
    if (of !== this.#playing) return;
    this.#on.level(ended ? 0 : Math.min(1, level * 6));
    if (ended) this.#playing = null;
    this.#state();
  }

  /** @param {string} ticket @param {string} path  @returns {Promise<void>} */
  #connect(ticket, path) {
    const url = new URL(path.replace(/^\//u, ''), this.#server);
    url.protocol = this.#server.protocol === 'http:' ? 'ws:' : 'wss:';
    url.searchParams.set('ticket', ticket);
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(url);
      this.#socket = socket;
      socket.binaryType = 'arraybuffer';
      const late = setTimeout(() => reject(new CallProblem('call_failed')), CONNECT_WITHIN_MS);
      let ready = false;
      socket.onopen = () => this.#tell({ type: 'start', rate: SENT_RATE });
      socket.onmessage = ({ data }) => {
        if (data instanceof ArrayBuffer) {
          if (this.#playing === null) this.#player?.port.postMessage({ begin: LIVE });
          this.#playing ??= LIVE;
          this.#player?.port.postMessage(data, [data]);
          return;
        }
        const frame = JSON.parse(data);
        if (frame.type === 'ready') {
          ready = true;
          clearTimeout(late);
          this.#player?.port.postMessage({ rate: frame.rate });
          this.#state();
          resolve();
        } else this.#frame(frame);
      };
      socket.onclose = () => {
        clearTimeout(late);
        const problem = new CallProblem(ready ? 'call_lost' : 'call_failed');
        if (ready) this.#end(problem);
        else reject(problem);
      };
    });
  }

  /** @param {any} frame */
  #frame(frame) {
    const player = this.#player?.port;
    switch (frame.type) {
      case 'speech':
        this.#hearing = frame.speaking;
        return this.#state();
      case 'partial':
        return this.#on.partial(frame.text);
      case 'heard':
        return this.#on.partial('');
      case 'says':
        this.#playing = frame.seq;
        player?.postMessage({ begin: frame.seq });
        return this.#state();
      case 'said':
        return player?.postMessage({ end: frame.seq });
      case 'clear':
        this.#playing = null;
        player?.postMessage({ clear: true });
        return this.#state();
      case 'error':
        return this.#end(new Error(frame.message));
      case 'bye':
        return this.#end(null);
    }
  }

  #state() {
    const state = this.#hearing ? 'hearing' : !this.#playing ? 'listening' : 'speaking';
    this.#on.state(state);
  }

  /** @param {object} frame */
  #tell(frame) {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(frame));
  }

  /** @param {Error | null} problem */
  #end(problem) {
    if (this.#over) return;
    this.#over = true;
    this.#release();
    this.#on.ended(problem);
  }

  #release() {
    this.#over = true;
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    if (this.#socket) {
      this.#socket.onclose = this.#socket.onmessage = null;
      this.#socket.close();
    }
    void this.#ears?.close();
    if (this.#speakers && this.#speakers.state !== 'closed') void this.#speakers.close();
  }
}

/** @param {AudioContext | null} speakers */
async function microphone(speakers) {
  if (!isSecureContext) throw new CallProblem('call_insecure');
  if (!navigator.mediaDevices || !speakers?.audioWorklet) throw new CallProblem('call_unsupported');
  try {
    return await navigator.mediaDevices.getUserMedia({
      audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true },
    });
  } catch (error) {
    const name = error instanceof Error ? error.name : '';
    if (name === 'NotAllowedError') throw new CallProblem('call_denied');
    if (name === 'NotFoundError') throw new CallProblem('call_nomic');
    if (name === 'NotReadableError') throw new CallProblem('call_busy');
    throw error;
  }
}

/** Errors of browsers are for their makers. @param {Error} error */
function isBrowsers(error) {
  return error instanceof DOMException || error.name !== 'Error';
}

const BARS = 9;

/** What stands in the composer's place during a call. */
export class CallBar {
  #words = h('p', { class: 'hearing' }, words.call_hint);
  #state = h('p', { role: 'status' }, words.call_asking);
  #level = h('div', { class: 'level', 'aria-hidden': true });
  #mute;
  #call;
  #session;
  #muted = false;

  /**
   * @param {{session: import('./session.js').Session, server: URL}} parts
   * @param {AudioContext | null} speakers
   * @param {(problem: string | null) => void} ended  with words for people if it went wrong
   */
  constructor({ session, server }, speakers, ended) {
    this.#session = session;
    for (let bar = 0; bar < BARS; bar += 1) this.#level.append(h('i'));
    this.#mute = h(
      'button',
      { type: 'button', class: 'round mute', 'aria-pressed': 'false', 'aria-label': words.mute,
        onclick: () => this.#toggle() },
      icon('mic'),
    );
    const hangUp = h(
      'button',
      { type: 'button', class: 'round hangup', 'aria-label': words.hangup,
        onclick: () => this.hangUp() },
      icon('hangup'),
    );
    this.element = h(
      'div', { class: 'call', role: 'group', 'aria-label': words.call_label },
      this.#words,
      h('div', { class: 'controls' }, this.#mute,
        h('div', { class: 'voice' }, this.#level, this.#state), hangUp),
    );
    this.#call = new Call(server, speakers, {
      state: (state) => this.#show(state),
      level: (level) => this.#level.style.setProperty('--level', level.toFixed(2)),
      partial: (text) => {
        this.#words.textContent = text || words.call_hint;
        this.#words.classList.toggle('words', Boolean(text));
      },
      ended: (problem) =>
        ended(problem instanceof CallProblem ? words[problem.word] : (problem?.message ?? null)),
    });
  }

  start() {
    return this.#call.start(() => this.#session.ticket());
  }

  hangUp() {
    this.#call.hangUp();
  }

  focus() {
    this.#mute.focus({ preventScroll: true });
  }

  /** @param {State} state */
  #show(state) {
    this.element.dataset.call = state;
    const shown = this.#muted && state === 'listening' ? 'muted' : state;
    const text = words[/** @type {Word} */ (`call_${shown}`)];
    if (this.#state.textContent !== text) this.#state.textContent = text;
  }

  #toggle() {
    this.#muted = !this.#muted;
    this.#call.mute(this.#muted);
    const label = this.#muted ? words.unmute : words.mute;
    this.#mute.setAttribute('aria-pressed', String(this.#muted));
    this.#mute.setAttribute('aria-label', label);
    this.#show(/** @type {State} */ (this.element.dataset.call ?? 'connecting'));
  }
}
