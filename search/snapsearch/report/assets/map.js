"use strict";
// The map: pointing at an architecture (or moving to it with Tab) shows its block.
(() => {
  const box = document.getElementById("hover");
  const map = document.querySelector(".map");
  const plane = map && map.querySelector("svg.plane");
  if (!plane) return;
  const show = (dot) => {
    const entry = document.getElementById("about-" + dot.dataset.trial);
    const drawing = document.getElementById("drawing-" + dot.dataset.trial);
    box.replaceChildren(entry.content.cloneNode(true));
    if (drawing) box.append(drawing.content.cloneNode(true));
    box.style.display = "block";
    const frame = map.getBoundingClientRect(), spot = dot.getBoundingClientRect();
    const x = spot.right - frame.left + 10, left = spot.left - frame.left - box.offsetWidth - 10;
    box.style.left = Math.max(0, x + box.offsetWidth > frame.width ? left : x) + "px";
    const y = spot.top - frame.top - 20, low = frame.height - box.offsetHeight;
    box.style.top = Math.max(0, Math.min(y, Math.max(0, low))) + "px";
  };
  const hide = () => { box.style.display = "none"; };
  for (const dot of plane.querySelectorAll("circle")) {
    dot.addEventListener("pointerenter", () => show(dot));
    dot.addEventListener("pointerleave", hide);
    dot.addEventListener("focus", () => show(dot));
    dot.addEventListener("blur", hide);
  }
})();
