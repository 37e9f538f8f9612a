// Sending an order so that it is made once: the same key goes with every repetition of the same attempt.

import { request } from "../api.js";
import { newUuid } from "../uuid.js";

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
    const attempt = this.attempt && isSame(this.attempt.body, body) ? this.attempt : { key: newUuid(), body };
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
