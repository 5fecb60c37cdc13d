import { Link } from "@tanstack/react-router";
import type { ReactElement } from "react";
import { sentence } from "@/api/problem";
import { Button } from "@/ui/Button";
import { TopBar } from "./TopBar";

export function NotFound(): ReactElement {
  return (
    <>
      <TopBar page="Not found" />
      <p className="grid flex-1 place-content-center gap-3 p-8 text-center text-soft">
        There is no page at this address.
        <Link to="/" className="text-cyan underline">Go to the workspace</Link>
      </p>
    </>
  );
}

export function PageFailed({ error }: { error: unknown }): ReactElement {
  return (
    <>
      <TopBar page="Something broke" />
      <div role="alert" className="grid flex-1 place-content-center justify-items-center gap-4 p-8 text-center text-soft">
        <p>This page could not be shown. {sentence(error)}</p>
        <Button icon="retry" onClick={() => location.reload()}>Load it again</Button>
      </div>
    </>
  );
}
