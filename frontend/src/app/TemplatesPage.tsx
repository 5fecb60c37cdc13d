import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { useQuery } from "@tanstack/react-query";
import type { ReactElement } from "react";
import { templatesQuery } from "@/api/queries";
import { outcome } from "@/features/agents/templates/instantiate";
import { Team } from "@/features/agents/templates/Team";
import { Templates } from "@/features/agents/templates/Templates";
import { buttonLook } from "@/ui/Button";
import { Icon } from "@/ui/Icon";
import { notify } from "@/ui/toast";
import { TopBar } from "./TopBar";

export function TemplatesPage(): ReactElement {
  return (
    <>
      <TopBar page="Start from a template" note="Teams that are ready to work">
        <Link to="/agents" className={buttonLook("ghost")}><Icon name="back" />Agents</Link>
      </TopBar>
      <Templates />
    </>
  );
}

export function TemplatePage(): ReactElement {
  const { templateId } = useParams({ from: "/agents/templates/$templateId" });
  const navigate = useNavigate();
  const name = useQuery(templatesQuery).data?.find(({ id }) => id === templateId)?.name;
  return (
    <>
      <TopBar page={name ? `${name} team` : "Template"} note="Template">
        <Link to="/agents/templates" className={buttonLook("ghost")}><Icon name="back" />All teams</Link>
      </TopBar>
      <div className="min-h-0 flex-1 overflow-y-auto">
        <Team
          key={templateId}
          templateId={templateId}
          onCancel={() => void navigate({ to: "/agents/templates" })}
          onMade={(made) => {
            notify(outcome(made));
            void navigate({ to: "/agents" });
          }}
        />
      </div>
    </>
  );
}
