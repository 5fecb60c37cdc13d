/** Where a value is kept: in this browser, or in this tab alone, over reloads. */
type Where = "browser" | "tab";

/** Reads JSON that was kept; `otherwise` when there is none, or it can't be read. */
export function load<T>(name: string, otherwise: T, where: Where = "browser"): T {
  try {
    return parse(storage(where).getItem(keyOf(name)), otherwise);
  } catch {
    return otherwise; // private windows may refuse the store itself
  }
}

/** Keeps a value. A full or forbidden store only means that it is not kept. */
export function keep(name: string, value: unknown, where: Where = "browser"): void {
  try {
    storage(where).setItem(keyOf(name), JSON.stringify(value));
  } catch {
    // The page works without.
  }
}

export function forget(name: string): void {
  try {
    localStorage.removeItem(keyOf(name));
  } catch {
    // Then nothing was kept.
  }
}

/** Calls back when another tab has kept a value under the name. */
export function onKeptElsewhere<T>(name: string, then: (value: T) => void): void {
  window.addEventListener("storage", ({ key, newValue }) => {
    const value = key === keyOf(name) ? parse<T | null>(newValue, null) : null;
    if (value !== null) then(value);
  });
}

const keyOf = (name: string): string => `reznet.${name}`;
const storage = (where: Where): Storage => (where === "browser" ? localStorage : sessionStorage);

function parse<T>(text: string | null, otherwise: T): T {
  try {
    return text === null ? otherwise : (JSON.parse(text) as T);
  } catch {
    return otherwise;
  }
}
