import { lazy, Suspense, type ReactElement } from "react";
import { Dialog } from "@/ui/Dialog";
import type { Props as FormProps } from "./NewChannelForm";

const NewChannelForm = lazy(() => import("./NewChannelForm").then((module) => ({ default: module.NewChannelForm })));

export function NewChannel({ open, ...form }: FormProps & { open: boolean }): ReactElement {
  return (
    <Dialog title="New channel" description="A room for people and agents around one subject." open={open} onClose={form.onClose}>
      <Suspense fallback={null}><NewChannelForm {...form} /></Suspense>
    </Dialog>
  );
}
