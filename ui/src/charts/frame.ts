/** Where a time chart's plot lies and how times and values become px: pure, so that marks only draw. */
import { scaleLinear } from 'd3-scale';
import { decimalsFor, timeTicks, type Span } from './scale';

export interface Margin {
  top: number;
  right: number;
  bottom: number;
  left: number;
}

export interface FrameGiven {
  width: number;
  height: number;
  margin: Margin;
  domain: Span;
  yDomain: Span;
  yTicks: number;
  starts: readonly number[];
  stepMs: number;
}

export interface Frame {
  width: number;
  height: number;
  margin: Margin;
  yDomain: Span;
  x: (instant: number) => number;
  y: (value: number) => number;
  instantAt: (px: number) => number;
  /** Left edge of a window, and its middle, where lines have their points. */
  left: (index: number) => number;
  middle: (index: number) => number;
  barWidth: number;
  xTicks: number[];
  yTicks: number[];
  yDecimals: number;
}

export function layFrame(given: FrameGiven): Frame {
  const { margin } = given;
  const width = Math.max(40, given.width - margin.left - margin.right);
  const height = Math.max(20, given.height - margin.top - margin.bottom);
  const x = scaleLinear(given.domain, [0, width]);
  const y = scaleLinear(given.yDomain, [height, 0]);
  const yTicks = y.ticks(given.yTicks);
  const at = (index: number): number => given.starts[index] ?? given.domain[0];
  const stepPx = x(given.domain[0] + given.stepMs) - x(given.domain[0]);
  const air = Math.min(1, stepPx * 0.2);
  return {
    width,
    height,
    margin,
    yDomain: given.yDomain,
    x,
    y,
    instantAt: (px) => x.invert(px),
    left: (index) => x(at(index)) + air / 2,
    middle: (index) => x(at(index) + given.stepMs / 2),
    barWidth: Math.max(0.8, stepPx - air),
    xTicks: timeTicks(given.domain, width),
    yTicks,
    yDecimals: decimalsFor(yTicks),
  };
}
