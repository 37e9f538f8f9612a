// The document to read: the contents stand open where there is room for them, examples can be copied.

import { copyTextOf } from "../clipboard.js";
import { _ } from "../i18n.js";
import "../shell.js";

const contents = document.getElementById("toc");
const roomy = matchMedia("(min-width: 1024px)");

function placeContents() {
  contents.open = roomy.matches;
}

/** On a phone the contents cover what they lead to. */
function closeContents(event) {
  if (event.target.closest("a") && !roomy.matches) contents.open = false;
}

function addCopyButton(snippet) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button button--quiet button--small snippet__copy";
  button.textContent = _("复制");
  button.addEventListener("click", () => copyTextOf(snippet.querySelector("code")));
  snippet.append(button);
}

/** An address may lead into an example or to a call: both have to be visible. */
function openTarget() {
  document.getElementById(decodeURIComponent(location.hash.slice(1)))?.closest("details")?.setAttribute("open", "");
}

placeContents();
roomy.addEventListener("change", placeContents);
contents.addEventListener("click", closeContents);
window.addEventListener("beforeprint", () => {
  for (const example of document.querySelectorAll(".example")) example.open = true;
});
window.addEventListener("hashchange", openTarget);
if (navigator.clipboard) for (const snippet of document.querySelectorAll("[data-copied]")) addCopyButton(snippet);
openTarget();
