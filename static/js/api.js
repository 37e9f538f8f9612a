// Requests to our API: the CSRF header, JSON, time-outs, one retry with a fresh token, errors as ApiError.

import { hearDate } from "./clock.js";
import { _ } from "./i18n.js";

export const API = "/api/v1_0";
const TIMEOUT_MS = 15_000;
const NOT_SIGNED_IN = "4101";
const REFUSED = "4201";

/** What the API refused, or why it could not be asked (status 0). `errors` belong to form fields. */
export class ApiError extends Error {
  constructor({ status = 0, errno = "", message, errors = [], retryAfter = null }) {
    super(message);
    this.name = "ApiError";
    Object.assign(this, { status, errno, errors, retryAfter });
  }

  /** The sentence for one form field, or undefined. */
  fieldMessage(field) {
    return this.errors.find((error) => error.field === field)?.message;
  }
}

export function csrfToken() {
  const cookie = document.cookie.split("; ").find((part) => part.startsWith("csrf_token="));
  return cookie ? decodeURIComponent(cookie.slice("csrf_token=".length)) : "";
}

/** The address of the login page that comes back to where the visitor is. */
export function loginAddress() {
  const here = location.pathname + location.search;
  return `/login.html?from=${encodeURIComponent(here)}`;
}

/** An ApiError out of a status, the answer's parsed body (or null) and its Retry-After header. */
export function errorFrom(status, body, retryAfter) {
  const wait = Number.parseInt(retryAfter ?? "", 10);
  return new ApiError({
    status,
    errno: body?.errno ?? "",
    message: body?.errmsg || (status === 413 ? _("文件太大") : _("服务暂时不可用，请稍后再试")),
    errors: Array.isArray(body?.errors) ? body.errors : [],
    retryAfter: Number.isFinite(wait) ? wait : null,
  });
}

/** The error of a request that never got an answer. */
export function unreachable(timedOut) {
  if (navigator.onLine === false) return new ApiError({ message: _("网络已断开，连上网络后请再试一次") });
  if (timedOut) return new ApiError({ message: _("服务器没有及时答复，请再试一次") });
  return new ApiError({ message: _("连不上服务器，请检查网络后再试") });
}

/** Ends when the caller's signal does or when the time is up, whichever is first. */
function limitTime(outer, milliseconds) {
  const inner = new AbortController();
  const timer = setTimeout(() => inner.abort(new DOMException("timeout", "TimeoutError")), milliseconds);
  const stop = () => inner.abort(outer.reason);
  if (outer?.aborted) stop();
  outer?.addEventListener("abort", stop, { once: true });
  const release = () => {
    clearTimeout(timer);
    outer?.removeEventListener("abort", stop);
  };
  return { signal: inner.signal, release };
}

async function exchange(method, path, { body, signal, key, timeout = TIMEOUT_MS }) {
  const headers = { Accept: "application/json" };
  if (key) headers["Idempotency-Key"] = key;
  if (method !== "GET") headers["X-CSRFToken"] = csrfToken();
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const limit = limitTime(signal, timeout);
  try {
    const answer = await fetch(API + path, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      credentials: "same-origin",
      cache: "no-cache", // asks again each time; an ETag spares the body
      signal: limit.signal,
    });
    hearDate(answer.headers.get("Date"));
    const parsed = await answer.json().catch((error) => {
      if (error instanceof SyntaxError) return null;
      throw error;
    });
    return { answer, parsed };
  } catch (error) {
    if (signal?.aborted) throw error;
    throw unreachable(limit.signal.aborted);
  } finally {
    limit.release();
  }
}

/** Asks for a fresh CSRF token: any answer of GET /session sets the cookie. */
export async function renewToken() {
  await exchange("GET", "/session", {});
}

export function isStaleToken(error) {
  return error.status === 403 && error.errno === REFUSED;
}

async function send(method, path, options) {
  const { answer, parsed } = await exchange(method, path, options);
  if (answer.ok && parsed !== null) return parsed.data;
  throw errorFrom(answer.status, parsed, answer.headers.get("Retry-After"));
}

/**
 * The `data` of the answer; throws ApiError. Options: body, signal, timeout (ms), key (an Idempotency-Key: sent twice, it
 * is done once), and stay: true to get a 401 as an error instead of being sent to the login page.
 */
export async function request(method, path, options = {}) {
  try {
    return await send(method, path, options);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (method !== "GET" && isStaleToken(error)) {
      await renewToken();
      return send(method, path, options);
    }
    if (error.errno === NOT_SIGNED_IN && !options.stay) location.assign(loginAddress());
    throw error;
  }
}
