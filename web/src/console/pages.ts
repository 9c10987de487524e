/** Every page there is: its address, its group, and the route without which it is not shown. */
import { lazy, type ComponentType } from "react";
import type { IconName } from "./ui/icon.tsx";
import type { PageName } from "./text.ts";

export interface PageEntry {
  name: PageName;
  group: "work" | "risk" | "run" | "finance" | "results" | "house";
  icon: IconName;
  /** Routes of the table of permissions: each has to be open to the caller. Empty: for anybody. */
  needs: string[];
  /** One of these is enough, beside the needs. */
  anyOf?: string[];
  /** Not in the navigation; reached by its address. */
  isHidden?: boolean;
  show: ComponentType;
}

export const PAGES: PageEntry[] = [
  {
    name: "desk",
    group: "work",
    icon: "grid",
    needs: ["GET /v1/reviews", "GET /v1/reviews/desk"],
    show: lazy(() => import("./desk/page.tsx")),
  },
  {
    name: "identity",
    group: "work",
    icon: "people",
    needs: ["GET /v1/reviews/verifications"],
    show: lazy(() => import("./identity/page.tsx")),
  },
  {
    name: "decisions",
    group: "work",
    icon: "list",
    needs: ["GET /v1/operations/applications", "GET /v1/decisions/{decision}"],
    show: lazy(() => import("./decisions/page.tsx")),
  },
  {
    name: "approvals",
    group: "work",
    icon: "second",
    needs: ["GET /v1/operations/proposals", "GET /v1/operations/proposals/{approval}"],
    show: lazy(() => import("./approvals/page.tsx")),
  },
  {
    name: "branch",
    group: "work",
    icon: "swap",
    needs: ["POST /v1/verification-resumptions", "POST /v1/verifications/{verification}/branch"],
    show: lazy(() => import("./branch/page.tsx")),
  },
  {
    name: "rules",
    group: "risk",
    icon: "table",
    needs: ["GET /v1/rules", "GET /v1/rule-files"],
    show: lazy(() => import("./rules/page.tsx")),
  },
  {
    name: "models",
    group: "risk",
    icon: "scales",
    needs: ["GET /v1/models"],
    show: lazy(() => import("./models/page.tsx")),
  },
  {
    name: "rings",
    group: "risk",
    icon: "link",
    needs: ["GET /v1/rings"],
    show: lazy(() => import("./rings/page.tsx")),
  },
  {
    name: "lists",
    group: "risk",
    icon: "list",
    needs: ["GET /v1/lists/entries"],
    show: lazy(() => import("./lists/page.tsx")),
  },
  {
    name: "products",
    group: "run",
    icon: "tag",
    needs: ["GET /v1/lender-desks", "GET /v1/operations/price-experiments"],
    show: lazy(() => import("./products/page.tsx")),
  },
  {
    name: "lenders",
    group: "run",
    icon: "bank",
    needs: ["GET /v1/lender-desks"],
    show: lazy(() => import("./lenders/page.tsx")),
  },
  {
    name: "ledger",
    group: "finance",
    icon: "wallet",
    needs: [],
    anyOf: ["GET /v1/ledger/accounts", "GET /v1/ledger/trial-balance"],
    show: lazy(() => import("./ledger/page.tsx")),
  },
  {
    name: "reconciliation",
    group: "finance",
    icon: "cycle",
    needs: ["GET /v1/operations/breaks"],
    show: lazy(() => import("./reconciliation/page.tsx")),
  },
  {
    name: "day-end",
    group: "finance",
    icon: "calendar",
    needs: ["GET /v1/operations/day-ends"],
    show: lazy(() => import("./day-end/page.tsx")),
  },
  {
    name: "settlements",
    group: "finance",
    icon: "wallet",
    needs: ["GET /v1/settlements/{day}"],
    show: lazy(() => import("./settlements/page.tsx")),
  },
  {
    name: "live",
    group: "results",
    icon: "chart",
    needs: ["GET /v1/insight/live"],
    show: lazy(() => import("./live/page.tsx")),
  },
  {
    name: "evidence",
    group: "results",
    icon: "shield",
    // Anybody signed in may ask for proofs; this page is for those who look at other people's.
    needs: ["GET /v1/evidence/leaves/{place}"],
    show: lazy(() => import("./evidence/page.tsx")),
  },
  {
    name: "law",
    group: "results",
    icon: "book",
    needs: ["GET /v1/policy/rules"],
    show: lazy(() => import("./law/page.tsx")),
  },
  {
    name: "house",
    group: "house",
    icon: "key",
    needs: ["GET /v1/permission-table"],
    show: lazy(() => import("./house/page.tsx")),
  },
  {
    name: "audit",
    group: "house",
    icon: "list",
    needs: ["GET /v1/operations/looks", "GET /v1/operations/changes"],
    show: lazy(() => import("./audit/page.tsx")),
  },
  {
    name: "style",
    group: "house",
    icon: "tag",
    needs: [],
    isHidden: true,
    show: lazy(() => import("./style/page.tsx")),
  },
];

export function openPages(can: (operation: string) => boolean): PageEntry[] {
  return PAGES.filter((one) => one.needs.every(can) && (one.anyOf?.some(can) ?? true));
}
