// The lines of the earth, read from the files that node/web/map/vendoring makes: continents at once, regions in more
// detail and towns once somebody looks closer.

// From here on the coarse lines of `far` would show.
export const NEAR_FROM_ZOOM = 5.2;

// Whole continents have names of countries; their file of towns would be for nothing.
export const TOWNS_FROM_ZOOM = 3;

const KINDS = { land: "Polygon", lakes: "Polygon", rivers: "LineString", borders: "LineString", provinces: "LineString" };

export async function readGround(files, name) {
  const file = await read(`${files}ground-${name}.json`);
  const features = [];
  for (const [layer, kind] of Object.entries(KINDS))
    for (const shape of file[layer] || []) {
      const lines = shape.map((steps) => positions(steps, file.scale));
      const coordinates = kind === "Polygon" ? lines : lines[0];
      features.push({ type: "Feature", properties: { layer }, geometry: { type: kind, coordinates } });
    }
  return { lines: { type: "FeatureCollection", features }, countries: file.countries || [], scale: file.scale };
}

// Names of countries, in the reader's language as their own browser knows it.
export function countryNames(ground, language) {
  const names = new Intl.DisplayNames([language], { type: "region", fallback: "none" });
  const features = [];
  for (const [number, x, y, rank] of ground.countries) {
    const region = new Intl.Locale(`und-${number}`).region;
    const name = region && /^[A-Z]{2}$/.test(region) ? names.of(region) : null;
    if (name) features.push(point(x / ground.scale, y / ground.scale, { name, rank }));
  }
  return { type: "FeatureCollection", features };
}

export async function readTowns(files) {
  const { scale, towns } = await read(`${files}towns.json`);
  const features = towns.map(([name, x, y, seat], rank) => point(x / scale, y / scale, { name, rank, seat }));
  return { type: "FeatureCollection", features };
}

export function groundLayers(source, ink, zooms = {}) {
  const of = (layer) => ["==", ["get", "layer"], layer];
  const line = (layer, colour, width, more = {}) => ({
    id: `${source}-${layer}`,
    type: "line",
    source,
    filter: of(layer),
    layout: { "line-join": "round", "line-cap": "round" },
    paint: { "line-color": colour, "line-width": width, ...more },
    ...zooms,
  });
  const fill = (layer, colour) => ({
    id: `${source}-${layer}`,
    type: "fill",
    source,
    filter: of(layer),
    paint: { "fill-color": colour, "fill-antialias": true },
    ...zooms,
  });
  const wide = (from, to) => ["interpolate", ["linear"], ["zoom"], 1, from, 8, to];
  // So close that their corners show, they say less than what people have drawn.
  const paler = ["interpolate", ["linear"], ["zoom"], 8, 1, 10.5, 0.35];
  const layers = [
    fill("land", ink.land),
    line("land", ink.shore, wide(0.5, 1.1)),
    fill("lakes", ink.sea),
    line("lakes", ink.shore, wide(0.3, 0.9)),
    line("rivers", ink.river, wide(0.4, 1.6), { "line-opacity": paler }),
    line("provinces", ink.province, 0.9, { "line-opacity": paler }),
    line("borders", ink.border, wide(0.6, 1.4), { "line-dasharray": [4, 1.6, 1, 1.6] }),
  ];
  for (const layer of layers) if (layer.type === "line" && ["land", "lakes"].includes(layer.filter[2])) layer.id += "-edge";
  return layers;
}

export function nameLayers(ink, font) {
  const text = (id, source, more, paint = {}) => ({
    id,
    type: "symbol",
    source,
    ...more,
    paint: { "text-color": ink.name, "text-halo-color": ink.halo, "text-halo-width": 1.4, ...paint },
  });
  return [
    text("countries", "countries", {
      maxzoom: 7,
      filter: ["<", ["get", "rank"], ["step", ["zoom"], 22, 1.8, 60, 3, 120, 4, 300]],
      layout: {
        "text-field": ["get", "name"],
        "text-font": [`${font} Bold`, font],
        "text-size": ["interpolate", ["linear"], ["zoom"], 1, 11, 6, 15],
        "text-letter-spacing": 0.06,
        "text-max-width": 7,
        "symbol-sort-key": ["get", "rank"],
      },
    }),
    text("towns", "towns", {
      minzoom: TOWNS_FROM_ZOOM,
      filter: ["<", ["get", "rank"], ["step", ["zoom"], 120, 4, 350, 5, 900, 6, 2200, 7, 5000, 8, 99999]],
      layout: {
        "icon-image": "town",
        "icon-allow-overlap": false,
        "text-field": ["get", "name"],
        "text-font": [font],
        "text-size": ["interpolate", ["linear"], ["zoom"], 3, 10.5, 9, ["case", ["<", ["get", "seat"], 2], 14, 12.5]],
        "text-variable-anchor": ["left", "right", "top", "bottom"],
        "text-radial-offset": 0.5,
        "text-justify": "auto",
        "text-max-width": 9,
        "text-optional": true,
        "symbol-sort-key": ["get", "rank"],
      },
    }),
  ];
}

function positions(steps, scale) {
  const line = new Array(steps.length / 2);
  let x = 0;
  let y = 0;
  for (let at = 0; at < steps.length; at += 2) {
    x += steps[at];
    y += steps[at + 1];
    line[at / 2] = [x / scale, y / scale];
  }
  return line;
}

function point(lon, lat, properties) {
  return { type: "Feature", properties, geometry: { type: "Point", coordinates: [lon, lat] } };
}

async function read(address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
  return answer.json();
}
