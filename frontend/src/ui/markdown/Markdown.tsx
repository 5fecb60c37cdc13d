import { Marked, type Token, type Tokens } from "marked";
import { memo, useMemo, type ReactElement } from "react";
import { CodeBlock } from "./CodeBlock";
import { Formula } from "./Formula";
import { Inline, type Handles } from "./Inline";
import { MATH, type MathToken } from "./mathRules";
import { mended } from "./mend";

const markdown = new Marked({ gfm: true, breaks: true, extensions: [...MATH] });
const NOBODY: Handles = new Map();

interface Props {
  text: string;
  /** Whether more may come: what is open at the end is shown as if it were closed. */
  isLive?: boolean;
  handles?: Handles;
}

/** Shows Markdown as React elements. HTML in it is text, and no address but web and mail is a link. */
export function Markdown({ text, isLive = false, handles = NOBODY }: Props): ReactElement {
  const tokens = useMemo(() => blocks(text, isLive), [text, isLive]);
  return (
    <div className="prose">
      {tokens.map((token, index) => (
        <Block key={index} token={token} raw={token.raw} handles={handles} />
      ))}
    </div>
  );
}

function blocks(text: string, isLive: boolean): Token[] {
  const source = isLive ? mended(text) : text;
  const tokens = markdown.lexer(source).filter((token) => token.type !== "space");
  const depths = [...new Set(tokens.filter(isHeading).map(({ depth }) => depth))].sort((a, b) => a - b);
  return tokens.map((token) => (isHeading(token) ? Object.assign(token, { level: depths.indexOf(token.depth) }) : token));
}

// Below the page's own heading, and without gaps, however deep a text begins.
const HEADINGS = ["h2", "h3", "h4", "h5", "h6"] as const;

function isHeading(token: Token): token is Tokens.Heading {
  return token.type === "heading";
}

// While an answer streams only its last block changes; the others keep their elements.
const Block = memo(
  BlockOf,
  (before, after) =>
    before.raw === after.raw && before.handles === after.handles && levelOf(before.token) === levelOf(after.token),
);

function levelOf(token: Token): number {
  return "level" in token ? Number(token["level"]) : HEADINGS.length;
}

function BlockOf({ token, handles }: { token: Token; raw: string; handles: Handles }): ReactElement | null {
  switch (token.type) {
    case "code": {
      const { text, lang, raw } = token as Tokens.Code;
      return <CodeBlock code={text} language={lang ?? ""} isClosed={isClosed(raw)} />;
    }
    case "heading": {
      const { depth, tokens } = token as Tokens.Heading;
      const Tag = HEADINGS[levelOf(token)] ?? "h6";
      return <Tag data-depth={depth}><Inline tokens={tokens} handles={handles} /></Tag>;
    }
    case "hr":
      return <hr />;
    case "blockquote":
      return <blockquote><Blocks tokens={(token as Tokens.Blockquote).tokens} handles={handles} /></blockquote>;
    case "list":
      return <List list={token as Tokens.List} handles={handles} />;
    case "table":
      return <Table table={token as Tokens.Table} handles={handles} />;
    case "math":
      return <Formula token={token as MathToken} />;
    case "def":
      return null;
    case "paragraph":
      return <p><Inline tokens={(token as Tokens.Paragraph).tokens} handles={handles} /></p>;
    case "text": {
      const { tokens, text } = token as Tokens.Text;
      return tokens ? <Inline tokens={tokens} handles={handles} /> : <>{text}</>;
    }
    default:
      return <p className="whitespace-pre-wrap">{token.raw}</p>;
  }
}

function Blocks({ tokens, handles }: { tokens: readonly Token[]; handles: Handles }): ReactElement {
  return (
    <>
      {tokens.filter(({ type }) => type !== "space").map((token, index) => (
        <BlockOf key={index} token={token} raw={token.raw} handles={handles} />
      ))}
    </>
  );
}

function List({ list, handles }: { list: Tokens.List; handles: Handles }): ReactElement {
  const items = list.items.map((item, index) => (
    <li key={index} data-task={item.task || undefined}>
      {item.task && <input type="checkbox" checked={item.checked ?? false} disabled aria-label={item.checked ? "Done" : "To do"} />}
      <Blocks tokens={item.tokens.filter(({ type }) => type !== "checkbox")} handles={handles} />
    </li>
  ));
  const start = typeof list.start === "number" ? list.start : 1;
  return list.ordered ? <ol start={start}>{items}</ol> : <ul>{items}</ul>;
}

function Table({ table, handles }: { table: Tokens.Table; handles: Handles }): ReactElement {
  return (
    // Wide tables scroll by themselves, also by keyboard.
    <div className="table-frame" tabIndex={0} role="group" aria-label="Table">
      <table>
        <thead>
          <tr>
            {table.header.map((cell, index) => (
              <th key={index} scope="col" data-align={cell.align ?? undefined}>
                <Inline tokens={cell.tokens} handles={handles} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {table.rows.map((row, at) => (
            <tr key={at}>
              {row.map((cell, index) => (
                <td key={index} data-align={cell.align ?? undefined}>
                  <Inline tokens={cell.tokens} handles={handles} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Whether a fence has its end; code by indentation always has. */
function isClosed(raw: string): boolean {
  const fence = /^ {0,3}(`{3,}|~{3,})/.exec(raw)?.[1];
  return fence === undefined || new RegExp(`\\n {0,3}${fence}+\\s*$`).test(raw);
}
