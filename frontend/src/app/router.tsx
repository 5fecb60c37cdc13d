import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from "@tanstack/react-router";
import type { ReactElement } from "react";
import { keep } from "@/realtime/stored";
import { ChannelPage } from "./ChannelPage";
import { Frame } from "./Frame";
import { Home } from "./Home";
import { NotFound, PageFailed } from "./failures";

const root = createRootRoute({ component: Frame, notFoundComponent: NotFound, errorComponent: PageFailed });

const home = createRoute({ getParentRoute: () => root, path: "/", component: Home });

const channel = createRoute({
  getParentRoute: () => root,
  path: "/c/$channelId",
  validateSearch: (search: Record<string, unknown>): { m?: string | undefined; thread?: string | undefined } => ({
    m: text(search["m"]),
    thread: text(search["thread"]),
  }),
  onEnter: ({ params }) => keep("lastChannel", params.channelId),
  onStay: ({ params }) => keep("lastChannel", params.channelId),
  component: Channel,
});

const search = createRoute({
  getParentRoute: () => root,
  path: "/search",
  validateSearch: (found: Record<string, unknown>): { q?: string | undefined; sort?: "relevance" | undefined } => ({
    q: text(found["q"]),
    sort: found["sort"] === "relevance" ? "relevance" : undefined,
  }),
  component: lazyRouteComponent(() => import("./SearchPage"), "SearchPage"),
});

const agents = createRoute({
  getParentRoute: () => root,
  path: "/agents",
  component: lazyRouteComponent(() => import("./AgentsPage"), "AgentsPage"),
});

const newAgent = createRoute({
  getParentRoute: () => root,
  path: "/agents/new",
  component: lazyRouteComponent(() => import("./AgentPage"), "NewAgentPage"),
});

const templates = createRoute({
  getParentRoute: () => root,
  path: "/agents/templates",
  component: lazyRouteComponent(() => import("./TemplatesPage"), "TemplatesPage"),
});

const template = createRoute({
  getParentRoute: () => root,
  path: "/agents/templates/$templateId",
  component: lazyRouteComponent(() => import("./TemplatesPage"), "TemplatePage"),
});

const agent = createRoute({
  getParentRoute: () => root,
  path: "/agents/$agentId",
  component: lazyRouteComponent(() => import("./AgentPage"), "AgentPage"),
});

const memory = createRoute({
  getParentRoute: () => root,
  path: "/agents/$agentId/memory",
  validateSearch: chosenMemory,
  component: lazyRouteComponent(() => import("./MemoryPage"), "MemoryPage"),
});

const collections = createRoute({
  getParentRoute: () => root,
  path: "/shared-memory",
  component: lazyRouteComponent(() => import("./CollectionsPage"), "CollectionsPage"),
});

const collection = createRoute({
  getParentRoute: () => root,
  path: "/shared-memory/$collectionId",
  validateSearch: chosenMemory,
  component: lazyRouteComponent(() => import("./CollectionsPage"), "CollectionPage"),
});

const workflows = createRoute({
  getParentRoute: () => root,
  path: "/workflows",
  validateSearch: (found: Record<string, unknown>): { channel?: string | undefined; status?: string | undefined; q?: string | undefined } => ({
    channel: text(found["channel"]),
    status: text(found["status"]),
    q: text(found["q"]),
  }),
  component: lazyRouteComponent(() => import("./WorkflowsPage"), "WorkflowsPage"),
});

const workflow = createRoute({
  getParentRoute: () => root,
  path: "/workflows/$workflowId",
  validateSearch: (found: Record<string, unknown>): { tab?: string | undefined; task?: string | undefined } => ({
    tab: text(found["tab"]),
    task: text(found["task"]),
  }),
  component: lazyRouteComponent(() => import("./WorkflowPage"), "WorkflowPage"),
});

const savedWorkflows = createRoute({
  getParentRoute: () => root,
  path: "/workflows/saved",
  validateSearch: (found: Record<string, unknown>): { channel?: string | undefined; q?: string | undefined } => ({
    channel: text(found["channel"]),
    q: text(found["q"]),
  }),
  component: lazyRouteComponent(() => import("./SavedWorkflowsPage"), "SavedWorkflowsPage"),
});

const savedWorkflow = createRoute({
  getParentRoute: () => root,
  path: "/workflows/saved/$savedId",
  validateSearch: (found: Record<string, unknown>): { channel?: string | undefined } => ({ channel: text(found["channel"]) }),
  component: lazyRouteComponent(() => import("./SavedWorkflowsPage"), "SavedWorkflowPage"),
});

const webhooks = createRoute({
  getParentRoute: () => root,
  path: "/workflows/webhooks",
  component: lazyRouteComponent(() => import("./WebhooksPage"), "WebhooksPage"),
});

export const router = createRouter({
  routeTree: root.addChildren([home, channel, search, agents, newAgent, templates, template, agent, memory, collections, collection, workflows, workflow, savedWorkflows, savedWorkflow, webhooks]),
  defaultErrorComponent: PageFailed,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}

function Channel(): ReactElement {
  const { channelId } = channel.useParams();
  const { m, thread } = channel.useSearch();
  return <ChannelPage channelId={channelId} messageId={m} threadId={thread} />;
}

function chosenMemory(found: Record<string, unknown>): { memory?: string | undefined } {
  return { memory: text(found["memory"]) };
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
