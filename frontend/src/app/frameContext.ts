import { createContext } from "react";

/** Opens the menu on narrow screens. */
export const FrameContext = createContext<() => void>(() => undefined);
