import type { ComponentProps, ReactElement } from "react";
import { Icon, type IconName } from "./Icon";

const KINDS = {
  primary:
    "bg-cyan text-on-accent font-semibold hover:brightness-110 disabled:bg-raised disabled:text-faint",
  plain: "border border-line bg-raised text-text hover:bg-hover hover:border-edge disabled:text-faint",
  ghost: "text-soft hover:bg-hover hover:text-text disabled:text-faint",
  danger: "border border-danger/50 text-danger hover:bg-danger/15 disabled:opacity-60",
} as const;

const SIZES = { normal: "h-9 px-3.5 text-sm", small: "h-7 px-2.5 text-xs" } as const;

interface Look {
  kind?: keyof typeof KINDS;
  icon?: IconName;
  size?: keyof typeof SIZES;
}

export function Button({
  kind = "plain",
  icon,
  size = "normal",
  className = "",
  children,
  ...rest
}: ComponentProps<"button"> & Look): ReactElement {
  return (
    <button type="button" {...rest} className={`${buttonLook(kind, size)} ${className}`}>
      {icon && <Icon name={icon} className={size === "small" ? "size-3.5" : "size-4"} />}
      {children}
    </button>
  );
}

export function buttonLook(kind: keyof typeof KINDS, size: keyof typeof SIZES = "normal"): string {
  return `inline-flex items-center justify-center gap-2 rounded-lg whitespace-nowrap transition-colors disabled:cursor-not-allowed ${SIZES[size]} ${KINDS[kind]}`;
}

/** A button that shows only a drawing; `label` names it for everyone else. */
export function IconButton({
  icon,
  label,
  size = "size-8",
  className = "",
  ...rest
}: ComponentProps<"button"> & { icon: IconName; label: string; size?: string }): ReactElement {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      {...rest}
      className={`${size} inline-grid shrink-0 place-items-center rounded-md text-soft transition-colors hover:bg-hover hover:text-text disabled:text-faint ${className}`}
    >
      <Icon name={icon} />
    </button>
  );
}
