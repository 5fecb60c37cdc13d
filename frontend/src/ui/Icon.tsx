import type { ReactElement } from "react";

const PATHS = {
  hash: "M5 9h14M5 15h14M10 4 8 20M16 4l-2 16",
  plus: "M12 5v14M5 12h14",
  search: "M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14ZM20 20l-4-4",
  settings: "M4 7h10M18 7h2M4 17h2M10 17h10M16 4.8v4.4M8 14.8v4.4",
  close: "M6 6l12 12M18 6 6 18",
  menu: "M4 6h16M4 12h16M4 18h16",
  send: "M5 12 4 4l17 8-17 8 1-8Zm0 0h7",
  stop: "M7 7h10v10H7z",
  retry: "M4 12a8 8 0 1 1 2.5 5.8M4 12V7M4 12h5",
  copy: "M9 9h10v11H9zM5 15V4h10",
  check: "M5 12.5 10 17l9-10",
  edit: "M4 20h4L19 9l-4-4L4 16v4Z",
  trash: "M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13",
  link: "M10 14a4 4 0 0 0 6 .4l3-3a4 4 0 0 0-5.7-5.7L12 7M14 10a4 4 0 0 0-6-.4l-3 3A4 4 0 0 0 10.7 18L12 17",
  thread: "M4 5h16v11H11l-4 4v-4H4zM8 9h8M8 12.5h5",
  down: "M12 5v14M6 13l6 6 6-6",
  agents: "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7ZM3 20c.4-4 2.7-6 6-6s5.600 2 6 6M16 4.500a3.500 3.500 0 0 1 0 6.500M17.500 14.300c2 .7 3.200 2.600 3.500 5.700",
  warning: "M12 4 2.500 20h19L12 4ZM12 10v5M12 17.500v.5",
  archive: "M4 5h16v4H4zM6 9v11h12V9M10 13h4",
  back: "M19 12H5M11 6l-6 6 6 6",
  more: "M5 12h.01M12 12h.01M19 12h.01",
  keyboard: "M3 6h18v12H3zM7 10h.01M11 10h.01M15 10h.01M8 14h8",
  plug: "M9 3v5M15 3v5M6 8h12v3a6 6 0 0 1-12 0zM12 17v4",
  smile: "M12 20.500a8.500 8.500 0 1 0 0-17 8.500 8.500 0 0 0 0 17ZM8.500 14c.8 1.400 2 2.100 3.500 2.100s2.700-.7 3.500-2.100M9 9.500h.01M15 9.500h.01",
  unread: "M12 5H5v14h14v-7M18.500 8a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5Z",
  spark: "M12 3v6M12 15v6M3 12h6M15 12h6",
  clip: "M20 11.500 12 19.500a5 5 0 0 1-7-7l8.500-8.500a3.300 3.300 0 0 1 4.700 4.700L9.700 17.200a1.700 1.700 0 0 1-2.400-2.400l7.700-7.700",
  file: "M6 3h8l5 5v13H6zM14 3v5h5",
  image: "M4 5h16v14H4zM4 16l5-5 4 4 3-2.500 4 3.500M15.500 9h.01",
  upload: "M12 16V4M6 9.500 12 4l6 5.500M4 16v4h16v-4",
  workflow: "M4 4h6v5H4zM14 15h6v5h-6zM14 4h6v5h-6zM10 6.500h4M7 9v8.500h7",
  play: "M7 5v14l12-7z",
  pause: "M8 5v14M16 5v14",
  skip: "M6 6v12l9-6zM18 6v12",
  up: "M12 19V5M6 11l6-6 6 6",
  clock: "M12 20.500a8.500 8.500 0 1 0 0-17 8.500 8.500 0 0 0 0 17ZM12 7.500V12l3 2",
  download: "M12 4v12M6 10.500l6 5.500 6-5.500M4 16v4h16v-4",
} as const;

export type IconName = keyof typeof PATHS;

/** A line drawing without a name of its own; what holds it is named. */
export function Icon({ name, className = "size-4" }: { name: IconName; className?: string }): ReactElement {
  return (
    <svg
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth={name === "more" ? 3 : 1.8}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      className={`${className} shrink-0`}
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
