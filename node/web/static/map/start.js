// Begins what the page cannot do by itself: the list follows the map, the search answers as one types, and the map
// moves.  Without any of it the page works as the server sent it.

import { Address } from "./address.js";
import { startChoices } from "./choices.js";
import { startPanel } from "./panel.js";
import { startSearch } from "./search.js";

const figure = document.getElementById("map");
if (figure) start(figure);

async function start(figure) {
  const setup = JSON.parse(figure.dataset.setup);
  const root = document.documentElement;
  root.classList.add("scripted");
  const address = new Address();
  const panel = startPanel(setup, address);
  startSearch(setup, address);
  startChoices(setup, address);
  const stay = () => {
    root.classList.add("undrawn");
    panel.tell(setup.words.undrawn);
  };
  if (!canDraw()) return stay();
  // The page is read first; the library, a megabyte, comes after.
  await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 0)));
  try {
    const { drawMap } = await import("./chart.js");
    panel.follow(await drawMap(figure, setup, address));
  } catch (error) {
    console.error(error);
    stay();
  }
}

function canDraw() {
  try {
    return Boolean(document.createElement("canvas").getContext("webgl2"));
  } catch {
    return false;
  }
}
