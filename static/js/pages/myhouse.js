// My houses: what guests see of them, and what the host can do. Changes made elsewhere show by themselves.

import { ApiError, request } from "../api.js";
import { whileBusy } from "../busy.js";
import { ownedCard, summaryOf } from "../host/owned.js";
import { putOnline, removeHouse, statusShown, takeOffline } from "../host/status.js";
import { _ } from "../i18n.js";
import { element, renderInto } from "../render.js";
import { live } from "../shell.js";
import { toast } from "../toast.js";
import noneTemplate from "../../../templates/houses/owned-none.art";
import retryTemplate from "../../../templates/parts/retry.art";

const list = document.getElementById("houses");
const more = document.getElementById("more");
const publish = document.getElementById("publish");
const said = document.getElementById("houses-said");
const houses = new Map(); // house id → its summary
const asked = new Set(); // houses that are being read anew
let next = null;

const cardOf = (houseId) => list.querySelector(`[data-house="${houseId}"]`);

/** An empty list says how to begin; then the button above it would be one too many. */
function showNone() {
  if (publish) publish.hidden = houses.size === 0;
  if (houses.size) return;
  list.replaceChildren(
    element(noneTemplate, { verified: list.dataset.verified === "yes", scene: list.dataset.scene }),
  );
}

/** Shows a house anew in its place, or a new one on top; the focus stays where it was on the card. */
function show(house, place = "top") {
  const before = cardOf(house.house_id);
  const card = ownedCard(house);
  const held = before?.contains(document.activeElement) ? [...before.querySelectorAll("a, button")] : [];
  const index = held.indexOf(document.activeElement);
  houses.set(house.house_id, house);
  list.querySelector(".owned-none")?.remove();
  if (publish) publish.hidden = false;
  if (before) before.replaceWith(card);
  else if (place === "top") list.prepend(card);
  else list.append(card);
  if (index >= 0) card.querySelectorAll("a, button")[index]?.focus();
}

function drop(houseId) {
  houses.delete(houseId);
  cardOf(houseId)?.remove();
  showNone();
}

async function loadPage() {
  const page = await request("GET", `/user/houses${next ? `?cursor=${encodeURIComponent(next)}` : ""}`);
  if (next === null) list.replaceChildren();
  list.removeAttribute("aria-busy");
  for (const house of page.houses) show(house, "bottom");
  next = page.next;
  more.hidden = next === null;
  showNone();
}

async function loadFirst() {
  try {
    await loadPage();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const place = document.createElement("li");
    renderInto(place, retryTemplate, { message: error.message });
    list.replaceChildren(place);
    list.removeAttribute("aria-busy");
    place.querySelector("[data-retry]").addEventListener("click", loadFirst);
  }
}

async function loadMore(button) {
  try {
    await whileBusy(button, loadPage);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    toast(error.message, "danger");
  }
}

/** Reads a house again after it changed somewhere; several changes at once are one reading. */
async function refresh(houseId) {
  if (asked.has(houseId)) return;
  asked.add(houseId);
  await new Promise((resolve) => setTimeout(resolve, 120));
  asked.delete(houseId);
  try {
    const { house } = await request("GET", `/houses/${houseId}`);
    const before = houses.get(houseId);
    show(summaryOf(house));
    if (before && before.status !== house.status) {
      said.textContent = _("“%(title)s”：%(status)s", { title: house.title, status: statusShown(house.status).name });
    }
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.status === 404) drop(houseId);
  }
}

/** Where the focus goes when the button that had it is gone with its card. */
function focusNear(card) {
  const near = card.nextElementSibling ?? card.previousElementSibling;
  return () => (near?.querySelector("a") ?? document.getElementById("main")).focus();
}

async function act(button) {
  const card = button.closest("[data-house]");
  const house = houses.get(Number(card.dataset.house));
  const { house_id: houseId, title } = house;
  await whileBusy(button, async () => {
    if (button.matches("[data-delete]")) {
      const refocus = focusNear(card);
      if (!(await removeHouse(houseId, title))) return;
      drop(houseId);
      refocus();
      return;
    }
    const online = button.dataset.move === "online";
    const moved = await (online ? putOnline(houseId) : takeOffline(houseId, title));
    if (moved) show({ ...houses.get(houseId), ...moved });
  });
}

list.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-move], [data-delete]");
  if (button) act(button);
});
more.querySelector("button").addEventListener("click", ({ currentTarget }) => loadMore(currentTarget));
live.addEventListener("house", ({ detail }) => {
  if (detail.status === "deleted") drop(detail.house_id);
  else if (!("calendar_version" in detail)) refresh(detail.house_id);
});
loadFirst();
