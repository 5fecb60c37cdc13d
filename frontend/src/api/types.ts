import type { components } from "./generated/schema";

type Schemas = components["schemas"];

export type Agent = Schemas["AgentOut"];
export type AgentCreate = Schemas["AgentCreate"];
export type AgentUpdate = Schemas["AgentUpdate"];
export type Channel = Schemas["ChannelOut"];
export type Message = Schemas["MessageOut"];
export type Problem = Schemas["ProblemOut"];
export type Provider = Schemas["ProviderOut"];
export type Task = Schemas["TaskOut"];
