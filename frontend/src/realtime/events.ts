import type { components } from "@/api/generated/events";

type Schemas = components["schemas"];
type Sent = Schemas["ServerEvents"];
type Asked = Schemas["ClientEvents"];
type Answers = Schemas["Acks"];

/** What the server sends; each event is named as the key. */
export type ServerEvents = { [Name in keyof Sent]: (event: Sent[Name]) => void };

/** What clients send. Nobody waits where the acknowledgement would say no more than that it is done. */
export type ClientEvents = {
  [Name in keyof Asked]: Schemas["Ack"] extends Answers[Name]
    ? (command: Asked[Name]) => void
    : (command: Asked[Name], ack: (answer: Answer<Name>) => void) => void;
};

/** How an event is acknowledged. */
export type Answer<Name extends keyof Answers> = Answers[Name] | { ok: false; error: Schemas["ProblemOut"] };

export type MessageSent = Schemas["MessageSent"];
export type MessageDelta = Schemas["MessageDelta"];
export type ThreadSummary = Schemas["ThreadSummary"];
export type AgentTyping = Schemas["AgentTyping"];
export type WorkflowProgressed = Schemas["WorkflowProgressed"];
