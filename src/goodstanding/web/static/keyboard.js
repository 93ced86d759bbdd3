// The keys of the house. None fires while somebody types.
import { openPalette, showShortcuts } from "./palette.js";
import { moveFocus, openFocused, tickFocused } from "./rows.js";

const KEYS = {
  j: () => moveFocus(1),
  k: () => moveFocus(-1),
  x: tickFocused,
  Enter: openFocused,
  "?": showShortcuts,
  "/": (event) => {
    const finder = document.getElementById("finder");
    if (!finder) return;
    event.preventDefault();
    finder.focus();
    finder.select();
  },
};

let waitingForPlace = false;

export function listenForKeys() {
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      openPalette();
      return;
    }
    if (event.key === "Escape" && event.target.id === "finder") event.target.blur();
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    if (document.querySelector("dialog[open]")) return;
    if (goToPlace(event)) return;
    KEYS[event.key]?.(event);
  });
}

// g, then the first letter of a place on the rail.
function goToPlace(event) {
  if (!waitingForPlace) {
    waitingForPlace = event.key === "g";
    return waitingForPlace;
  }
  waitingForPlace = false;
  const places = [...document.querySelectorAll(".rail .place")];
  const place = places.find((link) => link.textContent.trim().toLowerCase().startsWith(event.key));
  if (place) window.location.assign(place.href);
  return Boolean(place);
}

function isTyping(element) {
  return element.matches("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");
}
