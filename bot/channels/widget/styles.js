/** Constructed style sheets: they pass a page's content security policy and stay in the shadow. */

const SHEET = `
:host {
  all: initial; position: fixed; bottom: 0; inset-inline-end: 0; z-index: 2147483000;
  --ink: #17211d; --soft: #55625c; --paper: #fff; --shade: #f2f5f3; --rule: #dbe2de;
  --control: #7b8781; --bad: #b3261e; --tint: color-mix(in srgb, var(--accent) 13%, var(--paper));
  --shadow: 0 2px 6px #0b1f1726, 0 14px 48px #0b1f1738;
  color-scheme: light dark; color: var(--ink);
  font: 15px/1.45 system-ui, sans-serif;
}
:host([dir=rtl]) { direction: rtl }
@media (prefers-color-scheme: dark) {
  :host {
    --ink: #e9efec; --soft: #a3b0aa; --paper: #161c19; --shade: #242c28; --rule: #333d38;
    --control: #84918b; --bad: #ffb4ab; --tint: color-mix(in srgb, var(--accent) 38%, var(--paper));
    --shadow: 0 0 0 1px #ffffff14, 0 12px 48px #000a;
  }
}
*, ::before, ::after { box-sizing: border-box }
[hidden] { display: none !important }
h2, p, ul, ol, fieldset, legend { margin: 0; padding: 0; border: 0; font: inherit }
button, textarea, input { font: inherit; color: inherit }
button { cursor: pointer; border: 0; background: none; padding: 0 }
:focus-visible { outline: 2px solid var(--ink); outline-offset: 2px; box-shadow: 0 0 0 2px var(--paper) }
.icon { width: 24px; height: 24px; fill: none; stroke: currentColor; stroke-width: 1.9;
  stroke-linecap: round; stroke-linejoin: round; flex: none; display: block }
.hear { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap }

.launcher { position: fixed; bottom: calc(20px + env(safe-area-inset-bottom));
  inset-inline-end: calc(20px + env(safe-area-inset-right)); width: 60px; height: 60px;
  border-radius: 50%; background: var(--accent); color: var(--on-accent); display: grid;
  place-items: center; box-shadow: var(--shadow); transition: transform .18s }
.launcher:hover { transform: translateY(-2px) scale(1.03) }
.launcher .icon { grid-area: 1/1; width: 28px; height: 28px; transition: .18s }
.launcher:not(.open) .i-down, .launcher.open .i-chat { opacity: 0; transform: rotate(-40deg) scale(.6) }
.badge { position: absolute; top: -3px; inset-inline-end: -3px; min-width: 22px;
  height: 22px; padding: 0 6px; border-radius: 11px; background: #c4281c; color: #fff;
  font-size: 12px; font-weight: 700; line-height: 22px; box-shadow: 0 0 0 2px var(--paper); animation: rise .3s }
.launcher.live::after { content: ""; position: absolute; inset: -5px; border-radius: 50%;
  border: 2px solid var(--accent); animation: pulse 1.4s infinite }

.panel { position: fixed; bottom: calc(92px + env(safe-area-inset-bottom));
  inset-inline-end: calc(20px + env(safe-area-inset-right)); width: 392px;
  max-width: calc(100vw - 32px); height: min(660px, calc(100dvh - 116px)); display: flex;
  flex-direction: column; background: var(--paper); border-radius: 20px; overflow: hidden;
  box-shadow: var(--shadow); animation: rise .2s }
.panel:focus { outline: none }
:host(.at-start) :is(.panel, .launcher) { inset-inline: calc(20px + env(safe-area-inset-left)) auto }

header { display: flex; align-items: center; gap: 12px; padding: 14px 10px; padding-inline-start: 18px;
  background: var(--accent); color: var(--on-accent); flex: none }
header :focus-visible { outline-color: var(--on-accent); box-shadow: none; outline-offset: -2px }
.avatar { position: relative; width: 42px; height: 42px; border-radius: 50%; flex: none;
  display: grid; place-items: center; font-size: 18px; font-weight: 650; background: var(--on-accent); color: var(--accent) }
.avatar::after { content: ""; position: absolute; bottom: -1px; inset-inline-end: -1px;
  width: 13px; height: 13px; border-radius: 50%; background: #4cc38a; border: 2px solid var(--accent) }
[data-floor=queue] .avatar::after { background: #f5b83d; animation: pulse 1.4s infinite }
.title { flex: 1; min-width: 0 }
.title > * { white-space: nowrap; overflow: hidden; text-overflow: ellipsis }
h2 { font-size: 16.5px; font-weight: 650; line-height: 1.25 }
.answers { font-size: 13px; opacity: .92 }
.bar { height: 44px; min-width: 44px; border-radius: 12px; display: grid; place-items: center;
  font-size: 13px; font-weight: 600; flex: none }
.bar.sure { background: var(--on-accent); color: var(--accent); padding: 0 12px }
.bar:not(.sure):hover { background: color-mix(in srgb, var(--on-accent) 16%, transparent) }

.state { flex: none; font-size: 13px; color: var(--ink); background: var(--shade);
  padding: 8px 18px; border-bottom: 1px solid var(--rule) }
.state:empty { display: none }
.state.busy::before { content: ""; display: inline-block; width: 8px; height: 8px; margin-inline-end: 8px;
  border-radius: 50%; background: #d08700; animation: pulse 1.2s infinite }

.log { position: relative; flex: 1; min-height: 0; overflow: hidden auto; overscroll-behavior: contain;
  padding: 14px 16px 10px; scrollbar-width: thin }
.log:focus-visible { outline-offset: -3px; box-shadow: none }
.row { position: relative; display: flex; flex-direction: column; align-items: flex-start; margin-top: 12px;
  max-width: 86%; animation: rise .18s }
.row.joined { margin-top: 3px }
.own { margin-inline-start: auto; align-items: flex-end }
.who { font-size: 12.5px; font-weight: 600; color: var(--soft); margin: 0 4px 3px; max-width: 100% }
.bubble { padding: 9px 14px; border-radius: 18px; background: var(--shade); overflow-wrap: anywhere; max-width: 100% }
.theirs .bubble { border-start-start-radius: 6px }
.theirs.agent .bubble { background: var(--tint) }
.own .bubble { background: var(--accent); color: var(--on-accent); border-start-end-radius: 6px }
.own.waiting .bubble { opacity: .82 }
.own.failed .bubble { background: var(--paper); color: var(--ink); box-shadow: inset 0 0 0 1.5px var(--bad) }
.bubble p + p, .bubble p + :is(ul, ol), :is(ul, ol) + p { margin-top: 7px }
.bubble :is(ul, ol) { padding-inline-start: 20px }
.bubble li + li { margin-top: 3px }
.bubble a { color: inherit; text-underline-offset: 2px; font-weight: 550 }
.meta { display: flex; flex-wrap: wrap; align-items: center; gap: 4px; font-size: 12px; color: var(--soft); margin: 3px 5px 0 }
.continued > .meta.time { display: none }
.own .meta { justify-content: flex-end }
.meta .icon { width: 14px; height: 14px; stroke-width: 2.4 }
.failed .meta { color: var(--bad) }
.retry { font-weight: 650; text-decoration: underline; text-underline-offset: 2px; min-height: 44px; padding: 0 6px; margin-block: -10px }
.line { margin: 16px auto 4px; text-align: center; font-size: 12.5px; color: var(--soft); max-width: 88% }
.line.day { margin-top: 2px; font-weight: 600 }
.handoff_accepted, .handoff_requested, .message_taken { width: fit-content; background: var(--tint);
  color: var(--ink); border-radius: 14px; padding: 6px 14px }
.source { display: flex; align-items: center; gap: 10px; margin-top: 5px; padding: 10px 14px; min-height: 52px;
  max-width: 100%; border: 1px solid var(--rule); border-radius: 14px; text-decoration: none; color: var(--ink); background: var(--paper) }
.source small { display: block; font-size: 12px; color: var(--soft) }
.source b { font-weight: 600; overflow-wrap: anywhere }
.replies, .suggestions { display: flex; flex-wrap: wrap; gap: 8px }
.replies:not(:empty) { margin-block: 12px 4px }
.reply { min-height: 44px; padding: 8px 16px; border-radius: 22px; border: 1.5px solid var(--control); background: var(--paper);
  font-weight: 550; text-align: start }
.reply:hover { background: var(--tint) }
.typing { display: inline-flex; gap: 5px; padding: 14px 16px; border-radius: 6px 18px 18px; background: var(--shade); margin-top: 12px }
.typing i { width: 7px; height: 7px; border-radius: 50%; background: var(--soft); animation: dot 1.2s infinite }
.typing i:nth-child(2) { animation-delay: .15s }
.typing i:nth-child(3) { animation-delay: .3s }
.empty { padding: 18px 4px 12px }
.mark { display: grid; place-items: center; width: 52px; height: 52px; border-radius: 18px; margin-bottom: 16px;
  background: var(--tint) }
.mark .icon { width: 28px; height: 28px }
.greeting { font-size: 21px; line-height: 1.25; font-weight: 650 }
.hint { color: var(--soft); margin-block: 6px 20px }
.suggestions { flex-direction: column; align-items: stretch }

.foot { flex: none; border-top: 1px solid var(--rule); padding: 10px 12px; padding-bottom: max(12px, env(safe-area-inset-bottom)) }
.field { display: flex; align-items: flex-end; gap: 2px; border: 1px solid var(--control); border-radius: 24px; padding: 1px;
  background: var(--paper) }
.field:focus-within { outline: 2px solid var(--ink); outline-offset: -1px }
textarea { display: block; width: 100%; resize: none; border: 0; background: none }
textarea:focus-visible { outline: none; box-shadow: none }
.field textarea { flex: 1; min-width: 0; max-height: 132px; padding: 11px 6px; padding-inline-start: 16px; line-height: 22px; font-size: 16px }
textarea::placeholder { color: var(--soft); opacity: 1 }
.round { width: 44px; height: 44px; border-radius: 50%; display: grid; place-items: center; flex: none }
.round .icon { width: 22px; height: 22px }
.mic:hover, .mute:hover { background: var(--shade) }
.send { background: var(--accent); color: var(--on-accent) }
.send:disabled { background: none; color: var(--control) }
.counter { font-size: 12.5px; color: var(--soft); text-align: end; padding: 0 12px 6px }
.over { color: var(--bad); font-weight: 600 }

.ending { display: grid; gap: 10px; padding: 4px }
.ending legend { font-weight: 650; text-align: center; width: 100% }
.stars { display: flex; justify-content: center; margin-top: 2px }
.stars label { position: relative; width: 48px; height: 46px; display: grid; place-items: center; cursor: pointer; border-radius: 12px }
.stars input { position: absolute; inset: 0; margin: 0; opacity: 0; cursor: pointer; width: 100%; height: 100% }
.stars .icon { width: 32px; height: 32px; stroke-width: 1.5; color: var(--control) }
.stars .on .icon { color: #b97a00; fill: #f5b301 }
.stars label:has(:focus-visible) { outline: 2px solid var(--ink) }
.more { display: grid; gap: 8px; margin-top: 8px }
.more textarea { border: 1px solid var(--control); border-radius: 14px; padding: 10px 14px; font-size: 16px }
.more textarea:focus-visible { outline: 2px solid var(--ink); outline-offset: -1px }
.wide { min-height: 44px; width: 100%; border-radius: 22px; border: 1.5px solid var(--control); font-weight: 600; padding: 0 16px }
.primary { background: var(--accent); border-color: transparent; color: var(--on-accent) }
.thanks { text-align: center; padding: 8px }

.call { display: grid; gap: 10px; padding: 6px 4px 2px }
.hearing { min-height: 44px; max-height: 88px; overflow: auto; text-align: center; color: var(--soft); font-size: 15.5px; display: grid; align-content: center; overflow-wrap: anywhere }
.hearing.words { color: var(--ink); font-style: italic }
.controls { display: flex; align-items: center; gap: 12px }
.controls .round { width: 52px; height: 52px }
.mute { border: 1.5px solid var(--control); position: relative }
.mute[aria-pressed=true]::after { content: ""; position: absolute; width: 30px; height: 2px; background: currentColor; rotate: 45deg }
.mute[aria-pressed=true] { background: var(--ink); color: var(--paper) }
.hangup { background: #c4281c; color: #fff }
.hangup .icon { fill: currentColor; stroke-width: 1 }
.voice { flex: 1; min-width: 0; text-align: center }
.voice p { font-weight: 600; font-size: 14px; margin-top: 4px }
.level { display: flex; justify-content: center; align-items: center; gap: 4px; height: 36px; color: var(--control) }
.level i { width: 5px; height: 36px; border-radius: 3px; background: currentColor; transform: scaleY(max(.14, calc(var(--level, 0) * var(--part)))); transition: transform .09s linear }
.level i:nth-child(3n+1) { --part: .5 } .level i:nth-child(3n+2) { --part: .8 } .level i:nth-child(3n) { --part: 1 }
[data-call=hearing] .level { color: var(--live) }
[data-call=speaking] .level { color: var(--ink) }

@media (max-width: 480px), (max-height: 480px) {
  .panel, :host(.at-start) .panel { inset: var(--top, 0) 0 auto; width: 100%; max-width: none; height: var(--height, 100dvh);
    border-radius: 0; padding-inline: env(safe-area-inset-left) env(safe-area-inset-right) }
  header { padding-top: max(12px, env(safe-area-inset-top)) }
  .launcher.open { display: none }
}
@media (prefers-reduced-motion: reduce) { *, ::before, ::after { animation: none !important; transition: none !important } }
@media (forced-colors: active) {
  .bubble, .launcher, .panel, .round { border: 1px solid }
}
@keyframes rise { from { opacity: 0; transform: translateY(9px) } }
@keyframes pulse { 50% { opacity: .35 } }
@keyframes dot { 30% { transform: translateY(-4px); opacity: .5 } 60% { transform: none } }
`;

const ACCENT = '#17624d';

/** @param {string | undefined} colour  `#rrggbb` @returns {CSSStyleSheet[]} */
export function look(colour) {
  const accent = /^#[\da-f]{6}$/iu.test(colour ?? '') ? String(colour) : ACCENT;
  const ink = luminance(accent) > 0.183 ? '#0d1512' : '#ffffff';
  const colours = new CSSStyleSheet();
  colours.replaceSync(
    `:host { --accent: ${accent}; --on-accent: ${ink}; --live: #1a7f5a }
     @media (prefers-color-scheme: dark) { :host { --live: #5fd3a3 } }`,
  );
  const all = new CSSStyleSheet();
  all.replaceSync(SHEET);
  return [all, colours];
}

/** WCAG 2.2's relative luminance. White and our ink contrast alike at 0.183. @param {string} hex */
function luminance(hex) {
  const part = (/** @type {number} */ at) => {
    const value = parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5);
}
