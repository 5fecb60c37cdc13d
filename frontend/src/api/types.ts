import type { components } from "./generated/schema";

type Schemas = components["schemas"];

export type Agent = Schemas["AgentOut"];
export type AgentCreate = Schemas["AgentCreate"];
export type AgentUpdate = Schemas["AgentUpdate"];
export type AgentTry = Schemas["AgentTry"];
export type Channel = Schemas["ChannelOut"];
export type FileInfo = Schemas["FileOut"];
export type FileLimits = Schemas["FileLimits"];
export type Member = Schemas["MemberOut"];
export type Message = Schemas["MessageOut"];
export type Place = Schemas["Place"];
export type Problem = Schemas["ProblemOut"];
export type Provider = Schemas["ProviderOut"];
export type ImportReport = Schemas["ImportReport"];
export type Reaction = Schemas["Reaction"];
export type ReadState = Schemas["ReadState"];
export type Task = Schemas["TaskOut"];
export type Template = Schemas["Template"];
export type TemplateAgent = Schemas["TemplateAgent"];
export type TemplateInstantiate = Schemas["TemplateInstantiate"];
export type TemplateInstantiated = Schemas["TemplateInstantiated"];
export type TemplateSummary = Schemas["TemplateSummary"];
