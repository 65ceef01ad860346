import { Emitter } from './emitter.js';

/** Both ways, in Hz. */
const RATE = 16_000;
/** Bytes: older sound is not worth sending. */
const LONGEST_BACKLOG = RATE * 2 * 0.3;
const CONNECT_WITHIN_MS = 10_000;
/** Pauses before a lost line is tried again, in milliseconds. */
const TRIES = [300, 1000, 2000, 4000, 8000];
/** Close codes of docs/protocol.md after which trying again would not help. */
const FINAL = new Set([4400, 4401, 4403, 4409]);

/** Why there is no microphone, in the agent's words. */
const PROBLEMS = {
  denied: 'The browser keeps this page from your microphone. Allow it (the symbol left of the address), then answer again. Until then, what you write is read out.',
  none: 'No microphone was found. Plug one in, then answer again. Until then, what you write is read out.',
  busy: 'Another program holds your microphone. Close it, then answer again.',
  insecure: 'Browsers give a microphone only to pages opened by https. Ask whoever runs this desk.',
  unsupported: 'This browser cannot carry a call. A current Chrome, Edge, Firefox or Safari can.',
  unplugged: 'Your microphone was unplugged. Plug it in, then answer again.',
  lost: 'The line to the server is lost. Answer again when the desk is connected.',
};

class HeadsetProblem extends Error {
  /** @param {keyof typeof PROBLEMS} what */
  constructor(what) {
    super(PROBLEMS[what]);
  }
}

/** @typedef {'asking' | 'connecting' | 'talking' | 'again' | 'ended'} HeadsetState
 *   `asking`: for the microphone; `again`: the line broke and is tried again */

/**
 * The agent's microphone and headphones in one live call.
 * @extends {Emitter<{change: null, level: {mine?: number, theirs?: number}, partial: string}>} levels 0 to 1
 */
export class Headset extends Emitter {
  /** @type {HeadsetState} */
  state = 'asking';
  /** Whether the caller hears us: nobody speaks while something is read out, or we talk aside. */
  heard = false;
  /** Whether colleagues talk without the caller, who hears music. */
  aside = false;
  /** @type {string[]} the colleagues on the line */
  beside = [];
  muted = false;
  /** When the talking began, by Date.now(); 0 before. */
  since = 0;
  /** Why it ended; empty where we ended it ourselves. */
  why = '';

  /** @type {MediaStream | null} */
  #stream = null;
  /** @type {AudioContext | null} a second one, where the browser needs it for the microphone */
  #ears = null;
  /** @type {AudioWorkletNode | null} */
  #player = null;
  /** @type {WebSocket | null} */
  #socket = null;
  #speakers;
  #failures = 0;
  #said = '';
  /** @type {number | undefined} */
  #timer;

  /** @param {string} conversation @param {AudioContext | null} speakers made in a click or key */
  constructor(conversation, speakers) {
    super();
    this.conversation = conversation;
    this.#speakers = speakers;
  }

  /** The headphones, to be made in a click or a key: browsers keep pages silent otherwise. */
  static speakers() {
    try {
      return new AudioContext({ sampleRate: RATE, latencyHint: 'interactive' });
    } catch {
      return null;
    }
  }

  async start() {
    try {
      this.#stream = await microphone(this.#speakers);
      if (this.state === 'ended') return this.#release();
      this.#become('connecting');
      const [track] = this.#stream.getAudioTracks();
      if (track) track.onended = () => this.#end(PROBLEMS.unplugged);
      await this.#openPlayer();
      await this.#openMicrophone();
      this.#connect();
    } catch (error) {
      if (!(error instanceof HeadsetProblem)) console.error(error);
      this.#end(error instanceof HeadsetProblem ? error.message : PROBLEMS.unsupported);
    }
  }

  /** @param {boolean} muted */
  mute(muted) {
    this.muted = muted;
    // Silence still flows, so that the server knows that the line lives.
    for (const track of this.#stream?.getAudioTracks() ?? []) track.enabled = !muted;
    this.emit('change', null);
  }

  hangUp() {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send('{"type":"stop"}');
    this.#end('');
  }

  async #openPlayer() {
    const speakers = /** @type {AudioContext} */ (this.#speakers);
    await speakers.resume();
    await speakers.audioWorklet.addModule('/desk/live-player.js');
    const player = new AudioWorkletNode(speakers, 'warmline-live-player', { numberOfInputs: 0 });
    player.port.onmessage = ({ data }) => this.emit('level', { theirs: Math.min(1, data.level * 6) });
    player.connect(speakers.destination);
    this.#player = player;
  }

  async #openMicrophone() {
    const stream = /** @type {MediaStream} */ (this.#stream);
    let ears = /** @type {AudioContext} */ (this.#speakers);
    let source;
    try {
      source = ears.createMediaStreamSource(stream);
    } catch {
      // Firefox joins a microphone only to a context of its own rate: the worklet resamples then.
      ears = this.#ears = new AudioContext();
      source = ears.createMediaStreamSource(stream);
    }
    await ears.audioWorklet.addModule('/widget/worklets.js');
    const node = new AudioWorkletNode(ears, 'warmline-microphone', {
      numberOfOutputs: 0, channelCount: 1, channelCountMode: 'explicit', processorOptions: { rate: RATE },
    });
    node.port.onmessage = ({ data }) => this.#spoke(data);
    source.connect(node);
    await ears.resume();
  }

  /** @param {{sound: ArrayBuffer, level: number}} frame */
  #spoke({ sound, level }) {
    const socket = this.#socket;
    if (this.state !== 'talking' || socket?.readyState !== WebSocket.OPEN) return;
    if (socket.bufferedAmount < LONGEST_BACKLOG) socket.send(sound);
    this.emit('level', { mine: this.muted ? 0 : Math.min(1, level * 6) });
  }

  #connect() {
    const url = new URL('/desk/voice/ws', location.href);
    url.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:';
    url.searchParams.set('conversation', this.conversation);
    const socket = new WebSocket(url);
    this.#socket = socket;
    this.#said = '';
    socket.binaryType = 'arraybuffer';
    const late = setTimeout(() => socket.close(), CONNECT_WITHIN_MS);
    socket.onopen = () => socket.send(JSON.stringify({ type: 'start', rate: RATE }));
    socket.onmessage = ({ data }) => {
      if (data instanceof ArrayBuffer) return void this.#player?.port.postMessage(data, [data]);
      const frame = JSON.parse(data);
      if (frame.type === 'ready') clearTimeout(late);
      this.#frame(frame);
    };
    socket.onclose = ({ code }) => {
      clearTimeout(late);
      if (socket === this.#socket) this.#dropped(code);
    };
  }

  /** @param {any} frame */
  #frame(frame) {
    if (frame.type === 'ready') {
      this.#failures = 0;
      this.since ||= Date.now();
      this.#become('talking');
    } else if (frame.type === 'live') {
      this.heard = frame.heard;
      this.aside = frame.aside;
      this.beside = frame.with;
      this.emit('change', null);
    } else if (frame.type === 'partial') this.emit('partial', frame.text);
    else if (frame.type === 'error') this.#said = frame.message;
    else if (frame.type === 'bye') this.#end(this.#said || sentence(frame.reason));
  }

  /** @param {number} code */
  #dropped(code) {
    if (this.state === 'ended') return;
    const pause = TRIES[this.#failures];
    if (FINAL.has(code) || pause === undefined) return this.#end(this.#said || PROBLEMS.lost);
    this.#failures += 1;
    this.heard = false;
    this.#timer = setTimeout(() => this.#connect(), pause);
    this.#become('again');
  }

  /** @param {HeadsetState} state */
  #become(state) {
    this.state = state;
    this.emit('change', null);
  }

  /** @param {string} why */
  #end(why) {
    if (this.state === 'ended') return;
    this.why = why;
    this.heard = false;
    this.#release();
    this.#become('ended');
  }

  #release() {
    clearTimeout(this.#timer);
    for (const track of this.#stream?.getTracks() ?? []) {
      track.onended = null;
      track.stop();
    }
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
    void this.#ears?.close();
    if (this.#speakers && this.#speakers.state !== 'closed') void this.#speakers.close();
  }
}

/** @param {AudioContext | null} speakers */
async function microphone(speakers) {
  if (!isSecureContext) throw new HeadsetProblem('insecure');
  if (!navigator.mediaDevices || !speakers?.audioWorklet) throw new HeadsetProblem('unsupported');
  try {
    return await navigator.mediaDevices.getUserMedia({
      audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true },
    });
  } catch (error) {
    const name = error instanceof Error ? error.name : '';
    if (name === 'NotAllowedError') throw new HeadsetProblem('denied');
    if (name === 'NotFoundError') throw new HeadsetProblem('none');
    if (name === 'NotReadableError') throw new HeadsetProblem('busy');
    throw error;
  }
}

/** @param {string} reason "the call is over" as "The call is over." */
const sentence = (reason) => `${reason.charAt(0).toUpperCase()}${reason.slice(1)}.`;
