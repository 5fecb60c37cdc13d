import type { ReactElement } from "react";
import { Dialog } from "@/ui/Dialog";
import { closePanel } from "./panels";

const GROUPS: { title: string; rows: [string[], string][] }[] = [
  {
    title: "Everywhere",
    rows: [
      [["Ctrl / ⌘", "K"], "Go to a channel, an agent or a page"],
      [["/"], "Search messages; Ctrl / ⌘ Shift F also from a field"],
      [["Alt", "↑ ↓"], "Previous or next channel"],
      [["C"], "Write a message"],
      [["?"], "This sheet"],
      [["Esc"], "Close what is open, else mark the channel as read"],
    ],
  },
  {
    title: "Writing",
    rows: [
      [["Enter"], "Send"],
      [["Shift", "Enter"], "New line"],
      [["@"], "Mention an agent"],
      [["/"], "Commands"],
      [["↑"], "Edit the last message, in an empty field"],
    ],
  },
  {
    title: "Messages",
    rows: [
      [["↑ ↓"], "Move between messages"],
      [["Home", "End"], "First or last one that is loaded"],
      [["Tab"], "Into what can be done with a message"],
    ],
  },
];

export function Shortcuts(): ReactElement {
  return (
    <Dialog title="Keyboard shortcuts" open onClose={closePanel} wide>
      <div className="grid gap-x-10 gap-y-5 sm:grid-cols-2">
        {GROUPS.map(({ title, rows }) => (
          <section key={title} aria-label={title}>
            <h3 className="mb-2 text-sm font-semibold text-violet">{title}</h3>
            <dl className="grid gap-1.5">
              {rows.map(([keys, meaning]) => (
                <div key={meaning} className="flex items-center justify-between gap-4 text-sm">
                  <dt className="order-2 flex shrink-0 gap-1">{keys.map((key) => <kbd key={key}>{key}</kbd>)}</dt>
                  <dd className="text-soft">{meaning}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  );
}
