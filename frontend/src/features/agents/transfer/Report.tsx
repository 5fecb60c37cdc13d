import type { ReactElement, ReactNode } from "react";
import type { ImportReport } from "@/api/types";
import { Icon, type IconName } from "@/ui/Icon";

/** What became, or would become, of each agent of a file, with the reasons. */
export function Report({ report }: { report: ImportReport }): ReactElement {
  const { created, replaced, skipped, failed, dry_run: isDry } = report;
  return (
    <div className="grid gap-4">
      {failed.length > 0 && (
        <Group title={`${agents(failed.length)} can't be imported`} icon="warning" look="text-danger">
          {failed.map(({ index, name, errors }) => (
            <Row key={index} name={name ?? `Agent ${index + 1}`}>
              {errors.map(({ field, message }) => <span key={`${field} ${message}`} className="block">{field && <code className="font-mono text-text">{field}</code>} {message}</span>)}
            </Row>
          ))}
        </Group>
      )}
      {failed.length === 0 && created.length > 0 && (
        <Group title={isDry ? `${agents(created.length)} will be created` : `${agents(created.length)} created`} icon="plus" look="text-green">
          {created.map(({ index, name, handle, renamed_from: wanted }) => (
            <Row key={index} name={name}>@{handle}{wanted && `, since ${wanted} is taken`}</Row>
          ))}
        </Group>
      )}
      {failed.length === 0 && replaced.length > 0 && (
        <Group title={isDry ? `${agents(replaced.length)} will be replaced` : `${agents(replaced.length)} replaced`} icon="edit" look="text-orange">
          {replaced.map(({ index, name, handle }) => <Row key={index} name={name}>@{handle}</Row>)}
        </Group>
      )}
      {skipped.length > 0 && (
        <Group title={isDry ? `${agents(skipped.length)} will be skipped` : `${agents(skipped.length)} skipped`} icon="check" look="text-soft">
          {skipped.map(({ index, name, detail }) => <Row key={index} name={name}>{detail}</Row>)}
        </Group>
      )}
    </div>
  );
}

function Group({ title, icon, look, children }: { title: string; icon: IconName; look: string; children: ReactNode }): ReactElement {
  return (
    <section aria-label={title}>
      <h3 className={`mb-1.5 flex items-center gap-2 text-sm font-semibold ${look}`}><Icon name={icon} />{title}</h3>
      <ul className="divide-y divide-line overflow-hidden rounded-xl border border-line bg-base">{children}</ul>
    </section>
  );
}

function Row({ name, children }: { name: string; children: ReactNode }): ReactElement {
  return (
    <li className="px-3.5 py-2 text-sm wrap-anywhere">
      <span className="font-medium">{name}</span> <span className="text-soft">{children}</span>
    </li>
  );
}

function agents(count: number): string {
  return count === 1 ? "1 agent" : `${count} agents`;
}
