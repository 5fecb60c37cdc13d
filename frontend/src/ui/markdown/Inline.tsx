import { Link } from "@tanstack/react-router";
import type { Token, Tokens } from "marked";
import type { ReactElement, ReactNode } from "react";
import { decodeEntities } from "./entities";
import { Formula } from "./Formula";
import { Marked, Marks } from "./marks";
import type { MathToken } from "./mathRules";

/** The colour of each agent that a message names, by handle. */
export type Handles = ReadonlyMap<string, string>;

export function Inline({ tokens, handles }: { tokens: readonly Token[]; handles: Handles }): ReactElement {
  return <>{tokens.map((token, index) => <Piece key={index} token={token} handles={handles} />)}</>;
}

function Piece({ token, handles }: { token: Token; handles: Handles }): ReactNode {
  switch (token.type) {
    case "strong":
      return <strong><Inline tokens={(token as Tokens.Strong).tokens} handles={handles} /></strong>;
    case "em":
      return <em><Inline tokens={(token as Tokens.Em).tokens} handles={handles} /></em>;
    case "del":
      return <del><Inline tokens={(token as Tokens.Del).tokens} handles={handles} /></del>;
    case "codespan":
      return <code>{(token as Tokens.Codespan).text}</code>;
    case "br":
      return <br />;
    case "link": {
      const { href, tokens, title } = token as Tokens.Link;
      const children = <Marks value={null}><Inline tokens={tokens} handles={handles} /></Marks>; // a link holds no other
      return <SafeLink href={href} title={title ?? undefined}>{children}</SafeLink>;
    }
    case "image": {
      const { href, text } = token as Tokens.Image;
      return <SafeLink href={href}>{text || href}</SafeLink>;
    }
    case "math":
      return <Formula token={token as MathToken} />;
    case "escape":
      return (token as Tokens.Escape).text;
    case "text": {
      const { tokens, text } = token as Tokens.Text;
      return tokens ? <Inline tokens={tokens} handles={handles} /> : <Marked text={decodeEntities(text)} plain={(part) => withMentions(part, handles)} />;
    }
    default:
      return token.raw;
  }
}

/**
 * A link that opens beside the page and learns nothing of it, or to a message of this workspace. An address that is no
 * web or mail address is text.
 */
function SafeLink({ href, title, children }: { href: string; title?: string | undefined; children: ReactNode }): ReactNode {
  const place = placeOf(href);
  if (place) return <Link to="/c/$channelId" params={{ channelId: place.channelId }} search={{ thread: place.thread, m: place.m }}>{children}</Link>;
  const address = safeAddress(href);
  if (address === null) return <span title={href}>{children}</span>;
  return (
    <a href={address} title={title} target="_blank" rel="noopener noreferrer nofollow">
      {children}
    </a>
  );
}

const ID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}";
const PLACE = new RegExp(`^/c/(?<channelId>${ID})(?:\\?(?:thread=(?<thread>${ID})(?:&|$))?(?:m=(?<m>${ID}))?)?$`);

/** Returns the message of this workspace that an address leads to, as the server writes it; null for all others. */
export function placeOf(href: string): { channelId: string; thread?: string; m?: string } | null {
  return (PLACE.exec(decodeEntities(href))?.groups as { channelId: string } | undefined) ?? null;
}

export function safeAddress(href: string): string | null {
  try {
    const url = new URL(decodeEntities(href));
    return ["http:", "https:", "mailto:"].includes(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}

function withMentions(text: string, handles: Handles): ReactNode {
  if (handles.size === 0 || !text.includes("@")) return text;
  return text.split(/(@[\p{L}\p{N}-]*[\p{L}\p{N}])/u).map((part, index) => {
    const color = part.startsWith("@") ? handles.get(part.slice(1).toLowerCase()) : undefined;
    if (color === undefined) return part;
    return (
      <span key={index} className="mention" style={{ color, backgroundColor: `color-mix(in srgb, ${color} 14%, transparent)` }}>
        {part}
      </span>
    );
  });
}
