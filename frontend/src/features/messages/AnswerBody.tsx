import { useState, type ReactElement } from "react";
import type { Message } from "@/api/types";
import { useLiveText } from "@/realtime/liveText";
import type { Handles } from "@/ui/markdown/Inline";
import { Markdown } from "@/ui/markdown/Markdown";

const LONG_CHARS = 3_500;
const LONG_LINES = 60;

/** The text of a message; of an answer that streams, the text so far. */
export function MessageBody({ message, handles }: { message: Message; handles: Handles }): ReactElement {
  return message.status === "streaming" ? (
    <LiveBody message={message} handles={handles} />
  ) : (
    <WholeBody text={message.content} handles={handles} />
  );
}

function LiveBody({ message, handles }: { message: Message; handles: Handles }): ReactElement {
  const text = useLiveText(message.id)?.text ?? message.content;
  if (text === "") return <Thinking />;
  return (
    <div className="is-live">
      <Markdown text={text} isLive handles={handles} />
    </div>
  );
}

function Thinking(): ReactElement {
  return (
    <p className="flex h-6 items-center gap-1.5 text-faint">
      <span className="sr-only">Thinking</span>
      <span aria-hidden="true" className="dots" />
    </p>
  );
}

function WholeBody({ text, handles }: { text: string; handles: Handles }): ReactElement | null {
  const [isOpen, setIsOpen] = useState(() => !isLong(text));
  if (text === "") return null;
  if (!isLong(text)) return <Markdown text={text} handles={handles} />;
  return (
    <>
      <div className={isOpen ? "" : "folded"}>
        <Markdown text={text} handles={handles} />
      </div>
      <button
        type="button"
        aria-expanded={isOpen}
        onClick={() => setIsOpen(!isOpen)}
        className="mt-1 rounded text-sm font-medium text-cyan hover:underline"
      >
        {isOpen ? "Show less" : "Show the whole answer"}
      </button>
    </>
  );
}

function isLong(text: string): boolean {
  return text.length > LONG_CHARS || text.split("\n", LONG_LINES + 1).length > LONG_LINES;
}
