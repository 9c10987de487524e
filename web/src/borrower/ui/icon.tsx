/** Icons on a 24 grid, 1.75 stroke, round ends. Always beside a word, save back and close. */
const PATHS = {
  back: "M15 5l-7 7 7 7",
  close: "M6 6l12 12M18 6L6 18",
  globe: "M3 12h18M12 3a14 14 0 0 1 0 18M12 3a14 14 0 0 0 0 18M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18",
  type: "M3 18L8 6l5 12M4.7 14h6.6M15 18l3-7 3 7M16 15.5h4",
  home: "M4 11l8-7 8 7v9h-5v-6H9v6H4z",
  card: "M4 5h16v14H4zM4 10h16M7 15h3",
  user: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8M5 20a7 7 0 0 1 14 0",
  tag: "M4 4h8l8 8-8 8-8-8zM8.5 8.5h.01",
  calendar: "M4 6h16v14H4zM4 10h16M8 3v4M16 3v4",
  shield: "M12 3l7 3v5c0 5-3 8-7 10-4-2-7-5-7-10V6z",
  check: "M5 12.5l4.5 4.5L19 7.5",
  down: "M6 9l6 6 6-6",
  right: "M9 5l7 7-7 7",
  warn: "M12 4l9 16H3zM12 10v5M12 17.5h.01",
  clock: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M12 7v5l3 2",
  info: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M12 11v5M12 8h.01",
  doc: "M6 3h8l4 4v14H6zM14 3v4h4M9 12h6M9 16h6",
  people: "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7M3 20a6 6 0 0 1 12 0M16 4.5a3.5 3.5 0 0 1 0 6.5M18 14.5a6 6 0 0 1 3 5.5",
  bell: "M6 16V11a6 6 0 0 1 12 0v5l1.5 2h-15zM10 20.5a2 2 0 0 0 4 0",
  build: "M4 20h16M6 20V9l6-5 6 5v11M10 20v-6h4v6",
  book: "M4 5h7v15H4zM13 5h7v15h-7z",
  money: "M3 7h18v11H3zM3 11h3M18 14h3M12 15a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5",
  download: "M12 4v11M7 11l5 5 5-5M5 20h14",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 20 }: { name: IconName; size?: number }) {
  return (
    <svg class="icon" width={size} height={size} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
