import type { ReactElement } from "react";
import type { SavedParameter, TriggerWithSecret } from "@/api/types";
import { Copied, SecretDialog } from "../Secret";
import { exampleBody, exampleCall } from "./example";

interface Props {
  trigger: TriggerWithSecret;
  parameters: readonly SavedParameter[];
  onClose: () => void;
}

/** How another program calls a trigger, with its secret, which is shown this once. */
export function CallSecret({ trigger, parameters, onClose }: Props): ReactElement {
  const address = `${location.origin}${trigger.url ?? ""}`;
  return (
    <SecretDialog title="Calls from outside" secret={trigger.secret ?? ""} onClose={onClose}>
      <div>
        <p className="text-sm font-medium">Address</p>
        <Copied text={address} label="Copy the address" />
      </div>
      <div>
        <p className="text-sm font-medium">Try it in a shell</p>
        <Copied text={exampleCall(address, trigger.secret ?? "", exampleBody(trigger, parameters))} label="Copy the commands" isLong />
        <p className="text-sm text-soft">
          Calls are signed as <a href="https://www.standardwebhooks.com" target="_blank" rel="noreferrer" className="text-cyan underline">Standard Webhooks</a> has
          it: HMAC-SHA256 over id, time and body, with the secret as the key. A call with an id that has come before makes nothing new, and one more than five minutes old is refused.
        </p>
      </div>
    </SecretDialog>
  );
}
