/** The caller's sound in an agent's headphones, on the browser's audio thread: no imports, no DOM. */

/** Kept in hand before it plays, and at most, in seconds; beyond that the oldest goes. */
const AHEAD_S = 0.06;
const MOST_S = 0.4;
const REPORT_EVERY_S = 0.1;

/** In: 16-bit sound at the context's rate, as ArrayBuffers. Out: `{level}`, ten times a second. */
class LivePlayer extends AudioWorkletProcessor {
  constructor() {
    super();
    /** @type {Int16Array[]} */
    this.chunks = [];
    this.held = 0;
    this.offset = 0;
    this.gathering = true;
    this.square = 0;
    this.unreported = 0;
    this.port.onmessage = ({ data }) => this.take(new Int16Array(data));
  }

  /** @param {Int16Array} chunk */
  take(chunk) {
    this.chunks.push(chunk);
    this.held += chunk.length;
    if (this.held <= MOST_S * sampleRate) return;
    while (this.held > AHEAD_S * sampleRate && this.chunks.length > 1) this.drop();
  }

  /** The chunk that plays now. */
  drop() {
    const [first] = this.chunks;
    this.held -= (first?.length ?? 0) - this.offset;
    this.offset = 0;
    this.chunks.shift();
  }

  /** @param {Float32Array[][]} _ @param {Float32Array[][]} outputs */
  process(_, outputs) {
    const channels = outputs[0] ?? [];
    const out = channels[0];
    if (!out) return true;
    if (this.gathering && this.held >= AHEAD_S * sampleRate) this.gathering = false;
    if (!this.gathering) this.fill(out);
    for (const other of channels.slice(1)) other.set(out);
    this.unreported += out.length;
    if (this.unreported >= REPORT_EVERY_S * sampleRate) this.report();
    return true;
  }

  /** @param {Float32Array} out */
  fill(out) {
    let filled = 0;
    for (let chunk = this.chunks[0]; chunk && filled < out.length; chunk = this.chunks[0]) {
      while (filled < out.length && this.offset < chunk.length) {
        const value = (chunk[this.offset] ?? 0) / 32768;
        out[filled] = value;
        this.square += value * value;
        this.offset += 1;
        this.held -= 1;
        filled += 1;
      }
      if (this.offset >= chunk.length) this.drop();
    }
    this.gathering = filled < out.length;
  }

  report() {
    this.port.postMessage({ level: Math.sqrt(this.square / this.unreported) });
    this.square = 0;
    this.unreported = 0;
  }
}

registerProcessor('warmline-live-player', LivePlayer);
