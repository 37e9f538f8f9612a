// A part of the page that comes from the API: skeleton, then content, or what went wrong and a way to try again.

import { ApiError, request } from "./api.js";
import { renderInto } from "./render.js";
import retryTemplate from "../../templates/parts/retry.art";

/** Loads `path` into `place` through `template`; `shown(values)` runs after each success. */
export async function load(place, { path, template, shape = (values) => values, shown = () => {} }) {
  place.setAttribute("aria-busy", "true");
  try {
    const values = await request("GET", path);
    renderInto(place, template, shape(values));
    shown(values);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    renderInto(place, retryTemplate, { message: error.message });
    place.querySelector("[data-retry]").addEventListener("click", () => {
      load(place, { path, template, shape, shown });
    });
  }
}
