/** The two ends of a call's sound, on the browser's audio thread: no imports, no DOM. */

/** Zero crossings of the sinc on each side: 32 taps reach -70 dB with the Blackman window. */
const HALF_TAPS = 16;
/** Kernel values per input sample. */
const TABLE_STEPS = 128;

/** Changes a stream's rate with a low-pass filter: what the lower rate can't hold goes. */
class Resampler {
  /** @param {number} from @param {number} to  Hz */
  constructor(from, to) {
    this.step = from / to;
    this.cutoff = Math.min(1, to / from) * (from === to ? 1 : 0.94);
    this.half = Math.ceil(HALF_TAPS / this.cutoff);
    this.kernel = new Float32Array(this.half * TABLE_STEPS + 1);
    for (let index = 0; index < this.kernel.length; index += 1) {
      const distance = index / TABLE_STEPS;
      const x = Math.PI * distance * this.cutoff;
      const w = (Math.PI * distance) / this.half;
      const window = 0.42 + 0.5 * Math.cos(w) + 0.08 * Math.cos(2 * w);
      this.kernel[index] = this.cutoff * (x === 0 ? 1 : Math.sin(x) / x) * window;
    }
    this.input = new Float32Array(this.half);
    this.at = this.half;
  }

  reset() {
    this.input = new Float32Array(this.half);
    this.at = this.half;
  }

  /** @param {Float32Array} samples @returns {Float32Array} what can be computed so far */
  push(samples) {
    if (this.step === 1) return samples;
    const input = new Float32Array(this.input.length + samples.length);
    input.set(this.input);
    input.set(samples, this.input.length);
    const end = input.length - this.half;
    const count = Math.max(0, Math.ceil((end - this.at) / this.step));
    const out = new Float32Array(count);
    for (let index = 0; index < count; index += 1) {
      out[index] = this.sample(input, this.at);
      this.at += this.step;
    }
    const drop = Math.max(0, Math.floor(this.at) - this.half);
    this.input = input.slice(drop);
    this.at -= drop;
    return out;
  }

  /** @returns {Float32Array} the samples the filter still held back */
  flush() {
    const rest = this.push(new Float32Array(this.half));
    this.reset();
    return rest;
  }

  /** @param {Float32Array} input @param {number} at  in input samples, with a fraction */
  sample(input, at) {
    const first = Math.max(0, Math.ceil(at - this.half));
    const last = Math.min(input.length - 1, Math.floor(at + this.half));
    let sum = 0;
    for (let n = first; n <= last; n += 1) {
      const place = Math.abs(at - n) * TABLE_STEPS;
      const index = Math.floor(place);
      const here = this.kernel[index] ?? 0;
      const next = this.kernel[index + 1] ?? 0;
      sum += (input[n] ?? 0) * (here + (next - here) * (place - index));
    }
    return sum;
  }
}

/** 32 ms at 16 kHz. */
const FRAME = 512;

class Microphone extends AudioWorkletProcessor {
  /** @param {{processorOptions: {rate: number}}} options  The rate to send at, Hz. */
  constructor(options) {
    super();
    this.resampler = new Resampler(sampleRate, options.processorOptions.rate);
    this.frame = new Int16Array(FRAME);
    this.filled = 0;
    this.square = 0;
  }

  /** @param {Float32Array[][]} inputs */
  process(inputs) {
    const channel = inputs[0]?.[0];
    if (!channel) return true;
    for (const sample of this.resampler.push(channel)) {
      const value = Math.max(-1, Math.min(1, sample));
      this.square += value * value;
      this.frame[this.filled] = Math.round(value * 32767);
      this.filled += 1;
      if (this.filled === FRAME) this.send();
    }
    return true;
  }

  send() {
    const sound = this.frame.buffer;
    this.port.postMessage({ sound, level: Math.sqrt(this.square / FRAME) }, [sound]);
    this.frame = new Int16Array(FRAME);
    this.filled = 0;
    this.square = 0;
  }
}

const REPORT_EVERY_S = 0.25;
/** Of live sound (message 0); beyond it the oldest goes. */
const LIVE_MOST_S = 1;
/** Pieces in hand before it plays, or plays again. */
const LIVE_AHEAD = 4;

/**
 * In: `{rate}` once, `{begin: seq}`, sound as an ArrayBuffer, `{end: seq}`, `{clear: true}`.
 * Out: `{of, ms, ended, level}`; `ms` counts samples played, no silence while the network is late.
 */
class Player extends AudioWorkletProcessor {
  constructor() {
    super();
    /** @type {Resampler | null} */
    this.resampler = null;
    /** @type {{seq: number, chunks: Float32Array[], played: number, complete: boolean,
     * dropped: boolean, dry: boolean}[]} */
    this.queue = [];
    this.offset = 0;
    this.unreported = 0;
    this.square = 0;
    this.fading = false;
    this.port.onmessage = ({ data }) => this.take(data);
  }

  /** @param {any} data */
  take(data) {
    const last = this.queue.at(-1);
    if (data instanceof ArrayBuffer) {
      if (!last || last.complete || !this.resampler) return;
      const pcm = new Int16Array(data);
      last.chunks.push(this.resampler.push(Float32Array.from(pcm, (value) => value / 32768)));
      if (!last.seq) this.keepUp(last.chunks);
    } else if (data.rate) this.resampler = new Resampler(data.rate, sampleRate);
    else if (data.begin !== undefined) {
      if (last) this.complete(last);
      this.queue.push({ seq: data.begin, chunks: [], played: 0, complete: false, dropped: false, dry: !data.begin });
    } else if (last && last.seq === data.end) this.complete(last);
    else if (data.clear) {
      // The next may begin before the next quantum: only these go.
      for (const message of this.queue) message.dropped = this.fading = true;
      this.resampler?.reset();
    }
  }

  /** @param {Float32Array[]} chunks */
  keepUp(chunks) {
    const held = chunks.reduce((sum, chunk) => sum + chunk.length, -this.offset);
    if (held <= LIVE_MOST_S * sampleRate) return;
    chunks.splice(0, chunks.length - 2);
    this.offset = 0;
  }

  /** @param {{chunks: Float32Array[], complete: boolean}} message */
  complete(message) {
    if (message.complete) return;
    message.complete = true;
    if (this.resampler && this.resampler.step !== 1) message.chunks.push(this.resampler.flush());
  }

  /** @param {Float32Array[][]} _ @param {Float32Array[][]} outputs */
  process(_, outputs) {
    const channels = outputs[0] ?? [];
    const out = channels[0];
    if (!out) return true;
    this.fill(out);
    if (this.fading) this.clear(out);
    for (const other of channels.slice(1)) other.set(out);
    return true;
  }

  /** @param {Float32Array} out */
  fill(out) {
    let filled = 0;
    while (filled < out.length) {
      const message = this.queue[0];
      if (!message || (this.fading && !message.dropped)) break;
      if (message.dry && !message.complete && message.chunks.length < LIVE_AHEAD) break;
      message.dry = false;
      const chunk = message.chunks[0];
      if (!chunk) {
        message.dry = !message.seq;
        if (!message.complete) break;
        this.report(true);
        this.queue.shift();
        continue;
      }
      const part = chunk.subarray(this.offset, this.offset + out.length - filled);
      out.set(part, filled);
      for (const value of part) this.square += value * value;
      filled += part.length;
      this.offset += part.length;
      message.played += part.length;
      if (this.offset >= chunk.length) {
        message.chunks.shift();
        this.offset = 0;
      }
    }
    this.unreported += filled;
    if (this.unreported >= REPORT_EVERY_S * sampleRate) this.report(false);
  }

  /** Interrupted: this one quantum fades out, against a click. @param {Float32Array} out */
  clear(out) {
    for (let n = 0; n < out.length; n += 1) out[n] = (out[n] ?? 0) * (1 - n / out.length);
    if (this.queue[0]?.dropped) this.report(true);
    this.queue = this.queue.filter((message) => !message.dropped);
    this.offset = 0;
    this.fading = false;
  }

  /** @param {boolean} ended */
  report(ended) {
    const message = this.queue[0];
    if (!message) return;
    const ms = Math.round((message.played * 1000) / sampleRate);
    const level = Math.sqrt(this.square / Math.max(1, this.unreported));
    this.port.postMessage({ of: message.seq, ms, ended, level });
    this.unreported = 0;
    this.square = 0;
  }
}

registerProcessor('warmline-microphone', Microphone);
registerProcessor('warmline-player', Player);
