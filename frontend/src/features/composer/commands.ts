/** What `/` offers. */
export interface Command {
  name: string;
  description: string;
  /** What is typed behind the name; without it the command runs as soon as it is picked. */
  argument?: string;
  /** Gets what was typed behind the name. Without it, the text is a message that the server understands. */
  run?: (rest: string) => void | Promise<void>;
}

/** Returns the commands whose names begin like the text, when it is nothing but a command being typed. */
export function matchingCommands(commands: readonly Command[], text: string): Command[] {
  const typed = /^\/([a-z]*)$/i.exec(text)?.[1];
  if (typed === undefined) return [];
  return commands.filter(({ name }) => name.startsWith(typed.toLowerCase()));
}

/** Returns the command that a text is, with its rest; null when it is a message. */
export function parseCommand(commands: readonly Command[], text: string): { command: Command; rest: string } | null {
  const found = /^\/([a-z]+)(?:\s+([\s\S]*))?$/i.exec(text.trim());
  const command = commands.find(({ name }) => name === found?.[1]?.toLowerCase());
  return command === undefined ? null : { command, rest: found?.[2] ?? "" };
}
