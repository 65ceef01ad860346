// What a page sees of the widget, for editors and the type checker.
import type { Widget } from './types.js';

declare global {
  interface Window {
    Warmline?: Widget;
  }

  // The audio thread's globals (worklets.js); TypeScript's DOM library leaves them out.
  const sampleRate: number;
  class AudioWorkletProcessor {
    readonly port: MessagePort;
  }
  function registerProcessor(name: string, processor: unknown): void;
}
