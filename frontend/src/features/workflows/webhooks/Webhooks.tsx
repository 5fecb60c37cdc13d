import { useQuery } from "@tanstack/react-query";
import { useState, type ReactElement } from "react";
import { sentence } from "@/api/problem";
import type { Webhook, WebhookWithSecret } from "@/api/types";
import { Button } from "@/ui/Button";
import { Confirm } from "../Confirm";
import { SecretDialog } from "../Secret";
import { removeWebhook, rotateWebhook, webhooksQuery } from "./queries";
import { WebhookDialog } from "./WebhookDialog";
import { WebhookItem, type Asking } from "./WebhookItem";
import "../workflows.css";
import "../list/list.css";
import "../triggers/triggers.css";

type Open = { what: Asking; webhook: Webhook } | { what: "secret"; webhook: WebhookWithSecret } | null;

interface Props {
  /** Whether one is to be made. */
  isNew: boolean;
  onNew: (isNew: boolean) => void;
}

/** The addresses that are told how workflows end. */
export function Webhooks({ isNew, onNew }: Props): ReactElement {
  const { data, error, isLoading, refetch } = useQuery(webhooksQuery);
  const [open, setOpen] = useState<Open>(null);
  return (
    <div className="mx-auto grid max-w-4xl content-start gap-4 p-4 sm:p-6">
      {error && (
        <div role="alert" className="grid justify-items-start gap-3">
          <p className="text-danger">{sentence(error)}</p>
          <Button icon="retry" onClick={() => void refetch()}>Try again</Button>
        </div>
      )}
      {isLoading && <div role="status" aria-label="Loading the webhooks" className="wf-bone" />}
      {data?.length === 0 && (
        <div className="mx-auto grid max-w-lg justify-items-center gap-4 py-10 text-center text-soft">
          <p>A webhook tells another program, such as your chat, your issue tracker or a script of yours, that a workflow has ended, and what came of it. It is called at an address that you give.</p>
          <Button kind="primary" icon="plus" onClick={() => onNew(true)}>New webhook</Button>
        </div>
      )}
      <ul aria-label="Webhooks" className="grid gap-2.5">
        {data?.map((webhook) => <WebhookItem key={webhook.id} webhook={webhook} onAsk={(what) => setOpen({ what, webhook })} />)}
      </ul>
      {isNew && (
        <WebhookDialog
          webhook={null}
          onClose={() => onNew(false)}
          onMade={(webhook) => {
            onNew(false);
            setOpen({ what: "secret", webhook });
          }}
        />
      )}
      <Opened open={open} onShow={setOpen} />
    </div>
  );
}

function Opened({ open, onShow }: { open: Open; onShow: (open: Open) => void }): ReactElement | null {
  const close = (): void => onShow(null);
  switch (open?.what) {
    case undefined: return null;
    case "edit": return <WebhookDialog webhook={open.webhook} onClose={close} onMade={close} />;
    case "delete":
      return (
        <Confirm title="Delete this webhook?" description="It is told nothing any more, what still waits for it included." yes="Delete" icon="trash" onClose={close}
          act={() => removeWebhook(open.webhook.id)} />
      );
    case "rotate":
      return (
        <Confirm title="Make a new secret?" description="Whatever is sent from then on is signed with it. You see it once." yes="Make a new one" icon="retry" onClose={close} isClosing={false}
          act={async () => onShow({ what: "secret", webhook: await rotateWebhook(open.webhook.id) })} />
      );
    case "secret":
      return (
        <SecretDialog title="Secret of the webhook" secret={open.webhook.secret} onClose={close}>
          <p className="text-sm text-soft">
            Each call is signed with it, so that its receiver can tell that it comes from here. As <a href="https://www.standardwebhooks.com" target="_blank" rel="noreferrer" className="text-cyan underline">Standard
            Webhooks</a> has it: the header <code className="font-mono text-text">webhook-signature</code> is <code className="font-mono text-text">v1,</code> and the HMAC-SHA256 over <code className="font-mono text-text">webhook-id</code>,{" "}
            <code className="font-mono text-text">webhook-timestamp</code> and the body with dots between, in Base64. Libraries for it exist in most languages.
          </p>
        </SecretDialog>
      );
  }
}
