/** A dialog of the browser's own: it traps the focus, Esc closes it, the focus goes back. */
import { useEffect, useId, useRef, type ReactNode } from "react";
import { text } from "../text.ts";
import { Icon } from "./icon.tsx";

interface DialogProps {
  title: string;
  onClose(): void;
  className?: string;
  children: ReactNode;
}

export function Dialog({ title, onClose, className = "", children }: DialogProps) {
  const t = text();
  const id = useId();
  const own = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const dialog = own.current;
    dialog?.showModal();
    return () => dialog?.close();
  }, []);
  return (
    <dialog
      ref={own}
      className={`dialog ${className}`}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => {
        if (event.target === own.current) onClose();
      }}
    >
      <header>
        <h2 id={id}>{title}</h2>
        <button type="button" className="plain" aria-label={t.close} onClick={onClose}>
          <Icon name="close" />
        </button>
      </header>
      {children}
    </dialog>
  );
}
