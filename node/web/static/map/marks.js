// Pictures that the map shows: hatching, the pin of each resource, a dot for a town.  Drawn here from the icons that stand
// in the page, when the map first asks for one.

const RATIO = 2; // as sharp as a phone's screen
const PIN = 30; // pixels across, with room for the seal
const DISC = 10.5; // radius of the disc
const ICON = 15; // the icons' own square

// Names: `hatch|water`, `pin|water|own|1|0` (resource, who speaks, pact in force, alert open), `town`.
export function picture(name, ink) {
  const [kind, resource, told, pact, alert] = name.split("|");
  const colour = ink.resources[resource] || ink.resources.other;
  if (kind === "hatch") return hatch(colour);
  if (kind === "pin") return pin(resource, colour, told, pact === "1", alert === "1", ink);
  if (kind === "town") return town(ink);
  return null;
}

function canvas(width, height) {
  const made = document.createElement("canvas");
  made.width = width * RATIO;
  made.height = height * RATIO;
  const pen = made.getContext("2d");
  pen.scale(RATIO, RATIO);
  return [made, pen];
}

function done(made) {
  const data = made.getContext("2d").getImageData(0, 0, made.width, made.height);
  return { data, options: { pixelRatio: RATIO } };
}

function hatch(colour) {
  const [made, pen] = canvas(8, 8);
  pen.strokeStyle = colour;
  pen.globalAlpha = 0.75;
  pen.lineWidth = 1.8;
  pen.beginPath();
  for (const shift of [-8, 0, 8]) {
    pen.moveTo(shift - 2, 10);
    pen.lineTo(shift + 10, -2);
  }
  pen.stroke();
  return done(made);
}

function pin(resource, colour, told, pact, alert, ink) {
  const [made, pen] = canvas(PIN, PIN);
  const middle = PIN / 2;
  const ring = (radius, stroke, width, dashes = []) => {
    pen.beginPath();
    pen.setLineDash(dashes);
    pen.arc(middle, middle, radius, 0, 2 * Math.PI);
    pen.strokeStyle = stroke;
    pen.lineWidth = width;
    pen.stroke();
    pen.setLineDash([]);
  };
  pen.beginPath();
  pen.arc(middle, middle, DISC + (alert ? 3.5 : 1.5), 0, 2 * Math.PI);
  pen.fillStyle = ink.land;
  pen.fill();
  if (alert) ring(DISC + 2.6, ink.alarm, 2);
  if (told === "own") ring(DISC, colour, 2);
  else if (told === "contested") {
    ring(DISC, colour, 3, [1.4, 1.8]);
    ring(DISC - 1.6, colour, 0.8);
  } else ring(DISC, colour, 1.8, [3.4, 2.6]);
  draw(pen, resource, colour, middle - 7, middle - 7, 14);
  if (pact) seal(pen, PIN - 8, PIN - 8, ink);
  return done(made);
}

// A seal: a small notched disc, as stamped.
function seal(pen, x, y, ink) {
  pen.beginPath();
  for (let step = 0; step < 24; step += 1) {
    const turn = (step / 24) * 2 * Math.PI;
    const radius = step % 2 ? 5.4 : 6.6;
    pen.lineTo(x + radius * Math.cos(turn), y + radius * Math.sin(turn));
  }
  pen.closePath();
  pen.fillStyle = ink.accent;
  pen.strokeStyle = ink.land;
  pen.lineWidth = 1.2;
  pen.fill();
  pen.stroke();
  pen.beginPath();
  pen.moveTo(x - 2.4, y + 0.2);
  pen.lineTo(x - 0.6, y + 2);
  pen.lineTo(x + 2.6, y - 1.8);
  pen.strokeStyle = ink.land;
  pen.lineWidth = 1.4;
  pen.stroke();
}

function town(ink) {
  const [made, pen] = canvas(6, 6);
  pen.beginPath();
  pen.arc(3, 3, 1.9, 0, 2 * Math.PI);
  pen.fillStyle = ink.name;
  pen.fill();
  return done(made);
}

function draw(pen, resource, colour, x, y, size) {
  const symbol = document.getElementById(`i-${resource}`) || document.getElementById("i-other");
  const [, , wide = ICON, tall = ICON] = (symbol?.getAttribute("viewBox") || "").split(" ").map(Number);
  const path = symbol?.querySelector("path");
  if (!path) return;
  pen.save();
  pen.translate(x, y);
  pen.scale(size / wide, size / tall);
  pen.fillStyle = colour;
  pen.fill(new Path2D(path.getAttribute("d")), path.getAttribute("fill-rule") || "nonzero");
  pen.restore();
}
