/** @import {ActionRequest, Agent, Lists, TakenMessage, Task} from './protocol.js' */
/** @import {Api} from './api.js' */
import { Emitter } from './emitter.js';

/**
 * What is to be done besides talking: messages left at night, tasks promised, and (for seniors)
 * requests that wait for a decision. The server tells how many there are; they are fetched when that
 * number changes, and whenever a line opens.
 * @extends {Emitter<{taken: null, tasks: null, requests: null}>}
 */
export class Todo extends Emitter {
  /** @type {TakenMessage[]} */
  taken = [];
  /** @type {Task[]} */
  tasks = [];
  /** @type {ActionRequest[]} */
  requests = [];
  #api;
  #agent;
  #decides;

  /** @param {Api} api @param {Agent} agent @param {boolean} decides whether I decide on colleagues' requests */
  constructor(api, agent, decides) {
    super();
    this.#api = api;
    this.#agent = agent;
    this.#decides = decides;
  }

  refresh() {
    void this.refreshTaken();
    void this.refreshTasks();
    void this.refreshRequests();
  }

  /** @param {Lists} lists */
  heard({ taken, tasks, requests }) {
    if (taken !== this.taken.length) void this.refreshTaken();
    if (tasks !== undefined && tasks !== this.tasks.length) void this.refreshTasks();
    if (requests !== undefined && requests !== this.requests.length) void this.refreshRequests();
  }

  async refreshTaken() {
    const answer = await this.#api.messagesTaken().catch(() => null);
    if (answer) this.#setTaken(answer.messages);
  }

  async refreshTasks() {
    const answer = await this.#api.tasks().catch(() => null);
    if (answer) this.#setTasks(answer.tasks);
  }

  async refreshRequests() {
    if (!this.#decides) return;
    const answer = await this.#api.requests().catch(() => null);
    // Nobody decides about what they asked for themselves.
    if (answer) this.#setRequests(answer.requests.filter((one) => one.agent.id !== this.#agent.id));
  }

  /** @param {TakenMessage} message throws ApiError */
  async messageDone(message) {
    await this.#api.messageDone(message.id);
    this.#setTaken(this.taken.filter((one) => one.id !== message.id));
  }

  /** @param {Task} task throws ApiError */
  async taskDone(task) {
    await this.#api.taskDone(task.id);
    this.#setTasks(this.tasks.filter((one) => one.id !== task.id));
  }

  /**
   * @param {ActionRequest} request throws ApiError
   * @param {{granted: false, answer: string} | {granted: true, answer: string, amount_cents?: number, percent?: number}} decision
   */
  async decide(request, decision) {
    const { granted, answer, ...less } = decision;
    try {
      if (granted) await this.#api.grant(request.id, { ...less, ...(answer ? { answer } : {}) });
      else await this.#api.refuse(request.id, answer);
    } finally {
      // Also where a colleague was faster.
      await this.refreshRequests();
    }
  }

  /** @param {TakenMessage[]} taken */
  #setTaken(taken) {
    this.taken = taken;
    this.emit('taken', null);
  }

  /** @param {Task[]} tasks */
  #setTasks(tasks) {
    this.tasks = tasks.toSorted((one, other) => one.due_at.localeCompare(other.due_at));
    this.emit('tasks', null);
  }

  /** @param {ActionRequest[]} requests */
  #setRequests(requests) {
    this.requests = requests.toSorted((one, other) => one.asked_at.localeCompare(other.asked_at));
    this.emit('requests', null);
  }
}
