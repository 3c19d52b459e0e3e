// The map that moves: MapLibre, with the ground and what is held on it.

import * as maplibre from "./maplibre-gl.mjs";
import { button, element } from "./elements.js";
import { NEAR_FROM_ZOOM, TOWNS_FROM_ZOOM, countryNames, groundLayers, nameLayers, readGround, readTowns } from "./ground.js";
import { readInk } from "./ink.js";
import { CLUSTERS, PICKED, SOURCE, atlasLayers, ofThing, softRadius, tileAddress } from "./layers.js";
import { picture } from "./marks.js";

const FONT = "Atkinson Hyperlegible";
const REACH = 5; // pixels around a finger or a pointer
const EMPTY = { type: "FeatureCollection", features: [] };
const WIDE = "(min-width: 60rem)";

export async function drawMap(figure, setup, address) {
  const canvas = element("div", { class: "canvas" });
  figure.querySelector(".chart").append(canvas);
  const [far] = await Promise.all([readGround(setup.files, "far"), fonts()]);
  const grounds = { far: far.lines, countries: countryNames(far, setup.language), towns: EMPTY, near: null };
  let ink = readInk(setup.resources);
  let tiles = tileAddress(setup, address);
  const marked = { chosen: null, pointed: null };

  const map = new maplibre.Map({
    container: canvas,
    style: style(grounds, ink, tiles),
    ...view(setup, address),
    attributionControl: false,
    dragRotate: false,
    pitchWithRotate: false,
    touchPitch: false,
    maxPitch: 0,
    maxZoom: 17,
    minZoom: 0.4,
    fadeDuration: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 150,
    locale: { "Map.Title": setup.words.map },
    validateStyle: false, // it is written here, and tried by the tests
  });
  map.setPadding(covered());
  addEventListener("resize", () => map.setPadding(covered()));
  map.touchZoomRotate.disableRotation();
  map.keyboard.disableRotation();
  map.setMissingStyleImageResolver((name) => {
    const made = picture(name, ink);
    if (made && !map.hasImage(name)) map.addImage(name, made.data, made.options);
  });
  controls(figure, map, setup);

  const mark = () => {
    for (const [name, id] of Object.entries(marked))
      for (const layer of [name, `${name}-pin`]) if (map.getLayer(layer)) map.setFilter(layer, ofThing(id));
  };
  const draw = () => {
    map.setStyle(style(grounds, ink, tiles), { diff: false });
    map.once("styledata", mark);
  };

  let reading = null;
  let naming = null;
  const name = async () => {
    if (map.getZoom() < TOWNS_FROM_ZOOM || naming) return;
    naming = readTowns(setup.files);
    grounds.towns = await naming;
    map.getSource("towns").setData(grounds.towns);
  };
  const look = async () => {
    map.setPaintProperty("soft", "circle-radius", softRadius(map.getCenter().lat));
    if (map.getZoom() < NEAR_FROM_ZOOM || grounds.near || reading) return;
    reading = readGround(setup.files, "near");
    grounds.near = (await reading).lines;
    map.addSource("near", ground(grounds.near));
    for (const layer of groundLayers("near", ink, { minzoom: NEAR_FROM_ZOOM })) map.addLayer(layer, "countries");
  };

  tellWhetherBusy(figure, map);
  await map.once("load");
  figure.classList.add("alive");
  const near = () => {
    name().catch(() => (naming = null));
    look().catch(() => (reading = null));
  };
  map.on("moveend", near);
  near();

  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    ink = readInk(setup.resources);
    draw();
  });
  address.addEventListener("change", ({ detail: why }) => {
    const next = tileAddress(setup, address);
    if (next !== tiles) {
      tiles = next;
      map.getSource(SOURCE).setTiles([tiles]);
    }
    if (why === "back" && address.view) map.jumpTo(camera(address.view));
  });
  map.on("moveend", (event) => {
    if (!event.originalEvent && !event.ours) return;
    const { lat, lng } = map.getCenter().wrap();
    address.moved({ zoom: map.getZoom(), lat, lon: lng });
  });

  return {
    map,
    box: () => box(map),
    onMove: (act) => map.on("moveend", act),
    onPick: (act) => pick(map, act),
    goTo: (to) => to && map.fitBounds([to.slice(0, 2), to.slice(2)], { padding: room(), maxZoom: 12 }, { ours: true }),
    choose: (id) => {
      marked.chosen = id;
      mark();
    },
    point: (id) => {
      marked.pointed = id;
      mark();
    },
  };
}

function style(grounds, ink, tiles) {
  return {
    version: 8,
    sources: {
      far: ground(grounds.far),
      ...(grounds.near ? { near: ground(grounds.near) } : {}),
      countries: { type: "geojson", data: grounds.countries },
      towns: { type: "geojson", data: grounds.towns },
      [SOURCE]: { type: "vector", tiles: [tiles], minzoom: 0, maxzoom: 14, promoteId: "id" },
    },
    layers: [
      { id: "sea", type: "background", paint: { "background-color": ink.sea } },
      ...groundLayers("far", ink),
      ...(grounds.near ? groundLayers("near", ink, { minzoom: NEAR_FROM_ZOOM }) : []),
      ...nameLayers(ink, FONT),
      ...atlasLayers(ink, FONT),
    ],
  };
}

function ground(data) {
  return { type: "geojson", data, maxzoom: 9, tolerance: 0.4, buffer: 16 };
}

function view(setup, address) {
  if (address.view) return camera(address.view);
  if (setup.extent) {
    const [west, south, east, north] = setup.extent;
    return { bounds: [west, Math.max(south, -80), east, Math.min(north, 80)], fitBoundsOptions: { padding: room(), maxZoom: 11 } };
  }
  return camera({ zoom: setup.view[0], lat: setup.view[1], lon: setup.view[2] });
}

function camera({ zoom, lat, lon }) {
  return { zoom, center: [lon, lat] };
}

// What lies over the map: on a phone the search field, and below the panel (as in map.css).
function covered() {
  const none = { top: 0, left: 0, right: 0, bottom: 0 };
  return matchMedia(WIDE).matches ? none : { ...none, top: 60, bottom: Math.round(innerHeight * 0.42) };
}

// How far what is shown stays from the edges.
function room() {
  return matchMedia(WIDE).matches ? 56 : 28;
}

// The part of the map that is seen, in degrees.
function box(map) {
  const { top, bottom } = covered();
  const { clientWidth, clientHeight } = map.getContainer();
  const [from, to] = [map.unproject([0, clientHeight - bottom]), map.unproject([clientWidth, top])];
  const round = (degrees) => Math.round(degrees * 1e6) / 1e6;
  const south = round(Math.max(from.lat, -90));
  const north = round(Math.min(to.lat, 90));
  if (to.lng - from.lng >= 360) return [-180, south, 180, north];
  const turned = (lon) => round(((((lon + 180) % 360) + 360) % 360) - 180);
  return [turned(from.lng), south, turned(to.lng), north];
}

function pick(map, act) {
  const around = ({ x, y }) => [[x - REACH, y - REACH], [x + REACH, y + REACH]];
  const at = (point, layers) => map.queryRenderedFeatures(around(point), { layers });
  map.on("click", ({ point }) => {
    const [cluster] = at(point, [CLUSTERS]);
    if (cluster) {
      map.easeTo({ center: cluster.geometry.coordinates, zoom: Math.min(map.getZoom() + 2, 15) }, { ours: true });
      return;
    }
    const found = new Map();
    for (const { properties } of at(point, PICKED)) if (properties.id) found.set(properties.id, properties);
    act([...found.values()]);
  });
  map.on("mousemove", ({ point }) => {
    map.getCanvas().style.cursor = at(point, [CLUSTERS, ...PICKED]).length ? "pointer" : "";
  });
}

function controls(figure, map, setup) {
  const { words } = setup;
  const whole = () => {
    if (setup.extent) map.fitBounds(view({ ...setup }, {}).bounds, { padding: room(), maxZoom: 11 }, { ours: true });
  };
  const names = { "aria-label": words.zoom_in, title: words.zoom_in };
  figure.append(
    element(
      "div",
      { class: "zoom" },
      button("+", () => map.zoomIn({}, { ours: true }), names),
      button("−", () => map.zoomOut({}, { ours: true }), { "aria-label": words.zoom_out, title: words.zoom_out }),
      setup.extent ? button(corners(), whole, { "aria-label": words.whole, title: words.whole }) : null,
    ),
  );
  map.addControl(new maplibre.ScaleControl({ maxWidth: 96, unit: "metric" }), "bottom-left");
  figure.querySelector(".creed").append(" ", element("small", {}, words.made_with));
}

// Say, to whoever listens, whether the map is still being drawn.  The library's own word for rest, `idle`, does not come
// when the last data does once all is drawn.
function tellWhetherBusy(figure, map) {
  let waiting = 0;
  const settle = () => {
    waiting = 0;
    if (map.loaded() && !map.isMoving()) figure.setAttribute("aria-busy", "false");
    else waiting = setTimeout(settle, 100);
  };
  map.on("dataloading", () => {
    figure.setAttribute("aria-busy", "true");
    waiting ||= setTimeout(settle, 100);
  });
}

// Four corners: all of it.
function corners() {
  const drawn = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  for (const [name, value] of Object.entries({ viewBox: "0 0 20 20", width: 20, height: 20, class: "corners" }))
    drawn.setAttribute(name, value);
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", "M3 7.5V3h4.5M12.5 3H17v4.5M17 12.5V17h-4.5M7.5 17H3v-4.5");
  drawn.append(path);
  return drawn;
}

// Names on the map are drawn with the page's own letters, once these are there.
function fonts() {
  const wanted = [`400 16px "${FONT}"`, `700 16px "${FONT}"`].map((font) => document.fonts.load(font));
  return Promise.all(wanted).catch(() => null);
}
