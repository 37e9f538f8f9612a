// Sending an order so that it is made once: the same key goes with every repetition of the same attempt.

import { request } from "../api.js";

/** A random UUID; crypto.randomUUID is missing where a page does not come by https. */
function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

/** Whether nobody knows what became of a request. */
export const isUnknown = (error) =>
  error.status === 0 || error.status >= 500 || error.errors.some(({ field, message }) => field === "Idempotency-Key" && message);

const isSame = (one, other) => ["start_date", "end_date", "guests"].every((name) => one[name] === other[name]);

export class Placing {
  constructor() {
    this.attempt = null; // the one whose outcome nobody knows
  }

  /** The new order. After an answer that never came, the same attempt goes again, with its own key and price. */
  async send(body) {
    const attempt = this.attempt && isSame(this.attempt.body, body) ? this.attempt : { key: newKey(), body };
    this.attempt = attempt;
    try {
      const { order } = await request("POST", "/orders", attempt);
      return order;
    } catch (error) {
      if (!isUnknown(error)) this.attempt = null;
      throw error;
    }
  }
}

/** An order of this guest for exactly this stay that is still alive, or null: it may be what holds the nights. */
export async function findOwn(houseId, stay) {
  const { orders } = await request("GET", "/orders?role=guest&status=WAIT_ACCEPT,WAIT_PAYMENT,PAID");
  const isIt = (order) => order.house_id === houseId && order.start_date === stay.start && order.end_date === stay.end;
  return orders.find(isIt) ?? null;
}
