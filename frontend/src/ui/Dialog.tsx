import { lazy, Suspense, type ReactElement } from "react";
import type { ModalProps } from "./Modal";

const Modal = lazy(() => import("./Modal").then((module) => ({ default: module.Modal })));

/** A modal dialog; what it is made of is loaded when the first one opens. */
export function Dialog(props: ModalProps): ReactElement | null {
  if (!props.open) return null;
  return (
    <Suspense fallback={null}>
      <Modal {...props} />
    </Suspense>
  );
}
