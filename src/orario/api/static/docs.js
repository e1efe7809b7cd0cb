// Draws /openapi.json: endpoints by group, their parameters and shapes, and a form to try each one.
"use strict";

const METHODS = ["get", "post", "put", "delete"];
let description = null;
let token = sessionStorage.getItem("orario-token") || "";

// An element with properties and children; texts stay texts, so nothing that is shown can become markup.
function element(name, properties, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties || {})) {
    if (key === "class") made.className = value;
    else if (key in made) made[key] = value;
    else made.setAttribute(key, value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return made;
}

function find(reference) {
  return reference.split("/").slice(1).reduce((place, step) => place[step], description);
}

function resolve(schema) {
  return schema && schema.$ref ? { ...find(schema.$ref), $name: schema.$ref.split("/").pop() } : schema || {};
}

// One word for a schema: "integer", "Job", "text or null", "list of Execution".
function kind(schema) {
  if (!schema) return "anything";
  if (schema.$ref) return schema.$ref.split("/").pop();
  const choices = schema.anyOf || schema.oneOf;
  if (choices) return choices.map(kind).join(" or ");
  if (schema.allOf) return schema.allOf.map(kind).join(" and ");
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.join(" | ");
  if (schema.type === "array") return `list of ${kind(schema.items)}`;
  return schema.format ? `${schema.type} (${schema.format})` : String(schema.type || "anything");
}

function limits(schema) {
  const plain = (schema.anyOf || []).find((one) => one.type !== "null") || schema;
  const words = [];
  if (plain.minimum !== undefined) words.push(`from ${plain.minimum}`);
  if (plain.maximum !== undefined) words.push(`to ${plain.maximum}`);
  if (plain.maxLength !== undefined) words.push(`at most ${plain.maxLength} characters`);
  if (schema.default !== undefined && schema.default !== null) words.push(`default ${JSON.stringify(schema.default)}`);
  return words.join(", ");
}

function table(heads, rows) {
  const head = element("tr", {}, heads.map((word) => element("th", { scope: "col" }, word)));
  const body = rows.map((row) => element("tr", {}, row.map((cell) => element("td", {}, cell))));
  return element("table", {}, element("thead", {}, head), element("tbody", {}, body));
}

function fields(schema, seen = []) {
  const real = resolve(schema);
  if (real.type === "array") return fields(real.items, seen);
  const plain = (real.anyOf || []).find((one) => one.$ref || one.properties);
  if (plain) return fields(plain, seen);
  if (!real.properties || seen.includes(real.$name)) return null;
  const required = real.required || [];
  const rows = Object.entries(real.properties).map(([name, one]) => [
    element("code", {}, name + (required.includes(name) ? " *" : "")),
    kind(one),
    [one.description || resolve(one).description, limits(one)].filter(Boolean).join(" · "),
  ]);
  return table(["Field", "Kind", ""], rows);
}

function parameters(operation) {
  const given = operation.parameters || [];
  if (!given.length) return [];
  const rows = given.map((one) => [
    element("code", {}, one.name + (one.required ? " *" : "")),
    one.in,
    kind(one.schema),
    [one.description, limits(one.schema)].filter(Boolean).join(" · "),
  ]);
  return [element("h3", {}, "Parameters"), table(["Name", "In", "Kind", ""], rows)];
}

function content(body) {
  return Object.entries((body && body.content) || {})[0] || [null, {}];
}

function bodyOf(operation) {
  const [type, media] = content(operation.requestBody);
  if (!type) return [];
  return [element("h3", {}, `Body, ${type}`), fields(media.schema) || element("p", { class: "faint" }, kind(media.schema))];
}

function answers(operation) {
  const found = Object.entries(operation.responses || {}).map(([status, answer]) => {
    const [, media] = content(answer);
    const shown = media.example === undefined ? null : code(media.example);
    const inside = [media.schema ? fields(media.schema) : null, shown];
    const words = [element("strong", {}, status), element("span", { class: "words" }, answer.description || "")];
    return element("details", {}, element("summary", {}, words), element("div", { class: "inside" }, inside));
  });
  return [element("h3", {}, "Answers"), ...found];
}

function code(value) {
  return element("pre", { tabIndex: 0 }, typeof value === "string" ? value : JSON.stringify(value, null, 2));
}

function trial(method, path, operation) {
  const inputs = (operation.parameters || []).map((one) => {
    const input = element("input", { name: one.name, required: Boolean(one.required), autocomplete: "off" });
    return { where: one.in, input, label: element("label", {}, `${one.name} `, input) };
  });
  const [type, media] = content(operation.requestBody);
  const start = typeof media.example === "string" ? media.example : JSON.stringify(media.example, null, 2);
  const body = type && element("textarea", { spellcheck: false, value: start || "", "aria-label": "Body" });
  const answer = element("div", { role: "status" });
  const form = element(
    "form", { class: "try" }, element("h3", {}, "Try it"), inputs.map((one) => one.label), body,
    element("p", {}, element("button", { type: "submit" }, `Send ${method.toUpperCase()}`)), answer,
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(method, path, inputs, type, body && body.value, answer);
  });
  return form;
}

function address(path, inputs) {
  const base = new URL(".", location.href).pathname.replace(/\/$/, "");
  const query = new URLSearchParams();
  for (const { where, input } of inputs) {
    if (where === "path") path = path.replace(`{${input.name}}`, encodeURIComponent(input.value));
    if (where === "query" && input.value !== "") query.set(input.name, input.value);
  }
  return base + path + (query.size ? `?${query}` : "");
}

function credentials() {
  return token ? { Authorization: `Bearer ${token}` } : {};
}

async function send(method, path, inputs, type, body, answer) {
  const headers = { ...credentials(), ...(body ? { "Content-Type": type } : {}) };
  for (const { where, input } of inputs) if (where === "header" && input.value) headers[input.name] = input.value;
  answer.replaceChildren(element("p", { class: "faint" }, "…"));
  const started = performance.now();
  try {
    const url = address(path, inputs);
    const response = await fetch(url, { method: method.toUpperCase(), headers, body: body || undefined });
    const first = `${response.status} ${response.statusText} · ${Math.round(performance.now() - started)} ms · ${url}`;
    const shown = element("pre", { tabIndex: 0 });
    answer.replaceChildren(element("p", {}, first), shown);
    await show(response, shown);
  } catch (error) {
    answer.replaceChildren(element("p", {}, `No answer: ${error.message}`));
  }
}

async function show(response, shown) {
  if ((response.headers.get("content-type") || "").startsWith("text/event-stream")) return follow(response, shown);
  const raw = await response.text();
  try {
    shown.textContent = JSON.stringify(JSON.parse(raw), null, 2);
  } catch {
    shown.textContent = raw;
  }
}

async function follow(response, shown) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    shown.append(part.value);
    shown.scrollTop = shown.scrollHeight;
  }
}

function operation(method, path, one) {
  const summary = element(
    "summary", {}, element("span", { class: `method ${method}` }, method), element("span", { class: "path" }, path),
    element("span", { class: "words" }, one.summary || ""),
  );
  const made = element("details", { id: one.operationId, "data-words": `${method} ${path} ${one.summary}`.toLowerCase() }, summary);
  made.addEventListener("toggle", () => {
    if (!made.open || made.children.length > 1) return;
    const words = (one.description || "").split("\n\n").filter(Boolean).map((words) => element("p", {}, words));
    made.append(element("div", { class: "inside" }, words, parameters(one), bodyOf(one), answers(one), trial(method, path, one)));
  });
  return made;
}

function groups() {
  const found = new Map((description.tags || []).map((tag) => [tag.name, { words: tag.description, all: [] }]));
  for (const [path, methods] of Object.entries(description.paths)) {
    for (const method of METHODS.filter((name) => name in methods)) {
      const tag = (methods[method].tags || ["other"])[0];
      if (!found.has(tag)) found.set(tag, { words: "", all: [] });
      found.get(tag).all.push(operation(method, path, methods[method]));
    }
  }
  return [...found].filter(([, group]) => group.all.length);
}

function draw() {
  document.title = `${description.info.title} ${description.info.version}`;
  document.getElementById("title").textContent = document.title;
  const sections = groups().map(([name, group]) => {
    const words = group.words ? [element("p", { class: "faint" }, group.words)] : [];
    return element("section", { id: `group-${name}`, "data-name": name }, element("h2", {}, name), words, group.all);
  });
  const intro = (description.info.description || "").split("\n\n").filter(Boolean).map((words) => element("p", {}, words));
  document.getElementById("operations").replaceChildren(...intro, ...sections);
  const links = sections.map((one) => element("a", { href: `#${one.id}` }, one.dataset.name));
  document.getElementById("contents").replaceChildren(...links);
  narrow();
}

function narrow() {
  const wanted = document.getElementById("filter").value.toLowerCase().trim();
  for (const section of document.querySelectorAll("main > section")) {
    const all = [...section.querySelectorAll("details[data-words]")];
    for (const one of all) one.hidden = !one.dataset.words.includes(wanted);
    section.hidden = all.every((one) => one.hidden);
  }
}

async function load() {
  const response = await fetch("openapi.json", { headers: credentials() });
  document.getElementById("whose").textContent = response.ok ? "" : "This token may not read the description.";
  if (!response.ok) {
    const words = token ? "The token is not good here." : "Enter a token to read the description.";
    document.getElementById("operations").replaceChildren(element("p", { class: "hint" }, words));
    return;
  }
  description = await response.json();
  draw();
}

document.getElementById("credentials").addEventListener("submit", (event) => {
  event.preventDefault();
  token = document.getElementById("token").value.trim();
  sessionStorage.setItem("orario-token", token);
  document.getElementById("whose").textContent = token ? "Used until this tab is closed." : "";
  if (!description) load();
});
document.getElementById("filter").addEventListener("input", narrow);
document.getElementById("token").value = token;
load();
