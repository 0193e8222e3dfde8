// SPDX-License-Identifier: Apache-2.0
//
// Data (times in ns since the trace began):
//   entities     by level
//   activations  [entity, flags, release, begin, end, [from, to, above ...]]
//                flags: 1 over budget, 2 fault, 4 cut off, 8 no release known;
//                above: the entity that preempts it at the end of the piece
//   locks, masks [entity, from, to]
//   marks        [entity, at, kind, value];  gaps [from, to, entries lost]
"use strict";
(() => {
const D = JSON.parse(document.getElementById("data").textContent);
const OVER = 1, FAULT = 2, CUT = 4, NO_RELEASE = 8;
const GUTTER = 190, AXIS = 22, ROW = 36, BOX = 18, TOP = 9;
const LEAST = 2000;                     // ns that the window has at least
const DENSE = 8000;                     // activations drawn one by one
const $ = id => document.getElementById(id);
const rows = D.entities.map(() => []);
D.activations.forEach((a, i) => rows[a[0]].push(i));
const span = Math.max(D.span, LEAST);
const bad = D.marks.filter(m => ["budget", "fault", "drop", "skip"]
    .includes(m[2]));
let from = 0, to = span, width = 0;

const clean = text => text.replace(/[&<>"]/g, c => `&#${c.charCodeAt(0)};`);
const us = (ns, digits = 1) => (ns / 1000).toFixed(digits);

function time(ns) {
  return ns >= 1e6 ? `${(ns / 1e6).toFixed(3)} ms` : `${us(ns)} \u00b5s`;
}

function plural(n, what, whats = what + "s") {
  return `${n.toLocaleString("en")} ${n === 1 ? what : whats}`;
}

// -- Heading -------------------------------------------------------------------

function heading() {
  const seen = D.entities.filter(e => e.seen > e.r);
  const missed = D.entities.reduce((n, e) => n + e.missed, 0);
  const ratio = D.entities.reduce((best, e) => e.r && e.n && e.seen / e.r >
      best[0] ? [e.seen / e.r, e.name] : best, [0, ""]);

  $("title").textContent = `Trace of ${D.board || "a board"}`;
  document.title = $("title").textContent;
  $("summary").textContent = `${time(D.span)}, ` +
      `${plural(D.entities.length, "entity", "entities")}, ` +
      `${plural(D.activations.length, "activation")}, ` +
      `${plural(D.records, "record")}` +
      (D.lost ? `; ${plural(D.lost, "record")} lost, shown as gaps` : "");
  $("verdict").textContent = seen.length
      ? `Later than computed: ${seen.map(e => e.name).join(", ")}.`
      : `Nobody was later than computed; closest: ${ratio[1]} with ` +
        `${(ratio[0] * 100).toFixed(0)} % of R.` +
        (missed ? ` ${plural(missed, "release")} skipped or late.` : "");
  $("verdict").className = seen.length ? "bad" : "";
}

// -- Timeline --------------------------------------------------------------------

const scale = () => (width - GUTTER) / (to - from);
const x = ns => GUTTER + (ns - from) * scale();

// The first activation of a row that ends at or after @ns: they do not overlap.
function firstAt(row, ns) {
  let low = 0, high = row.length;
  while (low < high) {
    const mid = low + high >> 1;
    if (D.activations[row[mid]][4] < ns) { low = mid + 1; } else { high = mid; }
  }
  return low;
}

function step(range, n) {
  const raw = range / n, power = 10 ** Math.floor(Math.log10(raw));
  return [1, 2, 5, 10].find(f => f * power >= raw) * power;
}

// Lines in the plot, and their times above it, in ms.
function axis() {
  const each = step(to - from, Math.max(2, (width - GUTTER) / 110));
  const digits = Math.max(0, -Math.floor(Math.log10(each / 1e6) + 1e-9));
  const bottom = AXIS + D.entities.length * ROW;
  let lines = "", labels = `<text class="soft" x="${GUTTER - 24}" y="13" ` +
      `text-anchor="end">ms</text>`;
  for (let t = Math.ceil(from / each) * each; t <= to; t += each) {
    const at = x(t);
    lines += `<line class="grid" x1="${at}" x2="${at}" y1="${AXIS - 4}" ` +
        `y2="${bottom}"/>`;
    if (at < width - 24) {
      labels += `<text class="soft" x="${at}" y="13" text-anchor="middle">` +
          `${(t / 1e6).toFixed(digits)}</text>`;
    }
  }
  return [lines, labels];
}

function lanes() {
  return D.entities.map((e, i) => {
    const y = AXIS + i * ROW;
    const name = e.name.length > 25 ? e.name.slice(0, 24) + "\u2026" : e.name;
    return `<g class="row ${e.kind}"><rect class="lane ${i % 2 ? "odd" : ""}" ` +
        `x="0" y="${y}" width="${width}" height="${ROW}"/>` +
        `<rect class="piece" x="0" y="${y}" width="4" height="${ROW}"/>` +
        `<text x="12" y="${y + 15}">${clean(name)}` +
        `<title>${clean(e.name)}</title></text>` +
        `<text class="soft" x="12" y="${y + 29}">level ${e.level}, ` +
        `${e.kind}</text></g>`;
  }).join("");
}

function rect(cls, a, b, y, h, least) {
  const left = Math.max(x(a), GUTTER - 2);
  const w = Math.max(Math.min(x(b), width + 2) - left, least);
  return `<rect class="${cls}" x="${left.toFixed(2)}" y="${y}" ` +
      `width="${w.toFixed(2)}" height="${h}"/>`;
}

function arrow(cls, at, y, up) {
  const tip = up ? y + 3 : y + ROW - 3, back = up ? 4 : -4;
  return `<path class="${cls}" d="M${at},${y + 3}V${y + ROW - 3}` +
      `M${at - 2.5},${tip + back}L${at},${tip}L${at + 2.5},${tip + back}"/>`;
}

function activation(i, y, arrows) {
  const [e, flags, release, begin, end, pieces] = D.activations[i];
  const wide = (end - begin) * scale() >= 3;
  const d = D.entities[e].d;
  let out = `<g class="a ${D.entities[e].kind} ${wide ? "" : "thin"} ` +
      `${flags & (OVER | FAULT) ? "over" : ""}" data-i="${i}">`;
  if (arrows && !(flags & NO_RELEASE)) {
    out += arrow("release", x(release), y, true);
    if (d < D.span) { out += arrow("deadline", x(release + d), y, false); }
  }
  if ((begin - release) * scale() >= 2) {
    const mid = y + TOP + BOX / 2;
    out += `<line class="waits" x1="${Math.max(x(release), GUTTER)}" ` +
        `x2="${x(begin)}" y1="${mid}" y2="${mid}"/>`;
  }
  out += rect("box", begin, end, y + TOP, BOX, 1);
  for (let p = 0; wide && p < pieces.length; p += 3) {
    if (pieces[p + 1] >= from && pieces[p] <= to) {
      out += rect("piece", pieces[p], pieces[p + 1], y + TOP, BOX, 0.5);
    }
  }
  return out + "</g>";
}

// Too many to draw one by one: a column of a pixel where there is any.
function column(row, first, n, y, kind) {
  const paths = ["", ""], last = [-1, -1];
  for (let k = first; k < n; k++) {
    const [, flags, , begin, end] = D.activations[row[k]];
    const which = flags & (OVER | FAULT) ? 1 : 0;
    const a = Math.max(Math.floor(x(begin)), last[which] + 1, GUTTER);
    const b = Math.min(Math.floor(x(end)), width);
    if (b >= a) {
      paths[which] += `M${a},${y + TOP}h${b - a + 1}v${BOX}h${a - b - 1}z`;
      last[which] = b;
    }
  }
  return `<g class="${kind}"><path class="piece" d="${paths[0]}"/></g>` +
      `<g class="${kind} over"><path class="piece" d="${paths[1]}"/></g>`;
}

function sections(list, cls, dy, h) {
  return list.filter(s => s[2] >= from && s[1] <= to).map(([e, a, b]) =>
      rect(cls, a, b, AXIS + e * ROW + dy, h, 1)).join("");
}

function glyph(kind, at, y) {
  switch (kind) {
  case "budget":
    return `<path class="mark solid" d="M${at - 4},${y}h8l-4,7z"/>`;
  case "fault":
    return `<path class="mark" d="M${at - 4},${y}l8,8m0,-8l-8,8"/>`;
  case "drop":
    return `<circle class="mark" cx="${at}" cy="${y + 4}" r="3"/>`;
  default:
    return `<path class="mark" d="M${at},${y}l4,4l-4,4l-4,-4z"/>`;
  }
}

// Side by side where they would cover each other.
function glyphs() {
  const last = D.entities.map(() => -Infinity);
  let out = "";
  for (const [e, at, kind] of bad) {
    if (e >= 0 && at >= from && at <= to) {
      const place = x(at) - last[e] < 10 && x(at) - last[e] > -10
          ? last[e] + 11 : x(at);
      last[e] = place;
      out += glyph(kind, place, AXIS + e * ROW + 1);
    }
  }
  return out;
}

function draw() {
  const svg = $("timeline"), height = AXIS + D.entities.length * ROW + 2;
  let out = `<clipPath id="plot"><rect x="${GUTTER}" y="0" ` +
      `width="${Math.max(0, width - GUTTER)}" height="${height}"/></clipPath>`;
  const [lines, labels] = axis();
  let boxes = "";

  const seen = rows.map(row => {
    const first = firstAt(row, from);
    let n = first;
    while (n < row.length && D.activations[row[n]][2] <= to) { n++; }
    return [first, n];
  });
  const dense = seen.reduce((sum, [first, n]) => sum + n - first, 0) > DENSE;

  rows.forEach((row, e) => {
    const [first, n] = seen[e], y = AXIS + e * ROW;
    const arrows = n - first <= (width - GUTTER) / 16;
    if (dense) {
      boxes += column(row, first, n, y, D.entities[e].kind);
      return;
    }
    for (let k = first; k < n; k++) { boxes += activation(row[k], y, arrows); }
  });
  out += lanes() + labels + `<g clip-path="url(#plot)">` +
      D.gaps.filter(g => g[1] >= from && g[0] <= to).map(([a, b]) =>
          rect("gap", a, b, AXIS, height - AXIS, 2)).join("") + lines +
      (dense ? "" : sections(D.masks, "masked", ROW - 6, 3)) + boxes +
      (dense ? "" : sections(D.locks, "lock", TOP - 4, 3)) +
      glyphs() + "</g>";
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.style.height = `${height}px`;
  svg.innerHTML = out;
  $("window").textContent = `${time(from)} to ${time(to)} ` +
      `(${time(to - from)})` + (dense ? "; zoom in for single ones" : "");
  drawView();
}

function show(a, b) {
  const size = Math.min(Math.max(b - a, LEAST), span);
  const middle = (a + b) / 2;
  from = Math.min(Math.max(0, middle - size / 2), span - size);
  to = from + size;
  draw();
}

const zoom = (factor, at = (from + to) / 2) =>
    show(at - (at - from) * factor, at + (to - at) * factor);
const move = part => show(from + (to - from) * part, to + (to - from) * part);

function goto(direction) {
  const middle = (from + to) / 2, near = (to - from) / 1e3;
  const list = direction > 0 ? bad : [...bad].reverse();
  const found = list.find(m => (m[1] - middle) * direction > near);
  const half = Math.min(to - from, 6e6) / 2;

  if (found) {
    show(found[1] - half, found[1] + half);
    $("detail").innerHTML = markText(found);
  }
}

// -- What is under the pointer -----------------------------------------------------

function markText([e, at, kind, value]) {
  const who = e >= 0 ? clean(D.entities[e].name) : "somebody";
  const what = {
    budget: value === 2 ? "held its lock too long" : "used up its budget",
    fault: "was faulted", drop: `lost ${plural(value, "event")}, counted`,
    skip: `${plural(value, "release")} skipped`
  }[kind];
  return `<b>${who}</b> ${what} at ${time(at)}`;
}

function activationText(i) {
  const [e, flags, release, begin, end, pieces] = D.activations[i];
  const entity = D.entities[e], by = new Set();
  let run = 0;
  for (let p = 0; p < pieces.length; p += 3) {
    run += pieces[p + 1] - pieces[p];
    if (pieces[p + 2] >= 0 && p + 3 < pieces.length) {
      by.add(D.entities[pieces[p + 2]].name);
    }
  }
  let text = `<b>${clean(entity.name)}</b> from ${time(begin)} to ` +
      `${time(end)}, ran ${us(run)} \u00b5s`;
  if (!(flags & (CUT | NO_RELEASE))) {
    text += `, response ${us(end - release)} \u00b5s of R ${us(entity.r)}, ` +
        `D ${us(entity.d)}`;
  }
  if (by.size) { text += `; preempted by ${clean([...by].join(", "))}`; }
  if (flags & OVER) { text += "; stopped at its budget"; }
  if (flags & FAULT) { text += "; faulted"; }
  if (flags & CUT) { text += "; not wholly in the trace"; }
  return text;
}

function pointed(event) {
  const group = event.target.closest(".a");
  if (group) { $("detail").innerHTML = activationText(+group.dataset.i); }
}

// -- Overview ------------------------------------------------------------------------

const OVERVIEW = 46, LOAD = 34;

function overview() {
  const n = Math.max(1, Math.floor(width - GUTTER)), bin = span / n;
  const kinds = ["task", "main", "handler"];
  const load = kinds.map(() => new Float64Array(n));
  for (const a of D.activations) {
    const of = load[kinds.indexOf(D.entities[a[0]].kind)];
    for (let p = 0; p < a[5].length; p += 3) {
      for (let t = a[5][p]; t < a[5][p + 1];) {
        const b = Math.min(n - 1, Math.floor(t / bin));
        const end = Math.min(a[5][p + 1], b === n - 1 ? Infinity
                                                      : (b + 1) * bin);
        of[b] += end - t;
        t = end > t ? end : a[5][p + 1];
      }
    }
  }
  let out = `<text class="soft" x="12" y="22">whole trace: load</text>` +
      `<rect class="lane" x="${GUTTER}" y="2" width="${n}" ` +
      `height="${LOAD}"/>`;
  const base = new Float64Array(n);
  kinds.forEach((kind, k) => {
    let path = "";
    for (let b = 0; b < n; b++) {
      const h = Math.min(1 - base[b], load[k][b] / bin) * LOAD;
      if (h > 0.05) {
        path += `M${GUTTER + b},${2 + LOAD * (1 - base[b])}h1v${-h}h-1z`;
      }
      base[b] = Math.min(1, base[b] + h / LOAD);
    }
    out += `<path class="piece ${kind}" d="${path}"/>`;
  });
  out += `<path class="mark" d="${bad.map(m =>
      `M${GUTTER + m[1] / bin},${LOAD + 5}v7`).join("")}"/>`;
  $("overview").setAttribute("viewBox", `0 0 ${width} ${OVERVIEW}`);
  $("overview").innerHTML = out + `<rect id="view" class="view" y="1" ` +
      `height="${LOAD + 2}"/>`;
}

function drawView() {
  const view = $("view"), all = width - GUTTER;
  if (view) {
    view.setAttribute("x", GUTTER + from / span * all);
    view.setAttribute("width", Math.max(2, (to - from) / span * all));
  }
}

// -- Legend -----------------------------------------------------------------------------

function legend() {
  const entry = (svg, text) =>
      `<span><svg viewBox="0 0 30 16">${svg}</svg>${text}</span>`;
  const box = kind => `<g class="a ${kind}"><rect class="piece" x="1" y="2" ` +
      `width="28" height="12"/></g>`;
  let out = entry(box("task"), "host task") + entry(box("main"), "main") +
      entry(box("handler"), "handler") +
      entry(`<g class="a main"><rect class="box" x="1" y="2" width="28" ` +
          `height="12"/><rect class="piece" x="1" y="2" width="8" ` +
          `height="12"/><rect class="piece" x="20" y="2" width="9" ` +
          `height="12"/></g>`, "preempted in between") +
      entry(`<g class="main"><line class="waits" x1="1" x2="29" y1="8" ` +
          `y2="8"/></g>`, "released, waits") +
      entry(`<path class="release" d="M15,2V14M12,6L15,2L18,6"/>`,
          "release") +
      entry(`<path class="deadline" d="M15,2V14M12,10L15,14L18,10"/>`,
          "deadline") +
      entry(`<rect class="masked" x="1" y="7" width="28" height="3"/>`,
          "its source masked") +
      entry(`<rect class="lock" x="1" y="7" width="28" height="3"/>`,
          "lock held") + entry(glyph("budget", 15, 5), "budget over") +
      entry(glyph("fault", 15, 4), "fault") +
      entry(glyph("drop", 15, 4), "events lost, counted") +
      entry(glyph("skip", 15, 4), "release skipped");
  if (D.gaps.length) {
    out += entry(`<rect class="gap" width="30" height="16"/>`,
        "records lost");
  }
  $("legend").innerHTML = out;
}

// -- Histograms ---------------------------------------------------------------------------

const H = { w: 330, h: 130, top: 18, base: 108, bins: 44 };

// What lies beyond the picture is told to the left of @edge.
function lineAt(ns, most, cls, letter, rank, edge) {
  const beyond = ns > most;
  const at = Math.min((beyond ? edge : ns) / most, 1) * H.w;
  const anchor = beyond || at > H.w * 0.6 ? "end" : "start";
  const shift = anchor === "end" ? -4 : 4;
  return (beyond ? "" : `<line class="${cls}line" x1="${at}" x2="${at}" ` +
      `y1="${4 + rank * 14}" y2="${H.base}"/>`) +
      `<text class="${cls}text" x="${at + shift}" y="${13 + rank * 14}" ` +
      `text-anchor="${anchor}">${letter} ${us(ns, 0)}` +
      `${beyond ? " \u2192" : ""}</text>`;
}

function histogram(e, i) {
  const times = rows[i].map(k => D.activations[k])
      .filter(a => !(a[1] & (CUT | NO_RELEASE))).map(a => a[4] - a[2]);
  const max = times.reduce((m, t) => Math.max(m, t), 0);
  const most = Math.max(e.r * 1.04, max * 1.08, 1000);
  const bins = new Uint32Array(H.bins);
  for (const t of times) {
    bins[Math.min(H.bins - 1, Math.floor(t / most * H.bins))]++;
  }
  const high = Math.log1p(Math.max(...bins));
  const each = step(most, 4), w = H.w / H.bins;
  let out = "";
  bins.forEach((n, b) => {
    const h = n ? Math.max(2, Math.log1p(n) / high * (H.base - 36)) : 0;
    if (h) {
      out += `<rect class="piece" x="${(b * w + 0.5).toFixed(2)}" ` +
          `y="${(H.base - h).toFixed(2)}" width="${(w - 1).toFixed(2)}" ` +
          `height="${h.toFixed(2)}"><title>${plural(n, "activation")} from ` +
          `${us(b * most / H.bins)} to ${us((b + 1) * most / H.bins)} ` +
          `\u00b5s</title></rect>`;
    }
  });
  for (let t = 0; t < most * 0.97; t += each) {
    out += `<line class="axis" x1="${t / most * H.w}" ` +
        `x2="${t / most * H.w}" y1="${H.base}" y2="${H.base + 4}"/>` +
        `<text class="soft" x="${t / most * H.w}" y="${H.base + 17}" ` +
        `text-anchor="${t ? "middle" : "start"}">${us(t, 0)}` +
        `${t ? "" : " \u00b5s"}</text>`;
  }
  const part = e.r ? ` = ${(max / e.r * 100).toFixed(0)} % of R` : "";
  return `<figure class="${e.kind}"><figcaption><b>${clean(e.name)}</b>` +
      `<span>${times.length ? `${plural(times.length, "activation")}, max ` +
      `${us(max)}${part}` : "no whole activation"}</span></figcaption>` +
      `<svg viewBox="0 0 ${H.w} ${H.h}" role="img" aria-label="Response ` +
      `times of ${clean(e.name)}"><line class="axis" x1="0" x2="${H.w}" ` +
      `y1="${H.base}" y2="${H.base}"/>${out}` +
      lineAt(e.r, most, "r", "R", 0, most) +
      lineAt(e.d, most, "d", "D", 1, e.r) +
      `</svg></figure>`;
}

// -- Jitter, table ---------------------------------------------------------------------------

function jitter() {
  const c = D.control;
  if (!c || !c.n) {
    $("jitter").remove();
    return;
  }
  $("jitter-text").textContent = `${plural(c.n, "distance")} of two ` +
      `activations, for a period of ${us(c.period)} \u00b5s: ${us(c.min)} to ` +
      `${us(c.max)} \u00b5s.`;
  const all = c.bins.filter(b => b[1] > 0);
  const most = Math.max(...all.map(b => b[1]));
  const height = all.length * 22 + 4;
  $("jitter-bars").setAttribute("viewBox", `0 0 560 ${height}`);
  $("jitter-bars").style.height = `${height}px`;
  $("jitter-bars").innerHTML = all.map(([bound, n, last], i) => {
    const y = i * 22, w = Math.max(2, Math.log1p(n) / Math.log1p(most) * 330);
    const text = last ? `off by ${bound} \u00b5s or more`
        : `off by less than ${bound} \u00b5s`;
    return `<text x="160" y="${y + 15}" text-anchor="end">${text}</text>` +
        `<g class="task"><rect class="piece" x="170" y="${y + 3}" ` +
        `width="${w}" height="16"/></g><text class="soft" x="${178 + w}" ` +
        `y="${y + 15}">${n}</text>`;
  }).join("");
}

function table() {
  const lines = D.entities.some(e => "accepted" in e);
  const heads = ["level", "C", "T", "D", "C~", "B", "R", "observed",
                 "% of R", "run", "activations", "overruns", "missed"]
      .concat(lines ? ["events since load"] : []);
  const body = D.entities.map(e => {
    const late = e.r && e.seen > e.r;
    const cells = [e.level, us(e.c, 0), us(e.t, 0), us(e.d, 0), us(e.cost),
                   us(e.b), us(e.r), us(e.seen),
                   e.r ? (e.seen / e.r * 100).toFixed(0) : "", us(e.run), e.n,
                   e.overruns, e.missed];
    if (lines) {
      cells.push("accepted" in e
          ? `${e.accepted} + ${e.coalesced} + ${e.dropped}` : "");
    }
    const isBad = i => late && (i === 7 || i === 8) ||
        (i === 11 || i === 12) && cells[i] > 0;
    return `<tr class="${e.kind}"><td class="text"><i class="key"></i>` +
        `${clean(e.name)}${e.suspended ? " (stopped)" : ""}</td>` +
        cells.map((c, i) => `<td class="${isBad(i) ? "bad" : ""}">${c}</td>`)
        .join("") + "</tr>";
  }).join("");
  $("times").innerHTML = `<thead><tr><th class="text">who</th>` +
      heads.map(h => `<th>${h}</th>`).join("") +
      `</tr></thead><tbody>${body}</tbody>`;
}

// -- Input -------------------------------------------------------------------------------------

function listen() {
  const svg = $("timeline");
  const keys = {
    "+": () => zoom(0.5), "=": () => zoom(0.5), "-": () => zoom(2),
    "0": () => show(0, span), Home: () => show(0, span),
    ArrowLeft: () => move(-0.2), ArrowRight: () => move(0.2),
    n: () => goto(1), p: () => goto(-1)
  };
  const buttons = { whole: "0", out: "-", in: "+", left: "ArrowLeft",
                    right: "ArrowRight", prev: "p", next: "n" };
  let drag = null;

  for (const id in buttons) { $(id).onclick = keys[buttons[id]]; }
  $("prev").disabled = $("next").disabled = bad.length === 0;
  document.addEventListener("keydown", event => {
    if (keys[event.key] && !event.ctrlKey && !event.metaKey &&
        !event.altKey) {
      event.preventDefault();
      keys[event.key]();
    }
  });
  svg.addEventListener("wheel", event => {
    const at = svg.getBoundingClientRect();
    event.preventDefault();
    if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
      move((event.deltaX || event.deltaY) / 600);
    } else {
      zoom(2 ** (event.deltaY / 300), from + Math.max(0, event.clientX -
          at.left - GUTTER) / scale());
    }
  }, { passive: false });
  svg.addEventListener("pointerdown", event => {
    drag = [event.clientX, from, to];
    svg.setPointerCapture(event.pointerId);
    svg.classList.add("dragging");
  });
  svg.addEventListener("pointermove", event => {
    if (drag) {
      const by = (event.clientX - drag[0]) / scale();
      show(drag[1] - by, drag[2] - by);
    } else {
      pointed(event);
    }
  });
  for (const end of ["pointerup", "pointercancel"]) {
    svg.addEventListener(end, () => {
      drag = null;
      svg.classList.remove("dragging");
    });
  }
  const jump = event => {
    if (event.buttons & 1) {
      const at = $("overview").getBoundingClientRect();
      const t = (event.clientX - at.left - GUTTER) / (width - GUTTER) * span;
      show(t - (to - from) / 2, t + (to - from) / 2);
    }
  };
  $("overview").addEventListener("pointerdown", jump);
  $("overview").addEventListener("pointermove", jump);
}

function fit() {
  width = $("timeline").clientWidth || 1000;
  overview();
  draw();
}

// Where there is something to see: the first mark, else the beginning.
// #all, or #FROM,TO in ms, says otherwise.
function firstWindow() {
  const asked = location.hash.slice(1).split(",").map(Number);
  const size = Math.min(span, 6e6);
  if (location.hash === "#all") { return [0, span]; }
  if (asked.length === 2 && asked[1] > asked[0]) {
    return [asked[0] * 1e6, asked[1] * 1e6];
  }
  const first = bad.find(m => m[0] >= 0);
  return first ? [first[1] - size / 2, first[1] + size / 2] : [0, size];
}

heading();
legend();
$("histograms").innerHTML = D.entities.map(histogram).join("");
jitter();
table();
listen();
fit();
show(...firstWindow());
addEventListener("resize", fit);
})();
