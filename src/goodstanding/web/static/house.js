// What the pages can do beyond links and forms. Without it everything still works.
import { watchFrames } from "./frames.js";
import { listenForKeys } from "./keyboard.js";
import { sparesTheBusy } from "./live.js";
import { readyPalette } from "./palette.js";
import { readyRows } from "./rows.js";
import { keepTyped } from "./typed.js";

readyRows();
readyPalette();
listenForKeys();
keepTyped();
sparesTheBusy();
watchFrames();

document.querySelector("[data-focus]")?.focus();

// A menu closes when the person clicks elsewhere or presses Escape.
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = document.activeElement?.closest("details.menu[open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});

// Filters, headings and pages of a list swap the content in place. A keyboard user stays where the
// link was: on the same link if it is still there, else at the content.
let followed = "";
document.addEventListener("htmx:beforeRequest", (event) => {
  followed = event.detail.elt.closest("[hx-boost]") ? event.detail.elt.textContent.trim() : "";
});
document.addEventListener("htmx:afterSettle", () => {
  if (!followed || document.activeElement !== document.body) return;
  const links = [...document.querySelectorAll("#main [hx-boost] a")];
  const same = links.find((link) => link.textContent.trim() === followed);
  (same ?? document.getElementById("main")).focus({ preventScroll: true });
});
