import type { RowContext, Scale } from "./row.js";
import type { StoreSpec } from "./store-spec.js";

/** A figure at a size. */
export interface CurvePoint {
  readonly x: number;
  readonly y: number;
}

export interface CurveSeries {
  readonly name: string;
  readonly points: readonly CurvePoint[];
}

/** How a figure grows; as it stands in the JSON of a run. */
export interface Curve {
  readonly id: string;
  readonly title: string;
  /** What the curve has to show. */
  readonly promise: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly unit: string;
  /** Whether the sizes are those of messages or sessions, of which a run that is not full takes a part. */
  readonly xIsScaled: boolean;
  readonly series: readonly CurveSeries[];
}

/** A curve that can be measured. */
export interface CurvePlan extends Omit<Curve, "series"> {
  needs(scale: Scale): readonly StoreSpec[];
  measure(context: RowContext): Promise<readonly CurveSeries[]>;
}
