import { Outlet, useNavigate, useParams, useRouter } from "@tanstack/react-router";
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useCallback, useEffect, useState, type ReactElement, type ReactNode } from "react";
import { channelsQuery, queryClient } from "@/api/queries";
import { ShowPlan } from "@/features/messages/plan";
import { ShowRecalled, type Look } from "@/features/messages/recalled";
import { follow } from "@/realtime/socket";
import { Toasts } from "@/ui/Toasts";
import { FrameContext } from "./frameContext";
import { OfflineBanner } from "./OfflineBanner";
import { usePanel } from "./panels";
import { Sidebar } from "./Sidebar";
import { useHotkeys } from "./useHotkeys";

const PlanCard = lazy(() => import("@/features/workflows/PlanCard").then((module) => ({ default: module.PlanCard })));
const Recalled = lazy(() => import("@/features/memories/Recalled").then((module) => ({ default: module.Recalled })));
const QuickSwitcher = lazy(() => import("./QuickSwitcher").then((module) => ({ default: module.QuickSwitcher })));
const Shortcuts = lazy(() => import("./Shortcuts").then((module) => ({ default: module.Shortcuts })));
const Settings = lazy(() => import("./Settings").then((module) => ({ default: module.Settings })));

const showRecalled = (messageId: string, look: Look): ReactElement => <Recalled messageId={messageId} look={look} />;
const showPlan = (workflowId: string, otherwise: ReactNode): ReactElement => <PlanCard workflowId={workflowId} otherwise={otherwise} />;

/** What stands around every page: the way to places, the state of the connection, and panels. */
export function Frame(): ReactElement {
  const [isMenuOpen, setIsMenuOpen] = useState(false);
  const closeMenu = useCallback(() => setIsMenuOpen(false), []);
  const openMenu = useCallback(() => setIsMenuOpen(true), []);
  const panel = usePanel((state) => state.open);
  useRooms();
  useHotkeys(useMoveChannel(), useGoToSearch());
  useFocusOnMain();
  return (
    <FrameContext value={openMenu}>
      <a href="#main" className="skip-link">
        Skip to the content
      </a>
      <div className="flex h-full">
        <aside className="hidden w-64 shrink-0 border-r border-line bg-panel md:block">
          <Sidebar onLeave={closeMenu} />
        </aside>
        {isMenuOpen && <Drawer onClose={closeMenu} />}
        <main id="main" tabIndex={-1} className="flex min-w-0 flex-1 flex-col outline-none">
          <OfflineBanner />
          <ShowRecalled value={showRecalled}><ShowPlan value={showPlan}><Outlet /></ShowPlan></ShowRecalled>
        </main>
      </div>
      <Suspense fallback={null}>
        {panel === "switcher" && <QuickSwitcher />}
        {panel === "shortcuts" && <Shortcuts />}
        {panel === "settings" && <Settings />}
      </Suspense>
      <Toasts />
    </FrameContext>
  );
}

function Drawer({ onClose }: { onClose: () => void }): ReactElement {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      if (event.key === "Escape") onClose();
    };
    window.addEventListener("keydown", onKeyDown);
    return () => window.removeEventListener("keydown", onKeyDown);
  }, [onClose]);
  return (
    <div className="fixed inset-0 z-30 md:hidden">
      <button type="button" aria-label="Close the menu" className="absolute inset-0 bg-black/65" onClick={onClose} />
      <aside className="absolute inset-y-0 left-0 w-72 max-w-[85vw] animate-rise border-r border-line bg-panel shadow-2xl shadow-black">
        <Sidebar onLeave={onClose} />
      </aside>
    </div>
  );
}

/** Listens to every channel, so that unread marks and working agents are right everywhere. */
function useRooms(): void {
  const { data } = useQuery(channelsQuery);
  useEffect(() => {
    if (data) follow(data.map((channel) => channel.id));
  }, [data]);
}

/** Puts the focus on a new page, where nothing on it takes it. */
function useFocusOnMain(): void {
  const router = useRouter();
  useEffect(
    () =>
      router.subscribe("onRendered", () => {
        if (document.activeElement === document.body) document.getElementById("main")?.focus({ preventScroll: true });
      }),
    [router],
  );
}

/** Opens the search, or goes to its field where it is open. */
function useGoToSearch(): () => void {
  const navigate = useNavigate();
  return useCallback(() => {
    const field = document.querySelector<HTMLInputElement>("main [data-search]");
    if (field) field.select();
    else void navigate({ to: "/search" });
  }, [navigate]);
}

function useMoveChannel(): (step: 1 | -1) => void {
  const navigate = useNavigate();
  const { channelId } = useParams({ strict: false });
  return useCallback(
    (step) => {
      const channels = queryClient.getQueryData(channelsQuery.queryKey) ?? [];
      const shown = [...channels.filter(({ kind }) => kind === "channel"), ...channels.filter(({ kind }) => kind === "dm")];
      const at = shown.findIndex(({ id }) => id === channelId);
      const next = shown[(at + step + shown.length) % Math.max(1, shown.length)];
      if (next) void navigate({ to: "/c/$channelId", params: { channelId: next.id } });
    },
    [navigate, channelId],
  );
}
