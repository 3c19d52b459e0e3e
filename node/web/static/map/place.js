// A small map in a form: a tap sets the point, or the corners of the limits one after another.  What it sets it writes
// into the form's own fields, which stay for whoever types them.

import * as maplibre from "./maplibre-gl.mjs";
import { button, element } from "./elements.js";
import { NEAR_FROM_ZOOM, countryNames, groundLayers, nameLayers, readGround, readTowns } from "./ground.js";
import { readInk } from "./ink.js";
import { picture } from "./marks.js";

const FONT = "Atkinson Hyperlegible";
const EMPTY = { type: "FeatureCollection", features: [] };

// Each is an element that can be dragged; limits with more are shown, and changed as text.
const CORNERS_MAX = 150;

const place = document.getElementById("draw");
if (place) start(place);

async function start(place) {
  const form = place.closest("form");
  const chosen = () => form.querySelector('[name="place"]:checked')?.value;
  const wanted = () => ["point", "limits"].includes(chosen());
  let drawing = null;
  const look = async () => {
    place.hidden = !wanted();
    if (!wanted()) return;
    drawing = drawing || draw(place, form, chosen);
    (await drawing)?.turn();
  };
  form.addEventListener("change", look);
  await look();
}

async function draw(place, form, chosen) {
  if (!canDraw()) return null;
  const { files, words, box } = JSON.parse(place.dataset.setup);
  const fields = { lat: form.elements.lat, lon: form.elements.lon, geojson: form.elements.geojson };
  const chart = element("div", { class: "chart" });
  const canvas = element("div", { class: "canvas" });
  const told = element("p", { class: "told", role: "status" });
  chart.append(canvas);
  place.append(told, chart);

  const far = await readGround(files, "far");
  const grounds = { far: far.lines, near: null, towns: EMPTY, countries: countryNames(far, document.documentElement.lang) };
  let ink = readInk([]);
  const view = box ? { bounds: box, fitBoundsOptions: { padding: 40, maxZoom: 12 } } : { center: [0, 10], zoom: 0.8 };
  const map = new maplibre.Map({
    container: canvas,
    style: style(grounds, ink),
    ...view,
    attributionControl: false,
    dragRotate: false,
    pitchWithRotate: false,
    touchPitch: false,
    maxPitch: 0,
    maxZoom: 18,
    cooperativeGestures: false,
    fadeDuration: 0,
    locale: { "Map.Title": words.map },
  });
  map.touchZoomRotate.disableRotation();
  map.keyboard.disableRotation();
  map.setMissingStyleImageResolver((name) => {
    const made = picture(name, ink);
    if (made && !map.hasImage(name)) map.addImage(name, made.data, made.options);
  });
  map.addControl(new maplibre.ScaleControl({ maxWidth: 96, unit: "metric" }), "bottom-left");
  chart.append(zoom(map, words));
  await map.once("load");
  place.classList.add("alive");
  readTowns(files).then((towns) => {
    grounds.towns = towns;
    map.getSource("towns").setData(towns);
  });
  const near = async () => {
    if (map.getZoom() < NEAR_FROM_ZOOM || grounds.near) return;
    grounds.near = (await readGround(files, "near")).lines;
    map.addSource("near", ground(grounds.near));
    for (const layer of groundLayers("near", ink, { minzoom: NEAR_FROM_ZOOM })) map.addLayer(layer, "countries");
  };
  map.on("moveend", () => near().catch(() => null));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    ink = readInk([]);
    map.setStyle(style(grounds, ink), { diff: false });
    map.once("styledata", show);
  });

  // What is drawn: a point or corners, in degrees; `shown` is what was given as text and has too many of them.
  const state = { point: read(fields), corners: [], shown: null, marks: [] };
  take(fields.geojson.value);

  function take(text) {
    state.corners = [];
    state.shown = null;
    if (!text.trim()) return;
    try {
      const geometry = bare(JSON.parse(text));
      const [ring, ...holes] = geometry.type === "Polygon" ? geometry.coordinates : [];
      if (ring && !holes.length && ring.length <= CORNERS_MAX + 1) state.corners = ring.slice(0, -1).map(([x, y]) => [x, y]);
      else state.shown = geometry;
    } catch {
      state.shown = null; // said beside the field when it is looked over
    }
  }

  function write() {
    if (chosen() === "point") {
      const [lon, lat] = state.point || ["", ""];
      fields.lon.value = lon === "" ? "" : degrees(lon);
      fields.lat.value = lat === "" ? "" : degrees(lat);
    } else {
      const ring = state.corners.map(([lon, lat]) => [Number(degrees(lon)), Number(degrees(lat))]);
      const whole = { type: "Polygon", coordinates: [[...ring, ring[0]]] };
      fields.geojson.value = ring.length >= 3 ? JSON.stringify(whole) : "";
    }
    form.dispatchEvent(new Event("input", { bubbles: true }));
  }

  function show() {
    const corners = state.corners;
    const line = corners.length >= 3 ? { type: "Polygon", coordinates: [[...corners, corners[0]]] } : { type: "LineString", coordinates: corners };
    const geometry = state.shown || (corners.length >= 2 ? line : null);
    const data = geometry && chosen() === "limits" ? { type: "Feature", properties: {}, geometry } : EMPTY;
    if (map.getSource("mine")) map.getSource("mine").setData(data);
    else {
      map.addSource("mine", { type: "geojson", data });
      map.addLayer({ id: "mine", type: "fill", source: "mine", filter: ["==", ["geometry-type"], "Polygon"], paint: { "fill-color": ink.accent, "fill-opacity": 0.2 } });
      map.addLayer({ id: "mine-edge", type: "line", source: "mine", paint: { "line-color": ink.accent, "line-width": 3 } });
    }
    for (const mark of state.marks) mark.remove();
    const places = chosen() === "point" ? (state.point ? [state.point] : []) : corners;
    state.marks = places.map((at, number) => corner(at, number));
    const few = chosen() === "limits" && !state.shown && corners.length > 0 && corners.length < 3;
    told.textContent = chosen() === "point" ? words.tap_point : state.shown ? words.as_text : few ? words.more : words.tap_limits;
    for (const one of [undo, anew]) one.disabled = !places.length && !state.shown;
  }

  function corner(at, number) {
    const mark = new maplibre.Marker({ element: element("span", { class: "corner" }), draggable: true }).setLngLat(at).addTo(map);
    mark.on("dragend", () => {
      const { lng, lat } = mark.getLngLat().wrap();
      if (chosen() === "point") state.point = [lng, lat];
      else state.corners[number] = [lng, lat];
      write();
      show();
    });
    return mark;
  }

  function add([lon, lat]) {
    if (chosen() === "point") state.point = [lon, lat];
    else {
      if (state.shown || state.corners.length >= CORNERS_MAX) return;
      state.corners.push([lon, lat]);
    }
    write();
    show();
  }

  const undo = button(words.undo, () => {
    if (chosen() === "point") state.point = null;
    else state.corners.pop();
    write();
    show();
  }, { class: "second" });
  const anew = button(words.anew, () => {
    state.point = null;
    state.corners = [];
    state.shown = null;
    write();
    show();
  }, { class: "second" });
  const here = () =>
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        map.jumpTo({ center: [coords.longitude, coords.latitude], zoom: Math.max(map.getZoom(), 14) });
        add([coords.longitude, coords.latitude]);
      },
      () => (told.textContent = words.nowhere),
      { enableHighAccuracy: true, timeout: 20000 },
    );
  const tools = element("p", { class: "tools" }, undo, anew);
  if (isSecureContext && navigator.geolocation) tools.append(button(words.here, here, { class: "second" }));
  place.append(tools);

  map.on("click", ({ lngLat }) => {
    const { lng, lat } = lngLat.wrap();
    add([lng, lat]);
  });
  for (const name of ["lat", "lon"])
    fields[name].addEventListener("change", () => {
      state.point = read(fields);
      if (state.point) map.jumpTo({ center: state.point, zoom: Math.max(map.getZoom(), 9) });
      show();
    });
  fields.geojson.addEventListener("change", () => {
    take(fields.geojson.value);
    frame();
    show();
  });

  function frame() {
    const places = chosen() === "point" ? (state.point ? [state.point] : []) : state.shown ? flat(state.shown.coordinates) : state.corners;
    if (!places.length) return;
    const bounds = places.reduce((around, at) => around.extend(at), new maplibre.LngLatBounds(places[0], places[0]));
    map.fitBounds(bounds, { padding: 50, maxZoom: 13, animate: false });
  }

  frame();
  return {
    turn() {
      map.resize();
      show();
    },
  };
}

function style(grounds, ink) {
  return {
    version: 8,
    sources: {
      far: ground(grounds.far),
      ...(grounds.near ? { near: ground(grounds.near) } : {}),
      countries: { type: "geojson", data: grounds.countries },
      towns: { type: "geojson", data: grounds.towns },
    },
    layers: [
      { id: "sea", type: "background", paint: { "background-color": ink.sea } },
      ...groundLayers("far", ink),
      ...(grounds.near ? groundLayers("near", ink, { minzoom: NEAR_FROM_ZOOM }) : []),
      ...nameLayers(ink, FONT),
    ],
  };
}

function ground(data) {
  return { type: "geojson", data, maxzoom: 9, tolerance: 0.4, buffer: 16 };
}

function zoom(map, words) {
  const named = (name) => ({ "aria-label": name, title: name });
  return element(
    "div",
    { class: "zoom" },
    button("+", () => map.zoomIn({ animate: false }), named(words.zoom_in)),
    button("−", () => map.zoomOut({ animate: false }), named(words.zoom_out)),
  );
}

function canDraw() {
  try {
    return Boolean(document.createElement("canvas").getContext("webgl2"));
  } catch {
    return false;
  }
}

function read({ lat, lon }) {
  const [y, x] = [lat, lon].map(({ value }) => Number.parseFloat(value.replace(",", ".").replace("−", "-")));
  return Math.abs(y) <= 90 && Math.abs(x) <= 180 ? [x, y] : null;
}

// A tenth of a metre: finer than any phone knows where it is.
function degrees(value) {
  return value.toFixed(6).replace(/\.?0+$/, "");
}

function bare(document) {
  if (document.type === "Feature") return bare(document.geometry);
  if (document.type === "FeatureCollection" && document.features.length === 1) return bare(document.features[0]);
  return document;
}

function flat(coordinates) {
  return typeof coordinates[0] === "number" ? [coordinates.slice(0, 2)] : coordinates.flatMap(flat);
}
