/** Applications and their decisions: the list, or one of them. */
import { usePlace } from "../router.ts";
import { CaseList } from "./list.tsx";
import { DecisionPage } from "./one.tsx";
import "./decisions.css";

export default function Decisions() {
  const { path } = usePlace();
  return path[1] === undefined ? <CaseList /> : <DecisionPage key={path[1]} id={path[1]} />;
}
