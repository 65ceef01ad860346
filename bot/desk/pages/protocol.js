/**
 * The shapes that go over the desk's wires, as docs/protocol.md tells them. Types only: nothing here
 * runs. Fields with `?` may be missing; readers must do without them.
 *
 * @typedef {'customer' | 'assistant' | 'agent' | 'system'} Speaker
 * @typedef {'bot' | 'queue' | 'human'} Floor
 * @typedef {'available' | 'away'} Status
 *
 * @typedef {object} EventData
 * @property {{title: string, payload?: string}[]} [buttons]
 * @property {{title: string, url: string} | null} [source] a help article
 * @property {boolean} [truncated]
 * @property {boolean} [filler] "one moment": holds no answer
 * @property {number | null} [confidence] of recognised speech, 0 to 1
 * @property {unknown[]} [alternatives] strings, or objects with `text`
 * @property {number} [of] seq of the message that was spoken
 * @property {string} [heard] the words that were played
 * @property {boolean} [interrupted]
 * @property {string} [reason]
 * @property {string | null} [outcome]
 * @property {string | null} [due]
 * @property {string} [disposition]
 * @property {string} [summary]
 * @property {string | null} [order] the order a check of identity was made with
 * @property {string | null} [name]
 * @property {string | null} [how]
 * @property {boolean} [verified]
 * @property {number} [stars]
 * @property {string | null} [comment]
 * @property {string} [channel]
 *
 * @typedef {object} LogEvent one thing that happened in a conversation
 * @property {number} seq from 1, without a gap
 * @property {string} at ISO 8601
 * @property {string} kind
 * @property {Speaker} from
 * @property {string | null} name
 * @property {string | null} text
 * @property {string | null} [leg] on which it was said
 * @property {string | null} id the client's own id of a message it sent
 * @property {EventData | null} [data]
 *
 * @typedef {object} Line a sentence about the conversation and the event it rests on
 * @property {string} text
 * @property {string} [label] "Wanted", "Done", "Result", "Open"
 * @property {number | null} event
 * @property {string | null} [due]
 *
 * @typedef {object} Payload what a warm handoff brings along, version 1
 * @property {number} version
 * @property {{customer_id: number | null, name: string | null, verified: boolean, how: string | null,
 *   tier: string | null, vip: boolean, language: string | null, channel?: string | null}} identity
 * @property {{reason: string, contact_reason: string | null, confidence: number | null,
 *   skills: string[], priority: number, decision?: string | null}} need
 * @property {{summary: Line[], slots: Record<string, unknown>, tried: Line[], promises: Line[],
 *   open_orders: {number: string, state: string}[]}} progress
 * @property {{transcript: LogEvent[]}} evidence
 * @property {{asked_at: string, seconds_with_bot: number | null, due_by: string | null}} time
 *
 * @typedef {object} Handoff
 * @property {string} id
 * @property {string} conversation
 * @property {'waiting' | 'accepted' | 'closed' | 'message_taken'} state
 * @property {string} asked_at
 * @property {string} ranks_at the queue's order, the earliest first
 * @property {string | null} accepted_at
 * @property {string | null} closed_at
 * @property {{id: number | string, name: string} | null} agent
 * @property {Payload} payload
 *
 * @typedef {object} Agent
 * @property {number | string} id
 * @property {string} username
 * @property {string} name
 * @property {string} role
 *
 * @typedef {{agent: Agent, csrf: string, must_change_password: boolean}} Session
 *
 * @typedef {object} Order
 * @property {string} number
 * @property {string} state
 * @property {string} [placed_at]
 * @property {string | null} [expected_on]
 * @property {number} [total_cents]
 * @property {string} [currency]
 * @property {{name: string, quantity: number}[]} [lines]
 * @property {{carrier: string, tracking_number: string}[]} [shipments]
 *
 * @typedef {object} Customer
 * @property {number} id
 * @property {string} name
 * @property {string | null} [email]
 * @property {string | null} [phone]
 * @property {string | null} [tier]
 *
 * @typedef {object} Leg
 * @property {string} channel
 * @property {string | null} [device]
 * @property {string | null} [page]
 * @property {string | null} [locale]
 * @property {string | null} [started_at]
 * @property {string | null} [ended_at]
 * @property {string | null} [verified_how]
 * @property {string | null} [verified_until] a check of identity belongs to a leg, and lapses
 *
 * @typedef {object} ConversationCard
 * @property {{id: string, floor?: Floor, customer_name?: string | null}} conversation
 * @property {Leg[]} legs
 * @property {Handoff | null} handoff
 * @property {Customer | null} customer
 * @property {Order[]} orders
 * @property {string} [shop_problem] why customer and orders are missing
 *
 * @typedef {Handoff & {message?: {text: string, event: number} | null}} TakenMessage left while
 *   nobody was there: a handoff with its message
 *
 * @typedef {{type: 'hello', agent: Agent, status: Status}
 *   | {type: 'handoffs', waiting: Handoff[], mine: Handoff[], taken: number}
 *   | {type: 'event', conversation: string, event: LogEvent}
 *   | {type: 'floor', conversation: string, floor: Floor, agent: string | null}
 *   | {type: 'typing', conversation: string, from: Speaker}
 *   | {type: 'partial', conversation: string, text: string}
 *   | {type: 'pong'}
 *   | {type: 'error', code: string, message: string, conversation?: string}} ServerFrame
 *
 * @typedef {{type: 'watch', conversation: string, since: number}
 *   | {type: 'unwatch', conversation: string}
 *   | {type: 'status', status: Status}
 *   | {type: 'typing', conversation: string}
 *   | {type: 'ping'}} ClientFrame
 */
export {};
