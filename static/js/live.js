// The page's one live connection: a websocket that comes back by itself, with long-polls while it can't.

import { API } from "./api.js";
import { Backoff } from "./backoff.js";
import { LongPoll } from "./longpoll.js";

const CONNECT_MS = 4000;
const PING_MS = 25_000;
const PONG_MS = 8000;
const PATIENCE_MS = 2000;
const SETTLED_MS = 5000; // a connection that held this long starts the back-off anew
const ATTEMPTS_BEFORE_POLLING = 2;
const RANK = { queued: 0, sending: 1, sent: 2, failed: 2 };
const CLOSE = { signedOut: 4001, tooMany: 4003, policy: 1008 };
const SLOW_RETRY_MS = 60_000;

export const isFinal = (state) => RANK[state] === 2;

/** States: live (websocket ready), reconnecting, polling (long-polls stand in while the websocket is retried). */
export class LiveChannel extends EventTarget {
  constructor({ signedIn }) {
    super();
    this.state = "reconnecting";
    this.signedIn = signedIn;
    this.seq = null;
    this.watches = new Map(); // task id → {state, heard}
    this.houses = new Map(); // house id → {version, heard}
    this.socket = null;
    this.failures = 0;
    this.backoff = new Backoff();
    this.poll = new LongPoll(this);
    this.timers = {};
  }

  start() {
    window.addEventListener("online", () => this.#hurry());
    window.addEventListener("offline", () => this.#silence());
    window.addEventListener("pagehide", () => this.#rest());
    window.addEventListener("pageshow", (event) => event.persisted && this.#hurry());
    document.addEventListener("visibilitychange", () => document.hidden || this.#check());
    this.#connect();
  }

  /** Hears each new state of a task, {state, reason, detail}, until it is final; call the result to stop. */
  watch(task, heard) {
    this.watches.set(task, { state: null, heard });
    if (this.state === "live") this.#send({ op: "watch", task });
    else if (this.state === "polling") this.poll.follow(task);
    else this.#later("patience", PATIENCE_MS, () => this.#standIn());
    return () => this.watches.delete(task);
  }

  /** Hears the version of a house's calendar, now and at each change; call the result to stop. */
  follow(house, heard) {
    this.houses.set(house, { version: null, heard });
    if (this.state === "live") this.#send({ op: "follow", house });
    else if (this.state === "polling") this.poll.followHouse(house);
    else this.#later("patience", PATIENCE_MS, () => this.#standIn());
    return () => this.houses.delete(house);
  }

  /** One report of a calendar's version, from either way; what is not newer is dropped here. */
  hearHouse({ house, version }) {
    const followed = this.houses.get(house);
    if (!followed || (followed.version !== null && version <= followed.version)) return;
    followed.version = version;
    followed.heard(version);
  }

  /** One report of a task's state, from either way; duplicates and steps back are dropped here. */
  hearTask(report) {
    const watch = this.watches.get(report.task);
    if (!watch || !(report.state in RANK)) return;
    if (watch.state !== null && RANK[report.state] <= RANK[watch.state]) return;
    watch.state = report.state;
    if (isFinal(report.state)) this.watches.delete(report.task);
    watch.heard(report);
  }

  /** Events of the user's own log; each sequence number is told once, in order. */
  hearEvents(events, upTo = null) {
    for (const event of [...events].sort((a, b) => a.seq - b.seq)) {
      if (this.seq !== null && event.seq <= this.seq) continue;
      this.seq = event.seq;
      this.dispatchEvent(new CustomEvent(event.kind, { detail: event }));
    }
    if (upTo !== null) this.seq = Math.max(this.seq ?? 0, upTo);
  }

  // --- the websocket ---

  #connect() {
    if (this.socket !== null || navigator.onLine === false) return;
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = new WebSocket(`${scheme}://${location.host}${API}/live`);
    this.socket = socket;
    socket.onopen = () => socket.send(JSON.stringify({ op: "hello", last_seq: this.seq }));
    socket.onmessage = (message) => this.socket === socket && this.#hear(JSON.parse(message.data));
    socket.onclose = ({ code }) => this.socket === socket && this.#lost(code);
    this.#later("connect", CONNECT_MS, () => this.#drop());
  }

  #hear(message) {
    this.#cancel("pong");
    if (message.op === "ready") this.#ready(message);
    else if (message.op === "event") this.hearEvents([message]);
    else if (message.op === "task") this.hearTask(message);
    else if (message.op === "house") this.hearHouse(message);
    else if (message.op === "error" && message.task) this.poll.follow(message.task);
    else if (message.op === "error" && message.house) this.poll.followHouse(message.house);
  }

  #ready({ seq, events = [] }) {
    this.#cancel("connect");
    this.#cancel("patience");
    this.failures = 0;
    this.#later("settle", SETTLED_MS, () => this.backoff.reset());
    this.poll.stop();
    this.hearEvents(events, seq);
    for (const task of this.watches.keys()) this.#send({ op: "watch", task });
    for (const house of this.houses.keys()) this.#send({ op: "follow", house });
    this.#show("live");
    this.#keepAlive();
  }

  #lost(code) {
    this.#forget();
    if (this.state === "live") this.#show("reconnecting");
    if (code === CLOSE.signedOut) {
      this.dispatchEvent(new CustomEvent("signedout"));
      return;
    }
    this.failures += 1;
    const unwelcome = code === CLOSE.tooMany || code === CLOSE.policy;
    if (unwelcome || this.failures >= ATTEMPTS_BEFORE_POLLING) this.#standIn();
    const wait = unwelcome ? SLOW_RETRY_MS * (0.5 + Math.random()) : this.backoff.next();
    this.#later("retry", wait, () => this.#connect());
  }

  /** Gives the socket up without waiting for its closing handshake, which a dead network never brings. */
  #drop() {
    if (this.socket === null) return;
    this.socket.close();
    this.#lost(1006);
  }

  /** The machine says that there is no network: nothing is tried until it says otherwise. */
  #silence() {
    this.#drop();
    this.#cancel("retry");
    this.poll.stop();
    this.#show("reconnecting");
  }

  #forget() {
    this.socket = null;
    for (const name of ["connect", "ping", "pong", "settle"]) this.#cancel(name);
  }

  #send(message) {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }

  // --- staying alive ---

  #keepAlive() {
    this.#later("ping", PING_MS, () => {
      this.#check();
      this.#keepAlive();
    });
  }

  /** Is the other end still there? Asked now and then, and when the page comes back to the front. */
  #check() {
    if (this.state !== "live") {
      this.#hurry();
      return;
    }
    this.#send({ op: "ping" });
    if (!this.timers.pong) this.#later("pong", PONG_MS, () => this.#drop());
  }

  #hurry() {
    if (this.socket !== null) return;
    this.#cancel("retry");
    this.backoff.reset();
    this.#connect();
  }

  #rest() {
    const socket = this.socket;
    this.#forget();
    this.#cancel("retry");
    this.poll.stop();
    socket?.close(1000);
    this.#show("reconnecting");
  }

  #standIn() {
    this.#cancel("patience");
    if (this.state === "live" || navigator.onLine === false) return;
    this.#show("polling");
    this.poll.start();
  }

  #show(state) {
    if (this.state === state) return;
    this.state = state;
    this.dispatchEvent(new CustomEvent("state", { detail: state }));
  }

  #later(name, milliseconds, what) {
    this.#cancel(name);
    this.timers[name] = setTimeout(() => {
      delete this.timers[name];
      what();
    }, milliseconds);
  }

  #cancel(name) {
    clearTimeout(this.timers[name]);
    delete this.timers[name];
  }
}
