/** One arch a step, built from the left as real events arrive. Nothing loops and nothing waits. */
const SPAN = 79;
const LEFT = 38;
const WIDTH = 390;
const DECK = 10;
const BASE = 116;
const PIER = 4;

export function Bridge({ spans, built }: { spans: number; built: number }) {
  const end = built >= spans ? WIDTH : LEFT + built * SPAN - (built > 0 ? 0 : LEFT / 2);
  return (
    <svg class="bridge" viewBox={`0 0 ${WIDTH} ${BASE}`} preserveAspectRatio="xMidYMax slice" aria-hidden="true">
      <rect class="bank" x="0" y={DECK} width={LEFT} height={BASE} />
      <rect class="bank" x={LEFT + spans * SPAN} y={DECK} width={WIDTH} height={BASE} />
      {[80, 93, 105].map((y) => (
        <path key={y} class="water" d={`M0 ${y}H${WIDTH}`} />
      ))}
      {Array.from({ length: spans }, (_, n) => {
        const x = LEFT + n * SPAN;
        const arch = `M${x + PIER} ${BASE}V${DECK + 46}a${SPAN / 2 - PIER} ${SPAN / 2 - PIER} 0 0 1 ${SPAN - 2 * PIER} 0V${BASE}`;
        return n < built ? (
          <g key={n} class="arch built">
            <path d={`M${x} ${DECK}H${x + SPAN}V${BASE}H${x}Z${arch}Z`} fill-rule="evenodd" />
          </g>
        ) : (
          <path key={n} class="arch open" d={arch} />
        );
      })}
      <path class="deck-open" d={`M${end} ${DECK}H${WIDTH}`} />
      <rect class="deck-built" x="0" y={DECK - 3} width={end} height="6" />
      {built < spans && <circle class="deck-end" cx={end} cy={DECK} r="8" />}
    </svg>
  );
}
