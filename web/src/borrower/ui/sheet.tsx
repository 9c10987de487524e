/** A sheet over the page: the native dialog traps focus, closes on Esc and gives the focus back. */
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { t } from "../text/index.ts";
import { useId } from "../use.ts";
import { Icon } from "./icon.tsx";

interface SheetProps {
  title: string;
  full?: boolean;
  onClose(): void;
  footer?: ComponentChildren;
  children: ComponentChildren;
}

export function Sheet({ title, full, onClose, footer, children }: SheetProps) {
  const ref = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const dialog = ref.current;
    if (dialog && !dialog.open) dialog.showModal();
    document.documentElement.classList.add("has-sheet");
    return () => {
      dialog?.close();
      document.documentElement.classList.remove("has-sheet");
    };
  }, []);
  return (
    <dialog
      ref={ref}
      class={full ? "sheet full" : "sheet"}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
    >
      <div class="sheet-head">
        <h2 id={id}>{title}</h2>
        <button type="button" class="icon-button" aria-label={t.close} onClick={onClose}>
          <Icon name="close" size={24} />
        </button>
      </div>
      <div class="sheet-body">{children}</div>
      {footer && <div class="foot">{footer}</div>}
    </dialog>
  );
}
