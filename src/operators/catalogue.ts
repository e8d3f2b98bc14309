import * as z from "zod";

/** The format that this code reads; a catalogue of another format is read from its image again. */
export const catalogueFormat = 1;

const parameter = z.object({
  name: z.string(),
  /** The type as the source has it. */
  annotation: z.string().nullable(),
  /** The default as the source has it. */
  default: z.string().nullable(),
  required: z.boolean(),
  kind: z.enum(["keyword", "positional"]),
  doc: z.string().nullable(),
});
export type Parameter = z.infer<typeof parameter>;

const operatorClass = z.object({
  file: z.string().optional(),
  line: z.number().int().optional(),
  bases: z.array(z.string()),
  doc: z.string().nullish(),
  abstract: z.boolean().default(false),
  template_fields: z.array(z.string()).default([]),
  template_ext: z.array(z.string()).default([]),
  /** Own parameters only; those of the bases are added by `operatorKwargs`. */
  parameters: z.array(parameter),
  /** Whether the class passes on what it does not name (`**kwargs`), or has no `__init__` of its own. */
  kwargs: z.boolean(),
  /** What its own `super().__init__(x=…)` sets: passing it again raises. */
  sets: z.array(z.string()).default([]),
});
export type OperatorClass = z.infer<typeof operatorClass>;

/** The signatures of every operator in one image, as its own Python read them (runtime/, `runner/catalogue`). */
export const catalogue = z.object({
  format: z.literal(catalogueFormat),
  python: z.string(),
  airflow: z.string().nullable(),
  distributions: z.record(z.string(), z.string()),
  /** By qualified name. */
  classes: z.record(z.string(), operatorClass),
  /** Other names that a class can be imported by. */
  aliases: z.record(z.string(), z.string()).default({}),
});
export type Catalogue = z.infer<typeof catalogue>;

/** An image by what it is and by what it was called. */
export interface ImageKey {
  /** `sha256:…`: what is read of it never changes. */
  readonly id: string;
  readonly reference: string;
}

/** Where catalogues come from: the images themselves, and a cache before them. */
export interface CatalogueSource {
  /** @throws AirlockError where the image cannot be read; `cancelled`. */
  catalogue(image: ImageKey, signal: AbortSignal): Promise<Catalogue>;
}
