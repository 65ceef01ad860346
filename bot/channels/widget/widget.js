/**
 * Warmline's chat widget (docs/widget.md). Offers `window.Warmline` at once and loads the rest from
 * where it came from; calls made before that are kept.
 */
(() => {
  if (window.Warmline) return;
  const script = /** @type {HTMLScriptElement | null} */ (document.currentScript);
  if (!script?.src) {
    console.error('Warmline: the widget needs a plain <script src=…> tag.');
    return;
  }
  const server = new URL('.', script.src);

  /** @type {((widget: import('./types.js').Widget) => void)[]} */
  const waiting = [];
  /** @type {import('./types.js').Widget | null} */
  let widget = null;
  /** @param {(widget: import('./types.js').Widget) => void} call */
  const later = (call) => void (widget ? call(widget) : waiting.push(call));

  window.Warmline = {
    open: () => later((w) => w.open()),
    close: () => later((w) => w.close()),
    identify: (token) => later((w) => w.identify(token)),
    forget: () => later((w) => w.forget()),
    words: (words) => later((w) => w.words(words)),
    on(event, listener) {
      let off = () => {};
      let wanted = true;
      later((w) => {
        if (wanted) off = w.on(event, listener);
      });
      return () => {
        wanted = false;
        off();
      };
    },
  };

  // All at once: an import would discover them level by level.
  const files = 'app,composer,dom,memory,messages,session,socket,styles,words';
  for (const name of files.split(',')) {
    const link = document.createElement('link');
    link.rel = 'modulepreload';
    link.href = new URL(`widget/${name}.js`, server).href;
    document.head.append(link);
  }

  const start = async () => {
    try {
      const { start } = await import(new URL('widget/app.js', server).href);
      const ready = /** @type {import('./types.js').Widget} */ (start(server, { ...script.dataset }));
      widget = ready;
      for (const call of waiting.splice(0)) call(ready);
      window.dispatchEvent(new Event('warmline:ready'));
    } catch (error) {
      console.error(`Warmline: the chat could not be loaded from ${server.origin}.`, error);
    }
  };
  if (document.body) void start();
  else document.addEventListener('DOMContentLoaded', () => void start(), { once: true });
})();
