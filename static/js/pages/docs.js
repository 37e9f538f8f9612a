// The interactive document: swagger-ui over our own description, in the site's light or dark.

import { API, csrfToken } from "../api.js";
import "../shell.js";

const READS = new Set(["GET", "HEAD", "OPTIONS"]);
const dark = matchMedia("(prefers-color-scheme: dark)");
const root = document.documentElement;

/** A call without a token goes with the browser's session, which has to show its CSRF token. */
function withSession(call) {
  const isOurs = new URL(call.url, location.href).origin === location.origin;
  const isWrite = !READS.has((call.method ?? "GET").toUpperCase());
  if (isOurs && isWrite && !call.headers?.Authorization) {
    call.headers = { ...call.headers, "X-CSRFToken": csrfToken() };
  }
  return call;
}

/** swagger-ui has its own dark look, behind a class. */
function followTheme() {
  const isDark = root.dataset.theme ? root.dataset.theme === "dark" : dark.matches;
  root.classList.toggle("dark-mode", isDark);
}

followTheme();
dark.addEventListener("change", followTheme);
new MutationObserver(followTheme).observe(root, { attributes: true, attributeFilter: ["data-theme"] });

window.SwaggerUIBundle({
  url: `${API}/openapi.json`,
  dom_id: "#swagger",
  deepLinking: true,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  filter: true,
  tryItOutEnabled: false,
  persistAuthorization: false, // a token is forgotten with the page
  validatorUrl: null, // the document is ours: nobody else is asked about it
  requestInterceptor: withSession,
});
