import type { Failure } from "../base/failure";

/** What happens to one image while it is built; `name` is the caller's (`parent`, an environment's name). */
export type BuildEvent = {
  readonly event: "build";
  readonly name: string;
} /** It is built; `because` of what, where an image of it is there. */ & (
  | { readonly state: "started"; readonly reference: string; readonly because?: readonly string[] }
  /**
   * It need not be built: the engine has it (`id`), or its registry (`digest`). `behind`: but for code that changed in
   * what it stands on, which it has as it was.
   */
  | {
      readonly state: "up-to-date";
      readonly reference: string;
      readonly id?: string;
      readonly digest?: string;
      readonly behind?: readonly string[];
    }
  /** A line of the builder or of a step's command; `step` where the line begins one. */
  | { readonly state: "output"; readonly line: string; readonly step?: BuildStepNumber }
  | { readonly state: "succeeded"; readonly reference: string; readonly id: string; readonly ms: number }
  | { readonly state: "failed"; readonly reference: string; readonly ms: number; readonly error: Failure }
  /** Not built because `because`, on which it stands, was not. */
  | { readonly state: "skipped"; readonly because: string }
);

export interface BuildStepNumber {
  readonly number: number;
  readonly total: number;
}

/** What happens to one image while it is pushed. */
export type PushEvent = { readonly event: "push"; readonly reference: string } & (
  | { readonly state: "started"; readonly registry: string }
  /** A layer's progress; `total` where the engine knows it. */
  | {
      readonly state: "layer";
      readonly layer: string;
      readonly status: string;
      readonly current?: number;
      readonly total?: number;
    }
  | { readonly state: "succeeded"; readonly digest: string; readonly size: number; readonly ms: number }
  /** The registry has it already, made from the same. */
  | { readonly state: "up-to-date"; readonly digest: string }
  /** The registry has it by one more tag. */
  | { readonly state: "tagged"; readonly tag: string }
  | { readonly state: "warning"; readonly message: string }
  | { readonly state: "failed"; readonly ms: number; readonly error: Failure }
);
