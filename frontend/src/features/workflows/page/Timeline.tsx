import type { ReactElement } from "react";
import { useAgents } from "@/api/hooks";
import type { Workflow } from "@/api/types";
import { colorOf } from "@/ui/color";
import { Icon } from "@/ui/Icon";
import { useNow } from "../useNow";
import { isOver, span, taskLook, took } from "../words";
import { ticksOf, timelineOf, type Bar } from "./lanes";

const ROW_REM = 2.25;

interface Props {
  workflow: Workflow;
  chosen: string | undefined;
  onChoose: (key: string) => void;
}

/** Who worked when: a lane for each agent, on which its tasks lie from beginning to end. */
export function Timeline({ workflow, chosen, onChoose }: Props): ReactElement {
  const now = useNow(!isOver(workflow));
  const { lanes, length, waiting } = timelineOf(workflow.tasks, now);
  const colors = new Map(useAgents().map((agent) => [agent.handle, colorOf(agent)]));
  if (lanes.length === 0) return <p className="p-8 text-center text-soft">No task has begun yet.</p>;
  return (
    <div className="grid content-start gap-4 p-4 sm:p-6">
      <div className="wf-timeline">
        <div aria-hidden="true" className="wf-axis">
          {ticksOf(length).map((at) => <span key={at} style={{ left: percent(at / length) }}>{span(at)}</span>)}
        </div>
        {lanes.map(({ agent, rows, bars }) => (
          <section key={agent} aria-label={`@${agent}`} className="contents">
            <p className="wf-lane-name">@{agent}</p>
            <ul className="wf-lane" style={{ height: `${rows * ROW_REM}rem` }}>
              {bars.map((bar) => (
                <li key={bar.task.id} style={{ left: `min(${percent(bar.left)}, calc(100% - 1.75rem))`, width: percent(bar.width), top: `${bar.row * ROW_REM}rem` }}>
                  <BarButton bar={bar} now={now} color={colors.get(agent)} isChosen={bar.task.key === chosen} onChoose={onChoose} />
                </li>
              ))}
            </ul>
          </section>
        ))}
      </div>
      {waiting.length > 0 && (
        <section aria-label="Not begun" className="grid gap-2">
          <h3 className="text-xs font-semibold text-faint">Not begun</h3>
          <ul className="flex flex-wrap gap-1.5">
            {waiting.map(({ id, key, title }) => <li key={id}><button type="button" className="wf-chip" aria-pressed={key === chosen} onClick={() => onChoose(key)}>{title}</button></li>)}
          </ul>
        </section>
      )}
    </div>
  );
}

interface BarProps {
  bar: Bar;
  now: number;
  color: string | undefined;
  isChosen: boolean;
  onChoose: (key: string) => void;
}

function BarButton({ bar: { task }, now, color, isChosen, onChoose }: BarProps): ReactElement {
  const { word, icon, tone, isLive } = taskLook(task);
  const elapsed = span(took(task.started_at, task.finished_at, now) ?? 0);
  return (
    <button
      type="button"
      aria-pressed={isChosen}
      aria-label={`${task.title}: ${word}, ${elapsed}`}
      title={`${task.title}: ${word}, ${elapsed}`}
      data-tone={tone}
      data-live={isLive || undefined}
      className="wf-time-bar"
      style={color === undefined ? undefined : { ["--agent" as string]: color }}
      onClick={() => onChoose(task.key)}
    >
      <Icon name={icon} className="size-3.5" />
      <span>{task.title}</span>
    </button>
  );
}

const percent = (share: number): string => `${(share * 100).toFixed(3)}%`;
