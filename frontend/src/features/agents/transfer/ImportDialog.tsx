import { useEffect, useId, useState, type DragEvent, type ReactElement } from "react";
import { sentence } from "@/api/problem";
import type { ImportReport } from "@/api/types";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { Icon } from "@/ui/Icon";
import { importFile, tryImport, type OnConflict } from "./bundle";
import { Report } from "./Report";

interface Props {
  /** A file that was dropped already. */
  dropped: File | null;
  onClose: () => void;
}

/** Imports agents from a file, after it has told what that will do. */
export function ImportDialog({ dropped, onClose }: Props): ReactElement {
  return (
    <Dialog title="Import agents" description="From a file that RezNet AI has exported, here or elsewhere." open wide onClose={onClose}>
      <Import dropped={dropped} onClose={onClose} />
    </Dialog>
  );
}

function Import({ dropped, onClose }: Props): ReactElement {
  const [file, setFile] = useState(dropped);
  const [onConflict, setOnConflict] = useState<OnConflict>("skip");
  const [hasConflicts, setHasConflicts] = useState(false);
  const [report, setReport] = useState<ImportReport | null>(null);
  const [refusal, setRefusal] = useState<string | null>(null);
  const [isBusy, setIsBusy] = useState(false);
  useEffect(() => {
    if (file === null) return;
    let isCurrent = true;
    tryImport(file, onConflict).then(
      (found) => {
        if (!isCurrent) return;
        setReport(found);
        if (found.skipped.some(({ reason }) => reason === "name_taken")) setHasConflicts(true);
      },
      (error: unknown) => isCurrent && setRefusal(sentence(error)),
    );
    return () => {
      isCurrent = false;
    };
  }, [file, onConflict]);
  const choose = (next: File | undefined): void => {
    if (next === undefined) return;
    setReport(null);
    setRefusal(null);
    setHasConflicts(false);
    setOnConflict("skip");
    setFile(next);
  };
  const decide = (next: OnConflict): void => {
    setReport(null);
    setOnConflict(next);
  };
  const run = async (): Promise<void> => {
    if (file === null) return;
    setIsBusy(true);
    setRefusal(null);
    try {
      setReport(await importFile(file, onConflict));
    } catch (error) {
      setRefusal(sentence(error));
    }
    setIsBusy(false);
  };
  const isDone = report !== null && !report.dry_run && report.failed.length === 0;
  const changes = report ? report.created.length + report.replaced.length : 0;
  return (
    <div className="grid gap-5">
      {!isDone && <Picker file={file} onFile={choose} />}
      {hasConflicts && !isDone && <Conflicts value={onConflict} onChange={decide} />}
      <div role="status">{report && <Report report={report} />}</div>
      {refusal && <p role="alert" className="text-sm text-danger wrap-anywhere">{refusal}</p>}
      {report && report.failed.length > 0 && (
        <p className="text-sm text-soft">Nothing {report.dry_run ? "will be" : "was"} imported: a file is taken whole or not at all. Mend it and choose it again.</p>
      )}
      <div className="flex justify-end gap-2">
        {isDone ? (
          <Button kind="primary" onClick={onClose}>Done</Button>
        ) : (
          <>
            <Button kind="ghost" onClick={onClose}>Cancel</Button>
            <Button kind="primary" disabled={isBusy || changes === 0 || (report?.failed.length ?? 0) > 0} onClick={() => void run()}>
              {isBusy ? "Importing…" : "Import"}
            </Button>
          </>
        )}
      </div>
    </div>
  );
}

function Picker({ file, onFile }: { file: File | null; onFile: (file: File | undefined) => void }): ReactElement {
  const id = useId();
  const [isOver, setIsOver] = useState(false);
  const drop = (event: DragEvent): void => {
    event.preventDefault();
    event.stopPropagation();
    setIsOver(false);
    onFile(event.dataTransfer.files[0]);
  };
  return (
    <label
      htmlFor={id}
      onDragOver={(event) => {
        event.preventDefault();
        setIsOver(true);
      }}
      onDragLeave={() => setIsOver(false)}
      onDrop={drop}
      className={`grid justify-items-center gap-1 rounded-2xl border border-dashed p-6 text-center transition-colors hover:border-cyan has-focus-visible:outline-2 has-focus-visible:outline-cyan ${isOver ? "border-cyan bg-hover" : "border-edge"}`}
    >
      <Icon name="upload" className="size-6 text-cyan" />
      <span className="font-medium wrap-anywhere">{file ? file.name : "Choose a file"}</span>
      <span className="text-sm text-faint">{file ? "Choose another one, or drop it here" : "or drop it here"}</span>
      <input
        id={id}
        type="file"
        accept=".json,application/json"
        className="sr-only"
        onChange={(event) => {
          onFile(event.target.files?.[0]);
          event.target.value = ""; // the same file, mended, can be chosen again
        }}
      />
    </label>
  );
}

const CHOICES: readonly (readonly [OnConflict, string, string])[] = [
  ["skip", "Leave mine", "The agent of the file is skipped."],
  ["rename", "Keep both", "The agent of the file gets a number."],
  ["replace", "Replace mine", "It takes on the persona and settings of the file; its messages stay."],
];

function Conflicts({ value, onChange }: { value: OnConflict; onChange: (value: OnConflict) => void }): ReactElement {
  return (
    <fieldset className="grid gap-2">
      <legend className="mb-2 text-sm font-medium">Some names are taken by agents with other contents</legend>
      {CHOICES.map(([option, label, meaning]) => (
        <label key={option} className="flex items-baseline gap-2.5 text-sm">
          <input type="radio" name="on-conflict" checked={value === option} onChange={() => onChange(option)} className="accent-cyan" />
          <span>{label}. <span className="text-soft">{meaning}</span></span>
        </label>
      ))}
    </fieldset>
  );
}
