const FONT_SIZE = 13;
/** The mean width of a character, in pixels: enough to place labels by. */
export const CHARACTER_WIDTH = 6.6;

/** Colours by class, for a light and for a dark page. Hues that people who confuse red and green can tell apart. */
const STYLE = `
    text { font: ${FONT_SIZE}px system-ui, sans-serif; fill: #24292f; }
    .title { font-size: 16px; font-weight: 600; }
    .faint { fill: #57606a; }
    .card { fill: #ffffff; stroke: #d0d7de; }
    .grid { stroke: #d8dee4; stroke-width: 1; }
    .mark { stroke: #57606a; stroke-width: 1.5; stroke-dasharray: 4 3; }
    .line { fill: none; stroke-width: 2.5; stroke-linejoin: round; }
    .s0 { --c: #0550ae; } .s1 { --c: #bc4c00; } .s2 { --c: #1a7f37; } .s3 { --c: #6e7781; } .s4 { --c: #8250df; }
    .line, .dot { stroke: var(--c); } .dot, .bar, .label { fill: var(--c); }
    @media (prefers-color-scheme: dark) {
      text { fill: #e6edf3; }
      .faint { fill: #9198a1; }
      .card { fill: #0d1117; stroke: #3d444d; }
      .grid { stroke: #262c36; }
      .mark { stroke: #9198a1; }
      .s0 { --c: #58a6ff; } .s1 { --c: #f0883e; } .s2 { --c: #3fb950; } .s3 { --c: #9198a1; } .s4 { --c: #bc8cff; }
      .label { fill: var(--c); }
    }`;

/** A whole drawing on a background of its own, so that it can be read on any page. */
export function svgDocument(width: number, height: number, title: string, body: readonly string[]): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escapeXml(title)}">
  <style>${STYLE}
  </style>
  <rect class="card" x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="6"/>
${body.map((element) => `  ${element}`).join("\n")}
</svg>
`;
}

export interface TextOptions {
  readonly className?: string;
  readonly anchor?: "start" | "middle" | "end";
}

export function svgText(x: number, y: number, text: string, options: TextOptions = {}): string {
  const { className = "", anchor = "start" } = options;
  const classes = className === "" ? "" : ` class="${className}"`;
  return `<text${classes} x="${round(x)}" y="${round(y)}" text-anchor="${anchor}">${escapeXml(text)}</text>`;
}

export function svgLine(className: string, x1: number, y1: number, x2: number, y2: number): string {
  return `<line class="${className}" x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}"/>`;
}

/** A coordinate as short as it can be drawn. */
export function round(value: number): string {
  return Number(value.toFixed(1)).toString();
}

function escapeXml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
