/** Pictures of charts and tables, drawn by the browser: nothing leaves the page. */
import { plainName } from './labels';
import { written, type DataTable } from './table';

export interface Heading {
  title: string;
  /** What the picture is of: the version, the window, the reference. */
  about: string;
}

const SCALE = 2;
const PAD = 20;
const HEAD = 52;
const STYLES = [
  'fill',
  'fill-opacity',
  'stroke',
  'stroke-width',
  'stroke-dasharray',
  'stroke-linejoin',
  'opacity',
  'paint-order',
  'font-family',
  'font-size',
  'font-weight',
  'display',
] as const;

/** The SVGs inside an element, placed as on the page, under a heading. */
export async function pictureOf(root: HTMLElement, heading: Heading): Promise<Blob> {
  const box = root.getBoundingClientRect();
  const canvas = blank(box.width + 2 * PAD, box.height + HEAD + 2 * PAD, heading);
  const context = contextOf(canvas);
  for (const svg of root.querySelectorAll<SVGSVGElement>('svg.focusable')) {
    const at = svg.getBoundingClientRect();
    const image = await imageOf(svg);
    context.drawImage(image, PAD + at.left - box.left, PAD + HEAD + at.top - box.top, at.width, at.height);
  }
  context.translate(PAD - box.left, PAD + HEAD - box.top);
  for (const key of root.querySelectorAll<HTMLElement>('.sub-head, .chart-key')) drawKey(context, key);
  return blobOf(canvas);
}

/** A table of text as a picture; long ones say how many rows were left out. */
export async function pictureOfTable(table: DataTable, heading: Heading, most = 200): Promise<Blob> {
  const rows = [table.columns, ...table.rows.slice(0, most)].map((row) => row.map((cell) => plainName(written(cell), 80)));
  const left = table.rows.length - most;
  if (left > 0) rows.push([`and ${left} more rows`]);
  const measure = contextOf(document.createElement('canvas'));
  measure.font = font(12);
  const widths = table.columns.map((_, column) => Math.max(...rows.map((row) => measure.measureText(row[column] ?? '').width)) + 24);
  const width = widths.reduce((sum, one) => sum + one, 0);
  const canvas = blank(width + 2 * PAD, rows.length * 24 + HEAD + 2 * PAD, heading);
  const context = contextOf(canvas);
  rows.forEach((row, line) => {
    let x = PAD;
    context.font = font(12, line === 0 ? 600 : 400);
    row.forEach((cell, column) => {
      context.fillText(cell, x, PAD + HEAD + line * 24 + 12);
      x += widths[column] ?? 0;
    });
  });
  return blobOf(canvas);
}

export function save(name: string, content: Blob): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

function blank(width: number, height: number, heading: Heading): HTMLCanvasElement {
  const canvas = document.createElement('canvas');
  const least = widestHeading(heading) + 2 * PAD;
  canvas.width = Math.ceil(Math.max(width, least) * SCALE);
  canvas.height = Math.ceil(height * SCALE);
  const context = contextOf(canvas);
  const page = getComputedStyle(document.documentElement);
  context.scale(SCALE, SCALE);
  context.fillStyle = page.getPropertyValue('--surface');
  context.fillRect(0, 0, Math.max(width, least), height);
  context.fillStyle = page.getPropertyValue('--text');
  context.textBaseline = 'middle';
  context.font = font(15, 620);
  context.fillText(heading.title, PAD, PAD + 8);
  context.font = font(11);
  context.fillText(heading.about, PAD, PAD + 30);
  return canvas;
}

function widestHeading(heading: Heading): number {
  const context = contextOf(document.createElement('canvas'));
  context.font = font(15, 620);
  const title = context.measureText(heading.title).width;
  context.font = font(11);
  return Math.max(title, context.measureText(heading.about).width);
}

/** The words and swatches of a legend, where they stand on the page. */
function drawKey(context: CanvasRenderingContext2D, key: HTMLElement): void {
  context.font = font(12);
  context.fillStyle = getComputedStyle(key).color;
  const texts = document.createTreeWalker(key, NodeFilter.SHOW_TEXT);
  for (let text = texts.nextNode(); text; text = texts.nextNode()) {
    const range = document.createRange();
    range.selectNodeContents(text);
    const box = range.getBoundingClientRect();
    context.fillText(text.textContent ?? '', box.left, box.top + box.height / 2);
  }
  for (const swatch of key.querySelectorAll<HTMLElement>('.swatch')) {
    const box = swatch.getBoundingClientRect();
    const style = getComputedStyle(swatch);
    context.fillStyle = swatch.classList.contains('reference') ? style.borderTopColor : style.backgroundColor;
    context.fillRect(box.left, box.top, box.width, Math.max(box.height, 2));
  }
}

/** An image knows no style sheet of the page, so what the sheet decided is written on every mark. */
function imageOf(svg: SVGSVGElement): Promise<HTMLImageElement> {
  const copy = svg.cloneNode(true) as SVGSVGElement;
  const from = [svg, ...svg.querySelectorAll<SVGElement>('*')];
  const to = [copy, ...copy.querySelectorAll<SVGElement>('*')];
  from.forEach((element, index) => {
    const style = getComputedStyle(element);
    for (const key of STYLES) to[index]?.setAttribute(key, style.getPropertyValue(key));
    to[index]?.removeAttribute('style');
  });
  copy.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  return new Promise((resolve, reject) => {
    const image = new Image();
    image.onload = () => resolve(image);
    image.onerror = () => reject(new Error('The chart could not be drawn as a picture.'));
    image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(new XMLSerializer().serializeToString(copy))}`;
  });
}

function contextOf(canvas: HTMLCanvasElement): CanvasRenderingContext2D {
  const context = canvas.getContext('2d');
  if (!context) throw new Error('This browser draws no pictures.');
  return context;
}

const font = (size: number, weight = 400): string => `${weight} ${size}px 'Inter Variable', system-ui, sans-serif`;

function blobOf(canvas: HTMLCanvasElement): Promise<Blob> {
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('The picture is too large.'))), 'image/png'),
  );
}
