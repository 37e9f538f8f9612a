// The inbox page: draws the kept messages, then each new one as the server tells of it.
"use strict";

const words = JSON.parse(document.body.dataset.words);
const language = document.documentElement.lang;
const list = document.getElementById("messages");
const filter = document.getElementById("filter");
const live = document.getElementById("live");
const empty = document.getElementById("empty");
const template = document.getElementById("message");
const KEPT = 500;
const SHOWN = 50;
let messages = [];
let arrivals = 0;

const clock = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "medium" });
const ago = new Intl.RelativeTimeFormat(language, { numeric: "auto", style: "narrow" });

function said(moment) {
  const seconds = Math.round((Date.now() - moment) / 1000);
  if (seconds < 10) return words.now;
  if (seconds < 60) return ago.format(-seconds, "second");
  if (seconds < 3600) return ago.format(-Math.floor(seconds / 60), "minute");
  return clock.format(moment);
}

function fillTimes(item, message) {
  const moment = new Date(message.received_at);
  const when = item.querySelector(".when");
  const isCode = message.code !== null;
  const isOver = isCode && Date.now() - moment > message.minutes * 60000;
  when.textContent = said(moment);
  when.dateTime = message.received_at;
  when.title = clock.format(moment);
  item.classList.toggle("expired", isOver);
  const life = isOver ? words.expired : words.valid.replace("{minutes}", message.minutes);
  item.querySelector(".life").textContent = isCode ? life : words.notice;
}

function drawCode(button, code) {
  button.textContent = code;
  button.dataset.copy = code;
  button.setAttribute("aria-label", `${words.copy} ${code}`);
}

function drawNotice(item, message) {
  const text = item.querySelector(".text");
  text.textContent = message.texts.join(" · ");
  text.hidden = false;
  item.querySelector(".code").remove();
  item.classList.add("notice");
}

function draw(message) {
  const item = template.content.firstElementChild.cloneNode(true);
  if (message.code === null) drawNotice(item, message);
  else drawCode(item.querySelector(".code"), message.code);
  item.querySelector(".mobile").textContent = message.mobile;
  item.dataset.sid = message.message_sid;
  fillTimes(item, message);
  return item;
}

function wanted() {
  const digits = filter.value.trim();
  return messages.filter((message) => message.mobile.includes(digits)).slice(0, SHOWN);
}

function show(newSid) {
  const matching = wanted();
  list.replaceChildren(...matching.map(draw));
  if (newSid) list.querySelector(`[data-sid="${CSS.escape(newSid)}"]`)?.classList.add("new");
  empty.hidden = matching.length > 0;
  document.getElementById("empty-text").textContent = messages.length ? words.nothing : words.empty;
}

function tick() {
  const bySid = new Map(messages.map((message) => [message.message_sid, message]));
  for (const item of list.children) fillTimes(item, bySid.get(item.dataset.sid));
}

function setLive(state) {
  live.dataset.state = state;
  live.textContent = words[state];
}

async function reload() {
  const before = arrivals;
  const answer = await fetch("/inbox");
  if (!answer.ok) throw new Error(String(answer.status));
  const kept = await answer.json();
  if (arrivals !== before) return reload(); // one came while we asked: the list may lack it
  messages = kept;
  show();
  setLive("live");
}

function listen() {
  const source = new EventSource("/inbox/events");
  source.onopen = () => reload().catch(() => setLive("lost"));
  source.onerror = () => {
    setLive("lost");
    if (source.readyState === EventSource.CLOSED) setTimeout(listen, 3000);
  };
  source.onmessage = (event) => {
    arrivals += 1;
    const message = JSON.parse(event.data);
    if (messages.some((known) => known.message_sid === message.message_sid)) return;
    messages = [message, ...messages].slice(0, KEPT);
    show(message.message_sid);
  };
}

async function copy(event) {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  await navigator.clipboard.writeText(button.dataset.copy);
  button.dataset.copied = words.copied;
  setTimeout(() => delete button.dataset.copied, 1200);
}

document.addEventListener("click", (event) => copy(event).catch(() => {}));
filter.addEventListener("input", () => show());
setInterval(tick, 10000);
listen();
