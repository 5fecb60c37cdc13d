import { render, screen, waitFor } from "@testing-library/react";
import { expect, test, vi } from "vitest";
import { Markdown } from "./Markdown";

const show = (text: string): HTMLElement => render(<Markdown text={text} />).container;

async function drawn(text: string): Promise<Element[]> {
  const page = show(text);
  await waitFor(() => expect(page.querySelector("math")).not.toBeNull());
  return [...page.querySelectorAll("math")];
}

test.each([
  ["a $E = mc^2$ b", "inline"],
  ["a \\(E = mc^2\\) b", "inline"],
  ["$$\nE = mc^2\n$$", "block"],
  ["\\[\nE = mc^2\n\\]", "block"],
  ["so\n\\[ E = mc^2 \\]\nit is", "block"],
  ["- item $E = mc^2$", "inline"],
])("a formula is drawn as MathML: %s", async (text, display) => {
  const [math] = await drawn(text);
  expect(math?.namespaceURI).toBe("http://www.w3.org/1998/Math/MathML");
  expect(math?.textContent).toBe("E=mc2");
  expect(math?.getAttribute("display") ?? "inline").toBe(display);
});

test("what is around a formula stays", async () => {
  const page = show("**a** $x$ and $y$, costs $5.");
  await waitFor(() => expect(page.querySelectorAll("math")).toHaveLength(2));
  expect(page.textContent).toBe("a x and y, costs $5.");
});

test("matrices keep their rows", async () => {
  const [math] = await drawn("$$\\begin{pmatrix} a & b \\\\[4pt] c & d \\end{pmatrix}$$");
  expect(math?.querySelectorAll("mtr")).toHaveLength(2);
  expect(math?.querySelector("mtd")?.getAttribute("class")).toBe("cell-flush-left");
});

test.each([
  "It costs $5 and $10.",
  "between $5$10",
  "`$x$` and \\$x$",
  "US$ 5, A$ 6",
  "```\n$$ x $$\n```",
  "$ x $",
])("prices, code and escaped signs are no formulas: %s", (text) => {
  expect(show(text).querySelector("math, .math-frame")).toBeNull();
  expect(document.body.textContent).not.toContain("undefined");
});

test("what can't be read stands as it was written", async () => {
  show("$\\frac{1$ and $\\nosuchthing{x}$");
  await vi.dynamicImportSettled();
  expect(screen.getByText("$\\frac{1$").tagName).toBe("CODE");
  expect(screen.getByText("$\\nosuchthing{x}$").tagName).toBe("CODE");
});

test.each([
  ["a link to a script", "\\href{javascript:alert(1)}{x}"],
  ["an address", "\\url{javascript:alert(1)}"],
  ["an image", "\\includegraphics{https://example.com/x.png}"],
  ["an id", "\\htmlId{main}{x}"],
  ["a class", "\\class{skip-link}{x}"],
  ["a style", "\\style{position:fixed}{x}"],
  ["markup as text", "\\text{<img src=x onerror=alert(1)>}"],
  ["a colour that is more", "\\color{red;background:url(//example.com)}{x}"],
  ["a macro without an end", "\\def\\a{\\a\\a}\\a"],
  ["a deep nest", `${"{".repeat(1500)}x${"}".repeat(1500)}`],
  ["a deep root", `${"\\sqrt{".repeat(600)}x${"}".repeat(600)}`],
])("a hostile formula is a formula or text, and nothing else: %s", async (_name, tex) => {
  const page = show(`$${tex}$ and $ok$`);
  await waitFor(() => expect(page.querySelector("math")).not.toBeNull());
  await vi.dynamicImportSettled();
  expect(page.querySelector("a, img, script, iframe, [href], [src], [id], [style], [onerror], [class*=skip]")).toBeNull();
});

test("text full of signs takes no longer", () => {
  const started = performance.now();
  for (const sign of ["\\(", "\\[", "$$ ", "$a ", "\n$$", "\n\\["]) show(sign.repeat(4_000));
  expect(performance.now() - started).toBeLessThan(4_000);
});
