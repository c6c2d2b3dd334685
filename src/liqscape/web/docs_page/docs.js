// Draws /schema/openapi.json and /asyncapi.json of the server it came from; nothing comes from anywhere else.

const MAX_DEPTH = 4;

/** An element with its children; strings are text, never markup. */
function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === "class") element.className = value;
    else if (typeof value === "function") element.addEventListener(key, value);
    else element.setAttribute(key, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** The schema that a reference leads to. */
function follow(schema, root) {
  let found = schema ?? {};
  for (let step = 0; found.$ref !== undefined && step < 10; step += 1) {
    found = found.$ref
      .slice(2)
      .split("/")
      .reduce((place, part) => place?.[part.replaceAll("~1", "/").replaceAll("~0", "~")], root) ?? {};
  }
  return found;
}

/** A schema in a few words. */
function inWords(schema, root) {
  const name = schema?.$ref?.split("/").pop();
  const found = follow(schema, root);
  if (found.const !== undefined) return JSON.stringify(found.const);
  if (found.enum !== undefined) return found.enum.map((each) => JSON.stringify(each)).join(" or ");
  const parts = found.anyOf ?? found.oneOf;
  if (parts !== undefined) return [...new Set(parts.map((each) => inWords(each, root)))].join(" or ");
  if (found.type === "array") return `list of ${inWords(found.items ?? {}, root)}`;
  if (Array.isArray(found.type)) return found.type.join(" or ");
  if (found.type === "object" && found.properties === undefined) {
    const of = found.additionalProperties;
    return of && typeof of === "object" ? `object of ${inWords(of, root)} by name` : "object";
  }
  if (found.properties !== undefined) return found.title ?? name?.split("_").pop() ?? "object";
  const bounds = [
    found.minimum === undefined ? null : `from ${found.minimum}`,
    found.maximum === undefined ? null : `to ${found.maximum}`,
    found.maxLength === undefined ? null : `at most ${found.maxLength} characters`,
  ].filter((each) => each !== null);
  return [found.type ?? "anything", ...bounds].join(" ");
}

/** The record inside a schema: itself, or that of a list, or the one of several that is not null. */
function recordIn(schema, root) {
  const found = follow(schema, root);
  if (found.properties !== undefined) return found;
  if (found.type === "array") return recordIn(found.items ?? {}, root);
  for (const part of found.anyOf ?? found.oneOf ?? []) {
    const record = recordIn(part, root);
    if (record !== null) return record;
  }
  const values = found.additionalProperties;
  return values && typeof values === "object" ? recordIn(values, root) : null;
}

/** Rows of a table of fields, those inside fields below them. */
function fieldRows(schema, root, depth = 0, above = []) {
  const record = recordIn(schema, root);
  if (record === null || depth > MAX_DEPTH || above.includes(record)) return [];
  return Object.entries(record.properties).flatMap(([name, field]) => {
    const text = field.description ?? follow(field, root).description ?? "";
    const row = make(
      "tr",
      { class: `depth${depth}${field.deprecated ? " old" : ""}` },
      make("td", {}, make("code", {}, name)),
      make("td", {}, inWords(field, root)),
      make("td", {}, text),
    );
    return [row, ...fieldRows(field, root, depth + 1, [...above, record])];
  });
}

function table(head, rows) {
  if (rows.length === 0) return null;
  return make("table", {}, make("thead", {}, make("tr", {}, ...head.map((each) => make("th", {}, each)))), make("tbody", {}, ...rows));
}

/** One thing of the lists: closed, and drawn when it is opened. */
function entry(title, text, words, draw) {
  const details = make("details", {}, make("summary", {}, make("code", {}, title), make("span", {}, text)));
  details.dataset.words = `${title} ${text} ${words}`.toLowerCase();
  details.addEventListener("toggle", () => {
    if (details.open && details.children.length === 1) details.append(make("div", {}, ...draw()));
  });
  return details;
}

function parameterRows(parameters, root) {
  return parameters.map((each) =>
    make(
      "tr",
      { class: each.deprecated ? "old" : "" },
      make("td", {}, make("code", {}, each.name)),
      make("td", {}, each.in ?? "query"),
      make("td", {}, inWords(each.schema ?? {}, root)),
      make("td", {}, `${each.required ? "Needed. " : ""}${each.description ?? ""}`),
    ),
  );
}

/** A form that asks this server a question without a body, and shows the first of the answer. */
function asking(path, parameters) {
  const fields = parameters.filter((each) => !each.deprecated).map((each) => [each, make("input", { "aria-label": each.name, placeholder: each.required ? "needed" : "" })]);
  const address = make("code", {});
  const answer = make("pre", { hidden: "" });
  const ask = async (event) => {
    event.preventDefault();
    let where = path;
    const query = new URLSearchParams();
    for (const [each, input] of fields) {
      if (each.in === "path") where = where.replace(`{${each.name}}`, encodeURIComponent(input.value));
      else if (input.value !== "") query.set(each.name, input.value);
    }
    const asked = `${where.slice(1)}${query.size > 0 ? `?${query}` : ""}`;
    address.textContent = `GET /${asked}`;
    const response = await fetch(asked);
    const text = await response.text();
    answer.hidden = false;
    answer.textContent = `${response.status} ${response.headers.get("content-type") ?? ""}\n${text.slice(0, 20_000)}`;
  };
  const rows = fields.map(([each, input]) => make("tr", {}, make("td", {}, each.name), make("td", {}, input)));
  return make("details", {}, make("summary", {}, "Ask this server"), make("div", {}, make("form", { submit: ask }, table(["parameter", "value"], rows), make("button", {}, "Ask")), address, answer));
}

function routes(root) {
  return Object.entries(root.paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => {
      const parameters = operation.parameters ?? [];
      const good = Object.entries(operation.responses ?? {}).find(([status]) => status.startsWith("2"));
      const content = Object.values(good?.[1]?.content ?? {})[0];
      const body = Object.values(operation.requestBody?.content ?? {})[0];
      const fields = recordIn(content?.schema, root);
      const words = [...parameters.map((each) => each.name), ...Object.keys(fields?.properties ?? {})].join(" ");
      const text = operation.description ?? operation.summary ?? "";
      return entry(`${method.toUpperCase()} ${path}`, text.split("\n")[0], words, () => [
        make("p", {}, text),
        table(["parameter", "in", "value", ""], parameterRows(parameters, root)),
        body === undefined ? null : make("h4", {}, "Body"),
        body === undefined ? null : table(["field", "value", ""], fieldRows(body.schema, root)),
        make("h4", {}, `Answer ${good?.[0] ?? ""}`),
        table(["field", "value", ""], fieldRows(content?.schema, root)) ?? make("p", {}, "No JSON."),
        method === "get" ? asking(path, parameters) : null,
      ]);
    }),
  );
}

function messages(root, operation) {
  return root.operations[operation].messages.map((reference) => {
    const message = follow(follow(reference, root), root);
    const words = Object.keys(recordIn(message.payload, root)?.properties ?? {}).join(" ");
    return entry(message.name, message.summary, words, () => [
      message.description === undefined ? null : make("p", {}, message.description),
      table(["field", "value", ""], fieldRows(message.payload, root)),
    ]);
  });
}

function address(root) {
  const channel = root.channels.stream;
  const rows = Object.entries(channel.bindings.ws.query.properties).map(([name, schema]) => ({ name, schema, description: schema.description }));
  return entry(`WS ${channel.address}`, "The address and its parameters.", rows.map((each) => each.name).join(" "), () => [table(["parameter", "in", "value", ""], parameterRows(rows, root))]);
}

async function read(path) {
  const response = await fetch(path);
  if (!response.ok) throw new Error(`${path} answers ${response.status}`);
  return response.json();
}

const content = document.getElementById("content");
try {
  const [api, stream] = await Promise.all([read("schema/openapi.json"), read("asyncapi.json")]);
  document.getElementById("about").textContent = `Version ${api.info.version}. ${api.info.description.replaceAll("\n", " ")}`;
  content.replaceChildren(
    make("h2", {}, "Routes"),
    ...routes(api),
    make("h2", {}, "Stream"),
    make("p", {}, stream.info.description),
    address(stream),
    make("h3", {}, "What a reader hears"),
    ...messages(stream, "tell"),
    make("h3", {}, "What a reader may say"),
    ...messages(stream, "ask"),
  );
  document.getElementById("find").addEventListener("input", (event) => {
    const wanted = event.target.value.trim().toLowerCase();
    for (const each of content.querySelectorAll(":scope > details")) each.hidden = !each.dataset.words.includes(wanted);
  });
} catch (error) {
  content.replaceChildren(make("p", { role: "alert" }, `The description of this server could not be read: ${error.message}`));
}
