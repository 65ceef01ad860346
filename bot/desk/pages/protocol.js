/**
 * The shapes that go over the desk's wires, as docs/protocol.md tells them. Types only: nothing here
 * runs. Fields with `?` may be missing; readers must do without them.
 *
 * @typedef {'customer' | 'assistant' | 'agent' | 'system'} Speaker
 * @typedef {'bot' | 'queue' | 'human'} Floor
 * @typedef {'available' | 'on_break' | 'after_call'} Status what the person chose
 * @typedef {'idle' | 'offered' | 'in_contact' | 'wrap_up' | 'not_responding'} AgentState what the system
 *   does with them
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
 * @property {string | null} [from] who handed on
 * @property {string | null} [to] to whom: a colleague, a group, a skill
 * @property {string | null} [note]
 * @property {string | null} [agent] the colleague asked
 * @property {boolean} [joined]
 * @property {boolean} [here] whether the colleague came, or left
 * @property {boolean} [came] false: whoever was asked can't
 * @property {string} [kind] of an act on an order
 * @property {number | null} [amount_cents]
 * @property {number | null} [percent]
 * @property {string} [currency]
 * @property {string | null} [by]
 * @property {string | null} [granted_by]
 * @property {string} [text]
 * @property {string} [request]
 * @property {boolean} [granted]
 * @property {string | null} [answer]
 * @property {string} [why]
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
 * @property {{customer_id: number | null, name: string | null, caller?: string | null, verified: boolean, how: string | null,
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
 * @property {'waiting' | 'accepted' | 'wrap_up' | 'closed' | 'message_taken' | 'abandoned'} state
 * @property {string} asked_at
 * @property {string} ranks_at the queue's order, the earliest first
 * @property {string | null} accepted_at
 * @property {string | null} closed_at
 * @property {{id: number | string, name: string} | null} agent
 * @property {Payload} payload
 * @property {'voice' | 'chat'} [medium]
 * @property {string | null} [group]
 * @property {string | null} [wrap_up_until]
 * @property {string | null} [callback_number] they hung up and are called back
 * @property {{id: number | string, name: string, joined: boolean}[]} [consults] colleagues asked for advice;
 *   who joined may write to the customer, too
 *
 * @typedef {object} Why why a contact is offered to me
 * @property {'own' | 'skilled' | 'familiar' | 'experts' | 'anyone'} ring
 * @property {Record<string, number>} [skills] name to level
 * @property {number} [waited_s]
 * @property {number} [idle_s]
 * @property {'last_agent' | 'named' | 'transfer' | null} [own]
 *
 * @typedef {object} Offer on my desk now, with a countdown
 * @property {string} id
 * @property {string} offered_at
 * @property {string} expires_at
 * @property {'contact' | 'consult'} [kind] `consult`: a colleague wants advice about a contact of theirs
 * @property {{id: number | string, name: string} | null} [from]
 * @property {string | null} [note]
 * @property {Why} why
 * @property {Handoff} handoff
 *
 * @typedef {object} Me
 * @property {Status} status
 * @property {string | null} since
 * @property {string | null} reason of a break
 * @property {Status | null} next_status chosen during a contact, and taken after it
 * @property {AgentState} state
 *
 * @typedef {object} Lists
 * @property {Me} [me]
 * @property {Offer[]} [offers]
 * @property {Handoff[]} waiting
 * @property {Handoff[]} mine
 * @property {Handoff[]} [advising] colleagues' contacts I was asked about
 * @property {number} taken
 * @property {number} [tasks]
 * @property {number} [requests]
 *
 * @typedef {{disposition: string, contact_reason: string | null, summary: string, until: string | null}} Proposal
 * @typedef {{disposition: string, summary: string, contact_reason?: string,
 *   next_step?: {text: string, due: string}}} WrapUp
 *
 * @typedef {object} Task what was promised to a customer
 * @property {string} id
 * @property {string} conversation
 * @property {{id: number | string, name: string} | null} agent
 * @property {string} text
 * @property {string} due_at
 * @property {string} created_at
 *
 * @typedef {object} Colleague
 * @property {number | string} id
 * @property {string} name
 * @property {string} role
 * @property {Status} status
 * @property {AgentState} state
 * @property {boolean} here
 * @property {Record<string, number>} skills
 * @property {string[]} groups
 *
 * @typedef {{agents: Colleague[], groups: string[], skills: string[]}} Colleagues
 * @typedef {{key: string, title: string, text: string}} Canned
 * @typedef {{title: string, url: string, text: string}} Article
 *
 * @typedef {object} Authority what I may do by myself
 * @property {number} refund_cents
 * @property {number} reship_cents
 * @property {number} discount_percent
 * @property {boolean} address
 * @property {string} currency
 *
 * @typedef {'refund' | 'reship' | 'address' | 'discount'} ActionKind
 * @typedef {object} OrderAction
 * @property {string} id UUID
 * @property {ActionKind} kind
 * @property {string} order
 * @property {number} [amount_cents]
 * @property {number} [percent]
 * @property {{street: string, city: string, state: string, postcode: string}} [address]
 * @property {string} why
 *
 * @typedef {{state: 'done', text: string} | {state: 'asked', request: string, text: string}} OrderAnswer
 *
 * @typedef {object} ActionRequest what a colleague may not decide by themselves
 * @property {string} id
 * @property {string} conversation
 * @property {string | null} customer
 * @property {{id: number | string, name: string}} agent
 * @property {ActionKind} kind
 * @property {string} order
 * @property {number | null} amount_cents
 * @property {number | null} percent
 * @property {string} [currency]
 * @property {{street: string, city: string, state: string, postcode: string} | null} [address]
 * @property {string} why
 * @property {string} asked_at
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
 * @property {number} [delivery_cents] of it
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
 * @property {string | null} [caller] a telephone's number, unless it was withheld
 * @property {string | null} [page]
 * @property {string | null} [locale]
 * @property {string | null} [started_at]
 * @property {string | null} [ended_at]
 * @property {string | null} [verified_how]
 * @property {string | null} [verified_until] a check of identity belongs to a leg, and lapses
 *
 * @typedef {object} Recording
 * @property {string} id
 * @property {string} url
 * @property {string} started_at
 * @property {string | null} ended_at
 * @property {number | null} ms null while it goes on
 * @property {{from_ms: number, to_ms: number | null, reason: string}[]} gaps silenced on purpose
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
 *   | ({type: 'handoffs'} & Lists)
 *   | {type: 'event', conversation: string, event: LogEvent}
 *   | {type: 'floor', conversation: string, floor: Floor, agent: string | null}
 *   | {type: 'typing', conversation: string, from: Speaker}
 *   | {type: 'partial', conversation: string, text: string}
 *   | {type: 'pong'}
 *   | {type: 'error', code: string, message: string, conversation?: string}} ServerFrame
 *
 * @typedef {{type: 'watch', conversation: string, since: number}
 *   | {type: 'unwatch', conversation: string}
 *   | {type: 'status', status: Status, reason?: string}
 *   | {type: 'typing', conversation: string}
 *   | {type: 'ping'}} ClientFrame
 */
export {};
