import { render } from "@testing-library/react";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { placeOf, safeAddress } from "./Inline";
import { Markdown } from "./Markdown";

beforeAll(() => vi.dynamicImportSettled()); // what mends text that streams is loaded by itself

const PAYLOADS = [
  "<script>window.hit = 1</script>",
  "<img src=x onerror=alert(1)>",
  "text <b onmouseover=alert(1)>bold</b>",
  "<svg/onload=alert(1)>",
  "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
  "[x](javascript:alert(1))",
  "[x](JaVaScRiPt:alert(1))",
  "[x](java&#x09;script:alert(1))",
  "[x](&#106;avascript:alert(1))",
  "[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
  "[x](vbscript:msgbox(1))",
  "![x](javascript:alert(1))",
  "![x](https://tracker.example/p.gif)",
  '![x](x"onerror="alert(1))',
  "<javascript:alert(1)>",
  "[x]: javascript:alert(1)\n\n[x]",
  "&lt;script&gt;alert(1)&lt;/script&gt;",
  "```html\n<script>alert(1)</script>\n```",
  "```<img src=x onerror=alert(1)>\ncode\n```",
  "| <img src=x onerror=alert(1)> |\n|---|\n| <script>alert(1)</script> |",
  "<style>*{display:none}</style>",
  "<a href='javascript:alert(1)'>x</a>",
  "<!-- comment --><form action=//evil><input name=q></form>",
  "<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
  '<div style="position:fixed;inset:0">cover</div>',
  "- <details open ontoggle=alert(1)>",
  "# <object data=javascript:alert(1)>",
];

const FORBIDDEN = "script, img, svg, iframe, style, object, embed, form, math, details, link, meta, base, video, audio";

describe.each([false, true])("hostile text (live: %s)", (isLive) => {
  test.each(PAYLOADS)("stays inert: %s", (payload) => {
    const { container } = render(<Markdown text={payload} isLive={isLive} />);
    // The product's own drawings are the only vector images.
    const foreign = [...container.querySelectorAll(FORBIDDEN)].filter((node) => !node.closest("button"));
    expect(foreign).toEqual([]);
    for (const node of container.querySelectorAll("*")) {
      for (const { name, value } of node.attributes) {
        expect(name).not.toMatch(/^on/);
        if (name === "href") expect(value).toMatch(/^(https?|mailto):/);
      }
      expect(node.getAttribute("style") ?? "").not.toContain("position");
    }
  });
});

test("HTML is shown as it was typed", () => {
  const { container } = render(<Markdown text={"a <b>bold</b> claim\n\n<div>block</div>"} />);
  expect(container.textContent).toContain("a <b>bold</b> claim");
  expect(container.textContent).toContain("<div>block</div>");
});

test("references become the characters they stand for, once", () => {
  const { container } = render(<Markdown text={"1 &lt; 2 &amp;amp; 3 &#x1F44D; `&lt;`"} />);
  expect(container.textContent).toBe("1 < 2 &amp; 3 👍 &lt;");
});

test("links open beside the page without telling where from", () => {
  const { container } = render(<Markdown text="see [docs](https://example.org/a?b=1&c=2) or https://example.org" />);
  const links = [...container.querySelectorAll("a")];
  expect(links.map((link) => link.getAttribute("href"))).toEqual(["https://example.org/a?b=1&c=2", "https://example.org/"]);
  for (const link of links) {
    expect(link.target).toBe("_blank");
    expect(link.rel).toContain("noopener");
  }
});

test("tables, lists, tasks and code become their elements", () => {
  const text = "| a | b |\n|:--|--:|\n| 1 | 2 |\n\n1. x\n2. y\n\n- [x] done\n\n```py\nprint(1)\n```\n\n> quote";
  const { container } = render(<Markdown text={text} />);
  expect(container.querySelectorAll("th")).toHaveLength(2);
  expect(container.querySelectorAll("ol > li")).toHaveLength(2);
  expect(container.querySelectorAll("input:checked:disabled")).toHaveLength(1);
  expect(container.querySelector("pre code")?.textContent).toBe("print(1)");
  expect(container.querySelector("blockquote")?.textContent).toBe("quote");
});

test("what is open at the end of live text is shown as if closed", () => {
  const { container } = render(<Markdown text="This is **import" isLive />);
  expect(container.querySelector("strong")?.textContent).toBe("import");
});

test("only handles that the server recognised are mentions", () => {
  const handles = new Map([["qa-lead", "#00F6FF"]]);
  const { container } = render(<Markdown text="@qa-lead and @nobody, `@qa-lead`" handles={handles} />);
  expect([...container.querySelectorAll(".mention")].map((node) => node.textContent)).toEqual(["@qa-lead"]);
});

test.each(["//evil.example", "/api/agents", "javascript:alert(1)", "blob:https://x/y", "file:///etc/passwd", ""])(
  "%j is no address for a link",
  (href) => expect(safeAddress(href)).toBeNull(),
);

test("addresses of messages in this workspace are places, and nothing else on it is", () => {
  const [one, two, three] = ["1", "2", "3"].map((digit) => `01a2159e-bf46-79fc-80a6-56aba9c2e32${digit}`);
  expect({ ...placeOf(`/c/${one}?thread=${two}&amp;m=${three}`) }).toEqual({ channelId: one, thread: two, m: three });
  expect({ ...placeOf(`/c/${one}?m=${two}`) }).toMatchObject({ channelId: one, m: two });
  for (const href of [`//evil.example/c/${one}`, `/c/${one}/../../api/agents`, "/c/general", `/c/${one}?m=javascript:1`, `/c/${one}#x`, `/api/channels/${one}`]) expect(placeOf(href)).toBeNull();
});

test("headings follow the page's without gaps, however deep they begin", () => {
  const { container } = render(<Markdown text={"### one\n\n###### two\n\n### three"} />);
  expect([...container.querySelectorAll("[data-depth]")].map(({ tagName }) => tagName)).toEqual(["H2", "H3", "H2"]);
});
