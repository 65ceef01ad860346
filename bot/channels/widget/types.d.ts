// The shapes that go over the wire (docs/protocol.md) and between the widget's own parts.

export type Floor = 'bot' | 'queue' | 'human';
export type Button = { title: string; payload?: string | null };
export type EventData = {
  buttons?: Button[] | null;
  source?: { title: string; url: string } | null;
  truncated?: boolean;
  filler?: boolean;
  stars?: number;
  comment?: string | null;
  outcome?: string | null;
};
export type ChatEvent = {
  seq: number;
  at: string;
  kind: string;
  from: 'customer' | 'assistant' | 'agent' | 'system';
  name: string | null;
  text: string | null;
  id?: string | null;
  data?: EventData | null;
};

export type Welcome = {
  type: 'welcome';
  conversation: string;
  token?: string | null;
  last: number;
  floor: Floor;
  agent: string | null;
  ended: boolean;
  shop: string;
  assistant: string;
  voice: boolean;
  identified: string | null;
};
export type Problem = { type: 'error'; code: string; message: string; id?: string | null };
export type Ticket = { type: 'voice'; ticket: string; path: string };
export type ServerFrame =
  | Welcome
  | Problem
  | Ticket
  | { type: 'event'; event: ChatEvent }
  | { type: 'ack'; id: string; seq: number }
  | { type: 'floor'; floor: Floor; agent: string | null }
  | { type: 'typing'; from: 'assistant' | 'agent' }
  | { type: 'identity'; identified: string | null; problem: string | null }
  | { type: 'pong' };

/** Not in the log yet: a message, or with `stars` a rating, whose comment is `text`. */
export type Unsent = {
  id: string;
  at: number;
  text: string;
  stars?: number;
  /** Why the server refused it. */
  failed?: string | undefined;
  /** Acknowledged. */
  sent?: boolean;
};
/** A conversation and the token that opens it. */
export type Key = { id: string; token: string };

/** Everything the screen shows. */
export type View = {
  /** `idle`: nothing to talk about yet; `connecting`: the first time; `offline`: trying again. */
  link: 'idle' | 'connecting' | 'online' | 'offline';
  floor: Floor;
  agent: string | null;
  assistant: string;
  shop: string;
  voice: boolean;
  identified: string | null;
  ended: boolean;
  typing: boolean;
  notice: string | null;
  events: ChatEvent[];
  unsent: Unsent[];
  /** The transcript has come back: what comes from now on is news. */
  caughtUp: boolean;
};

/** The script tag's data attributes. */
export type Options = {
  title?: string;
  greeting?: string;
  colour?: string;
  color?: string;
  position?: string;
  open?: string;
  language?: string;
  identity?: string;
  suggestions?: string;
};
export type Happening = 'open' | 'close' | 'message' | 'unread' | 'floor' | 'identity' | 'ended';

/** What a page can ask of the widget: `window.Warmline`. */
export type Widget = {
  open(): void;
  close(): void;
  identify(token: string | null): void;
  forget(): void;
  words(words: Record<string, string>): void;
  /** Returns what takes the listener off again. */
  on(event: Happening, listener: (detail: unknown) => void): () => void;
};
