import type { SavedParameter, Trigger } from "@/api/types";

/** Returns a body that fills the parameters, each where the trigger looks for it. */
export function exampleBody({ settings, parameters: fixed }: Pick<Trigger, "settings" | "parameters">, asked: readonly SavedParameter[]): unknown {
  const places = (settings.kind === "webhook" ? settings.fields : undefined) ?? {};
  let whole: unknown = {};
  for (const { name, default: value } of asked) {
    if (name in fixed) continue;
    whole = placed(whole, (places[name] ?? name).split("."), value || "…");
  }
  return whole;
}

/** Returns commands for a shell that sign a body and send it. */
export function exampleCall(address: string, secret: string, body: unknown): string {
  return `secret=${quoted(secret)}
body=${quoted(JSON.stringify(body))}
id="msg-$(date +%s)" time="$(date +%s)"
key=$(printf %s "\${secret#whsec_}" | base64 -d | od -An -v -tx1 | tr -d ' \\n')
signature=$(printf %s "$id.$time.$body" | openssl dgst -sha256 -mac HMAC -macopt "hexkey:$key" -binary | base64)
curl -sS ${address} -H 'Content-Type: application/json' -H "webhook-id: $id" \\
  -H "webhook-timestamp: $time" -H "webhook-signature: v1,$signature" --data-binary "$body"`;
}

const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;

/** Returns a body with a value at a place; steps that are numbers are places in lists. */
function placed(whole: unknown, [step = "", ...rest]: readonly string[], value: string): unknown {
  const isList = /^\d{1,2}$/.test(step);
  const before = typeof whole === "object" && whole !== null ? (whole as Record<string, unknown>)[step] : undefined;
  const part = rest.length === 0 ? value : placed(before, rest, value);
  if (isList) return Object.assign(Array.isArray(whole) ? [...whole] : Array.from({ length: Number(step) + 1 }, () => null), { [step]: part });
  return { ...(typeof whole === "object" ? whole : {}), [step]: part };
}
