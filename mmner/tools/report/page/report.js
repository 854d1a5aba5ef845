"use strict";
const posts = JSON.parse(document.getElementById("data").textContent);
const COLOURS = ["#cfe3ff", "#ffe0b3", "#d5f0d2", "#f3d6f5", "#ffd6d1", "#cdeff0", "#ece6c2", "#e0dcf7"];
const labels = [...new Set(posts.flatMap(post => [...(post.gold || []), ...(post.predicted || [])].map(span => span[2])))].sort();
const colour = label => COLOURS[labels.indexOf(label) % COLOURS.length];

function element(name, options = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(options)) {
    if (key === "style") Object.assign(made.style, value); else made[key] = value;
  }
  made.append(...children);
  return made;
}

// The sentence with its entities marked; `right` tells which spans the other side has, too.
function sentence(post, spans, right) {
  const line = element("span"), gap = post.gap ? " " : "";
  for (let at = 0; at < post.tokens.length;) {
    if (at) line.append(gap);
    const span = spans.find(one => one[0] === at);
    if (!span) { line.append(post.tokens[at++]); continue; }
    const score = span.length > 3 ? " " + span[3].toFixed(2) : "";
    const mark = element("mark", { style: { background: colour(span[2]) } }, post.tokens.slice(span[0], span[1]).join(gap));
    if (right && !right.some(one => one[0] === span[0] && one[1] === span[1] && one[2] === span[2])) mark.className = "wrong";
    mark.append(element("small", {}, span[2] + score));
    line.append(mark);
    at = span[1];
  }
  return line;
}

function row(who, ...content) {
  return element("div", { className: "line" }, element("span", { className: "who" }, who), ...content);
}

function picture(post) {
  const figure = element("figure");
  const content = document.getElementById("picture-" + post.picture).textContent;
  const image = element("img", { src: "data:image/jpeg;base64," + content, alt: post.caption || "image of " + post.id });
  figure.append(post.large ? element("a", { href: post.large }, image) : image);
  const draw = (box, title, className) => {
    const [x0, y0, x1, y1] = box.map(share => 100 * share);
    const place = { left: x0 + "%", top: y0 + "%", width: (x1 - x0) + "%", height: (y1 - y0) + "%" };
    figure.append(element("i", { style: place, title, className }, element("span", {}, title)));
  };
  const boxes = post.boxes || { gold: [], predicted: [] }, apart = boxes.gold.length + boxes.predicted.length > 0;
  for (const region of post.regions) draw(region.box, region.expression, apart ? "other" : "");
  const name = span => post.tokens.slice(span[0], span[1]).join(post.gap ? " " : "");
  for (const one of boxes.gold) draw(one.box, "gold: " + name(one.span), "gold");
  for (const one of boxes.predicted) draw(one.box, name(one.span), "predicted");
  return figure;
}

function evidence(post) {
  const list = element("dl");
  const add = (name, ...content) => list.append(element("dt", {}, name), element("dd", {}, ...content));
  if (post.caption) add("caption", post.caption);
  if (post.candidates.length) add("candidates", post.candidates.join(", "));
  for (const fact of post.facts) {
    const source = fact.url ? ` [${fact.title}, ${fact.url}]` : ` [${fact.title}]`;
    const text = `${fact.candidate}: ${fact.summary}${source} (${fact.relevance.toFixed(2)})`;
    add(fact.kept ? "fact" : "rejected", element("span", { className: fact.kept ? "" : "rejected" }, text));
  }
  for (const step of post.chain) add(step.name, step.text);
  if (post.gate !== undefined && post.gate !== null) add("gate", post.gate.toFixed(2));
  const fusion = Object.entries(post.fusion || {});
  if (fusion.length) add("fusion", fusion.map(([kind, weight]) => `${kind} ${weight.toFixed(2)}`).join(", "));
  return list;
}

function fill(article, post) {
  const text = element("div"), head = element("div", { className: "id" }, post.id);
  for (const kind of post.kinds || []) head.append(element("span", { className: "tag" }, kind));
  for (const change of post.change || []) head.append(element("span", { className: "tag " + change }, change));
  text.append(head);
  if (post.gold) {
    text.append(row("gold", sentence(post, post.gold, post.predicted)));
    text.append(row("predicted", sentence(post, post.predicted, post.gold)));
    if (post.other) text.append(row("other run", sentence(post, post.other, post.gold)));
  } else {
    text.append(row("post", sentence(post, [])));
  }
  text.append(element("details", { open: !post.gold || post.kinds.length > 0 }, element("summary", {}, "evidence"), evidence(post)));
  if (post.picture !== null) article.append(picture(post));
  article.append(text);
}

const seen = new IntersectionObserver(entries => {
  for (const entry of entries) {
    if (!entry.isIntersecting) continue;
    seen.unobserve(entry.target);
    fill(entry.target, posts[entry.target.dataset.number]);
  }
}, { rootMargin: "600px" });

function wanted(post, form) {
  const { kind, label, part, change, text } = Object.fromEntries(new FormData(form));
  const kinds = post.kinds || [];
  if (kind === "any" ? !kinds.length : kind === "none" ? kinds.length : kind && !kinds.includes(kind)) return false;
  if (label && !post.labels.includes(label)) return false;
  if (part && (part[0] === "!" ? post.parts.includes(part.slice(1)) : !post.parts.includes(part))) return false;
  if (change && !(post.change || []).includes(change)) return false;
  return !text || (post.id + " " + post.tokens.join(" ")).toLowerCase().includes(text.toLowerCase());
}

function show() {
  const form = document.getElementById("filters"), place = document.getElementById("posts");
  const chosen = posts.map((post, number) => [post, number]).filter(([post]) => wanted(post, form));
  document.getElementById("count").textContent = `${chosen.length} of ${posts.length} posts`;
  const articles = chosen.map(([, number]) => {
    const article = element("article");
    article.dataset.number = number;
    return article;
  });
  place.replaceChildren(...articles);
  articles.forEach(article => seen.observe(article));
}

document.getElementById("filters").addEventListener("input", show);
document.getElementById("filters").addEventListener("submit", event => event.preventDefault());
show();
document.documentElement.dataset.ready = Math.round(performance.now()); // milliseconds from the start of loading
