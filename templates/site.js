/* Search, the theme, and the list of versions. Everything else works without this script. */
"use strict";

(() => {
const root = document.documentElement;
const base = root.dataset.root;

function make(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes))
    element.setAttribute(name, value);
  element.append(...children);
  return element;
}

function load(name, then) {
  const script = make("script", {src: base + name});
  script.onload = then;
  document.head.append(script);
}

/* The theme: before the page is drawn. A browser may refuse to store anything. */

const dark = matchMedia("(prefers-color-scheme: dark)");

function stored() {
  try {
    return localStorage.getItem("kiln-theme");
  } catch {
    return null;
  }
}

function isDark() {
  return root.dataset.theme ? root.dataset.theme === "dark" : dark.matches;
}

if (["light", "dark"].includes(stored()))
  root.dataset.theme = stored();

function themeButton() {
  const button = make("button", {type: "button", class: "theme", "aria-label": "Dark theme"});
  const show = () => button.setAttribute("aria-pressed", isDark());

  button.onclick = () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    try {
      localStorage.setItem("kiln-theme", root.dataset.theme);
    } catch {
      /* It lasts as long as the page. */
    }
    show();
  };
  dark.addEventListener("change", show);
  show();
  return button;
}

/* The index. docs/formats.rst, "Search index", says what is in these texts. */

const kinds = {
  c: "class", f: "function", m: "method", k: "classmethod", s: "staticmethod",
  b: "abstractmethod", p: "property", q: "abstractproperty", d: "data", i: "field", o: "other",
};
const callables = new Set([..."fmksb"].map((letter) => kinds[letter]));
const order = ["module", ...Object.values(kinds)];
const index = {pages: [], entries: [], parts: "", loaded: new Set()};
let update = () => {};

function fragment(path) {
  return encodeURI(path).replace(/[#?]/g, encodeURIComponent);
}

function addEntry(entry) {
  entry.lower = entry.name.toLowerCase();
  entry.full = entry.path.toLowerCase();
  entry.public = (entry.public || entry.path).toLowerCase();
  index.entries.push(entry);
}

function addPages(text) {
  for (const line of text.split("\n").slice(0, -1)) {
    const [place, title, note] = line.split("\t");
    const url = base + encodeURI(place);
    index.pages.push({url, title});
    addEntry({
      kind: "module", name: title.slice(title.lastIndexOf(".") + 1), path: title, shown: title,
      text: note || "", type: "", url, last: 0,
    });
  }
}

function addEntries(text) {
  let page, parent, origin;

  for (const line of text.split("\n").slice(0, -1)) {
    const mark = /^@(\d+) ?([^\t]*)\t?(.*)$/.exec(line);
    if (mark) {
      page = index.pages[mark[1]];
      parent = mark[2] && mark[2] + ".";
      origin = mark[3] && mark[3] + ".";
      continue;
    }
    const [word, note, type, known] = line.split("\t");
    const [, kind, marks, name] = /^(.)([!~]*)(.*)$/.exec(word);
    const shown = known || page.title + "." + parent + name;
    const path = origin ? origin + name : page.title + "." + parent + name;
    addEntry({
      kind: kinds[kind], name, path, public: shown, shown, text: note || "", type: type || "",
      url: page.url + "#" + fragment(parent + name),
      last: (marks.includes("!") ? 2 : 0) + (marks.includes("~") ? 1 : 0),
    });
  }
}

globalThis.kilnIndex = (data) => {
  if (data.pages !== undefined) {
    addPages(data.pages);
    index.parts = data.parts;
  }
  addEntries(data.entries);
};

function loadPart(part) {
  if (!index.parts.includes(part) || index.loaded.has(part))
    return;
  index.loaded.add(part);
  load(`search-${part}.js`, () => update());
}

/* Ranking: 0 an exact name, 1 the end of a dotted path, 2 to 4 beginnings of words, 5 and 6 one
 * error. */

function words(entry) {
  if (!entry.words) {
    const found = entry.name.match(/\p{Lu}+(?!\p{Ll})|\p{Lu}?\p{Ll}+|\p{Nd}+|\p{Lo}+/gu) || [];
    let at = 0;
    entry.words = found.map((word) => word.toLowerCase());
    entry.joined = entry.words.join("");
    entry.starts = entry.words.map((word) => (at += word.length) - word.length);
  }
  return entry.words;
}

/* Whether two texts differ by at most one character that is missing, more, other, or swapped. */
function isNear(a, b) {
  if (Math.abs(a.length - b.length) > 1)
    return false;
  let i = 0, end = 0;
  while (i < a.length && a[i] === b[i])
    i++;
  while (end < Math.min(a.length, b.length) - i && a.at(-1 - end) === b.at(-1 - end))
    end++;
  const left = a.length - i - end, right = b.length - i - end;
  return left <= 1 && right <= 1 ||
    left === 2 && right === 2 && a[i] === b[i + 1] && a[i + 1] === b[i];
}

function rankWords(entry, query) {
  words(entry);
  const dot = query.lastIndexOf(".");
  const tail = query.slice(dot + 1).replaceAll("_", "");
  const head = dot < 0 ? "" : "." + query.slice(0, dot);
  const around = (path) => ("." + path.slice(0, -entry.lower.length - 1)).endsWith(head);

  if (head && !around(entry.full) && !around(entry.public))
    return -1;
  if (entry.joined.startsWith(tail))
    return 2;
  if (entry.kind === "module" && entry.full.startsWith(query + "."))
    return 2.5;
  if (entry.starts.some((start) => entry.joined.startsWith(tail, start)))
    return 3;
  return -1;
}

function rankSeveral(entry, parts) {
  const last = rankWords(entry, parts.at(-1));
  const others = parts.slice(0, -1);
  const path = entry.full + "." + entry.public + "." + words(entry).join(".");

  if (last < 0 || !others.every((part) => ("." + path).includes("." + part) ||
      path.includes("_" + part)))
    return -1;
  return 4;
}

function rankNear(entry, query) {
  if (query.length < 4)
    return -1;
  const count = query.split(".").length;
  for (const path of [entry.full, entry.public]) {
    const end = path.split(".").slice(-count).join(".");
    if (isNear(query, end))
      return query.length === end.length ? 5 : 5.5;
    for (let more = -1; more <= 1; more++) {
      if (isNear(query, end.slice(0, query.length + more)))
        return 6;
    }
  }
  return -1;
}

function rankName(entry, query) {
  if (!query)
    return 0;
  const parts = query.split(/\s+/);
  if (parts.length > 1)
    return rankSeveral(entry, parts);
  if (entry.lower === query || entry.full === query || entry.public === query)
    return 0;
  if (entry.full.endsWith("." + query) || entry.public.endsWith("." + query))
    return 1;
  return rankWords(entry, query);
}

/* What is returned; also by what looks like data. */
function rankType(entry, type) {
  if (!callables.has(entry.kind) && !entry.kind.endsWith("property"))
    return -1;
  const shown = entry.type.toLowerCase();
  if (shown === type)
    return 0;
  const names = shown.match(/[^\s[\](),|"']+/g) || [];
  const ends = names.flatMap((name) => [name, name.slice(name.lastIndexOf(".") + 1)]);
  return ends.includes(type) ? 0.1 : ends.some((name) => name.startsWith(type)) ? 0.2 : -1;
}

/* A query as its parts: kind:class name -> type */
function parse(text) {
  const query = {kind: "", type: "", name: ""};
  query.exact = text.replace(/->\s*(.*)$/, (_, type) => (query.type = type.trim().toLowerCase(), ""))
    .replace(/(?:^|\s)kind:(\S*)/, (_, kind) => (query.kind = kind.toLowerCase(), ""))
    .trim();
  query.name = query.exact.toLowerCase().replace(/^\.+|\(.*$/g, "");
  return query;
}

/* The entries that a function ranks, with all that orders them. */
function ranked(query, rank) {
  const found = [];

  for (const entry of index.entries) {
    if (query.kind && !entry.kind.startsWith(query.kind))
      continue;
    const type = query.type ? rankType(entry, query.type) : 0;
    const name = type < 0 ? -1 : rank(entry, query.name);
    if (name >= 0)
      found.push([entry, entry.last > 1, name + type, entry.last,
        entry.shown.split(".").length + (query.exact.endsWith(entry.name) ? 0 : 1),
        order.indexOf(entry.kind), entry.shown.length, entry.shown]);
  }
  return found;
}

function find(text) {
  const query = parse(text);

  if (!query.name && !query.kind && !query.type)
    return [];
  let found = ranked(query, rankName);
  /* Errors are looked for only where little is right: that takes longest. */
  if (found.length < 10 && !query.name.includes(" ")) {
    const known = new Set(found.map(([entry]) => entry));
    found = found.concat(ranked(query, (entry, name) =>
      known.has(entry) ? -1 : rankNear(entry, name)));
  }
  found.sort((a, b) => {
    let i = 1;
    while (i < a.length - 1 && a[i] === b[i])
      i++;
    return a[i] < b[i] ? -1 : a[i] > b[i] ? 1 : 0;
  });
  return found.slice(0, 50).map(([entry]) => entry);
}

/* Parts that a query needs: that of its name at once; the others if it is still the query after a
 * moment, and little is found. */
let timer = 0;

function loadFor(text, found) {
  const query = parse(text);
  const name = query.name.slice(query.name.lastIndexOf(".") + 1).replace(/^_+/, "");

  clearTimeout(timer);
  if (query.name)
    loadPart(/^[a-z]/.test(name) ? name[0] : "0");
  if (found.length < 10 && (query.name || query.kind || query.type))
    timer = setTimeout(() => [...index.parts].forEach(loadPart), 400);
}

/* The dialog. */

function searchDialog() {
  const list = make("div", {role: "listbox", id: "-results", "aria-label": "Results"});
  const status = make("p", {role: "status"});
  const input = make("input", {
    type: "search", role: "combobox", "aria-label": "Search", "aria-controls": "-results",
    "aria-expanded": "false", "aria-autocomplete": "list", autocomplete: "off",
    autocapitalize: "off", spellcheck: "false", placeholder: "json.dumps",
  });
  const hint = make("p", {class: "hint"}, make("code", {}, "kind:class name"), " ",
    make("code", {}, "name -> type"));
  const dialog = make("dialog", {class: "search", "aria-label": "Search"}, input, status, list,
    hint);
  let active = -1;

  function choose(at) {
    const options = list.children;
    options[active]?.setAttribute("aria-selected", "false");
    active = options.length ? (at + options.length) % options.length : -1;
    if (active < 0) {
      input.removeAttribute("aria-activedescendant");
      return;
    }
    options[active].setAttribute("aria-selected", "true");
    options[active].scrollIntoView({block: "nearest"});
    input.setAttribute("aria-activedescendant", options[active].id);
  }

  function option(entry, at) {
    const dot = entry.shown.lastIndexOf(".") + 1;
    return make("a", {
      role: "option", id: "-result-" + at, href: entry.url, tabindex: "-1",
      "aria-selected": "false", class: entry.last > 1 ? "deprecated" : "",
    }, make("span", {class: "kind"}, entry.kind), " ",
    make("code", {}, entry.shown.slice(0, dot), make("b", {}, entry.shown.slice(dot))), " ",
    make("span", {class: "text"}, ...(entry.type
      ? [make("code", {}, (callables.has(entry.kind) ? "\u2192 " : ": ") + entry.type)] : []),
    entry.text));
  }

  update = () => {
    const found = find(input.value);
    loadFor(input.value, found);
    list.replaceChildren(...found.map(option));
    list.hidden = !found.length;
    input.setAttribute("aria-expanded", found.length > 0);
    status.textContent = !index.pages.length || !input.value.trim() ? "" : found.length === 1 ? "1 result"
      : found.length ? found.length + " results" : "Nothing found";
    active = -1;
    choose(0);
  };
  input.oninput = update;
  input.onkeydown = (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      choose(active + (event.key === "ArrowDown" ? 1 : -1));
      event.preventDefault();
    } else if (event.key === "Enter") {
      list.children[active]?.click();
      event.preventDefault();
    } else if (event.key === "Escape") {
      /* Browsers only empty a field for searching. */
      dialog.close();
      event.preventDefault();
    }
  };
  list.onclick = () => dialog.close();
  /* Beside it. A handler that returns false would keep a link from being followed. */
  dialog.onclick = (event) => {
    if (event.target === dialog)
      dialog.close();
  };
  update();
  return dialog;
}

function openSearch() {
  let dialog = document.querySelector("dialog.search");

  if (!dialog) {
    dialog = searchDialog();
    document.body.append(dialog);
    load("search.js", () => update());
  }
  if (!dialog.open)
    dialog.showModal();
  dialog.querySelector("input").select();
}

document.addEventListener("keydown", (event) => {
  const isTyping = event.target.closest?.("input, select, textarea, [contenteditable]");
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || isTyping)
    return;
  event.preventDefault();
  openSearch();
});

/* Versions: versions.js beside the site calls this with {name, place}, the newest first. */

globalThis.kilnVersions = (versions) => {
  const own = root.dataset.version;
  const select = make("select", {"aria-label": "Version"}, ...versions.map(({name}) =>
    make("option", name === own ? {selected: ""} : {}, name)));
  const url = ({place}) => `${base}../${encodeURI(place)}/index.html`;

  select.onchange = () => { location.href = url(versions[select.selectedIndex]); };
  document.querySelector(".tools").prepend(select);
  if (versions.length && versions[0].name !== own && versions.some(({name}) => name === own)) {
    document.querySelector("main").prepend(make("p", {class: "old", role: "note"},
      `This is version ${own}. The newest is `,
      make("a", {href: url(versions[0])}, versions[0].name), "."));
  }
};

document.addEventListener("DOMContentLoaded", () => {
  const button = make("button", {type: "button", class: "find", "aria-haspopup": "dialog",
    "aria-keyshortcuts": "/"}, "Search ", make("kbd", {"aria-hidden": "true"}, "/"));

  button.onclick = openSearch;
  document.querySelector(".tools").append(button, themeButton());
  if ("versions" in root.dataset)
    load("../versions.js", null);
});
})();
