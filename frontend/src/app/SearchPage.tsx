import { useNavigate, useRouter, useSearch } from "@tanstack/react-router";
import { useState, type ReactElement } from "react";
import { useChannels } from "@/api/hooks";
import { SearchView } from "@/features/search/SearchView";
import type { Hit, Sort } from "@/features/search/useSearch";
import { load } from "@/realtime/stored";
import { TopBar } from "./TopBar";

/** The search in all messages. Its address holds the query, so that the way back leads to the results. */
export function SearchPage(): ReactElement {
  const { q = "", sort = "newest" } = useSearch({ from: "/search" });
  const [text, setText] = useState(q);
  const navigate = useNavigate();
  const router = useRouter();
  const place = useChannels().find(({ id, kind }) => kind === "channel" && id === load<string | null>("lastChannel", null))?.name;
  const show = (next: { q: string; sort: Sort }): void => {
    const search = { q: next.q || undefined, sort: next.sort === "newest" ? undefined : next.sort };
    void navigate({ to: "/search", search, replace: true });
  };
  const open = ({ message }: Hit): void => {
    const search = { m: message.id, thread: message.thread_id ?? undefined };
    void navigate({ to: "/c/$channelId", params: { channelId: message.channel_id }, search });
  };
  const close = (): void => {
    if (router.history.canGoBack()) router.history.back();
    else void navigate({ to: "/" });
  };
  return (
    <>
      <TopBar page="Search" />
      <SearchView
        text={text}
        sort={sort}
        onText={(next) => {
          setText(next);
          show({ q: next, sort });
        }}
        onSort={(next) => show({ q: text, sort: next })}
        onOpen={open}
        onClose={close}
        place={place}
      />
    </>
  );
}
