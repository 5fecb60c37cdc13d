import { render } from "@testing-library/react";
import { beforeEach, expect, test, vi } from "vitest";
import { useUnsaved } from "@/ui/unsaved";
import { useToasts } from "@/ui/toast";
import { recoverFromUpdates } from "./staleChunks";

const reload = vi.fn<() => void>();
recoverFromUpdates(reload);
const fail = (): boolean => window.dispatchEvent(new Event("vite:preloadError", { cancelable: true }));

beforeEach(() => {
  sessionStorage.clear();
  reload.mockReset();
  vi.useRealTimers();
});

test("a part that is gone loads the page anew, but not again and again", () => {
  vi.useFakeTimers();
  fail();
  expect(reload).toHaveBeenCalledOnce();
  vi.advanceTimersByTime(5_000);
  fail();
  expect(reload).toHaveBeenCalledOnce();
  vi.advanceTimersByTime(120_000); // another update
  fail();
  expect(reload).toHaveBeenCalledTimes(2);
});

test("where nothing can be kept the page is left as it is", () => {
  const store = vi.spyOn(Storage.prototype, "setItem").mockImplementation(() => {
    throw new DOMException("full");
  });
  fail();
  store.mockRestore();
  expect(reload).not.toHaveBeenCalled();
});

test("unsaved work is not thrown away: the user is told instead", () => {
  const Form = (): null => {
    useUnsaved(true);
    return null;
  };
  const { unmount } = render(<Form />);
  fail();
  expect(reload).not.toHaveBeenCalled();
  expect(JSON.stringify(useToasts.getState())).toContain("was updated");
  unmount();
  fail();
  expect(reload).toHaveBeenCalledOnce();
});
