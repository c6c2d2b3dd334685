import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { GLOSSARY, type Word } from "../src/model/glossary";
import { besideOf } from "../src/model/popover_place";

const words: readonly Word[] = Object.values(GLOSSARY);

test("the document of words has the words of the page, in the same order and to the letter", () => {
  const [, section = ""] = readFileSync("../docs/glossary.md", "utf8").split("## Words of the page\n");
  const rows = (section.split("\n## ")[0] ?? "")
    .split("\n")
    .filter((line) => line.startsWith("| ") && !line.startsWith("| Word") && !line.startsWith("| ---"));
  assert.deepEqual(
    rows,
    words.map(({ name, text, document }) => `| ${name} | ${text} | [${document}.md](${document}.md) |`),
  );
});

test("a meaning is short, names a document that is there, and claims nothing about where price goes", () => {
  for (const { name, text, document } of words) {
    assert.ok(existsSync(`../docs/${document}.md`), `${name}: docs/${document}.md`);
    assert.ok(text.length <= 260, `${name} has ${text.length} letters`);
    assert.match(text, /\.$/);
    assert.doesNotMatch(`${name} ${text}`, /\b(will|targets?|magnets?|attracts?)\b/i, name);
  }
  assert.equal(new Set(words.map((word) => word.name)).size, words.length);
});

test("a meaning stands below its word, above where there is no room, and always on the screen", () => {
  const box = { width: 300, height: 100 };
  const anchor = (left: number, top: number) => ({ left, top, bottom: top + 20, width: 60, height: 20 });
  assert.deepEqual(besideOf(anchor(40, 30), box, 360, 740), { left: 40, top: 56 });
  assert.deepEqual(besideOf(anchor(340, 700), box, 360, 740), { left: 52, top: 594 });
  assert.deepEqual(besideOf(anchor(-20, 90), box, 200, 120), { left: 8, top: 8 });
});
