import type { Debian } from "./debootstrap";

/** An image made of a Debian's root file system. */
export interface BaseRecipe {
  readonly tag: string;
  readonly debian: Debian;
}

/** An image built from a Dockerfile of `images/` upon another of the bed's. */
export interface BuildRecipe {
  readonly tag: string;
  readonly base: string;
  readonly dockerfile: string;
  /** Files of `images/` that the build reads; the first is its PINS. */
  readonly files: readonly string[];
  /** Whether the build needs the host's CA bundle. */
  readonly certificates?: boolean;
}

export type Recipe = BaseRecipe | BuildRecipe;

const common = ["python3", "python3-venv", "python3-pip", "bash", "ca-certificates", "procps", "dumb-init"];
const bookworm = "airlock-test/base:bookworm";
const bullseye = "airlock-test/base:bullseye";

/** The images that the tests use. */
export const testImages = {
  /** Airflow 3 on Python 3.11, Debian bookworm. */
  airflow3: "airlock-test/airflow:3",
  /** Airflow 2 on Python 3.9, Debian bullseye. */
  airflow2: "airlock-test/airflow:2",
  /** Laid out as python:2.7-slim: an environment copies /usr/local/bin/python2.7 and /usr/local/lib. */
  python27: "airlock-test/python2.7",
  /** The two of Airflow, with pytest (and mypy and ruff on 3). */
  pytest3: "airlock-test/pytest:3",
  pytest2: "airlock-test/pytest:2",
} as const;

/** The images of `images`; each stands behind what it is built upon. */
export const recipes: readonly Recipe[] = [
  { tag: bookworm, debian: { suite: "bookworm", include: common } },
  { tag: bullseye, debian: { suite: "bullseye", include: [...common, "python2.7"] } },
  ...airflow("3", bookworm),
  ...airflow("2", bullseye),
  { tag: testImages.python27, base: bullseye, dockerfile: "python2.7.Dockerfile", files: [] },
];

/** The images of `images-oldest`, upon those: the oldest Airflow of each generation that Airlock supports. */
export const oldestRecipes: readonly Recipe[] = [...airflow("3.0", bookworm), ...airflow("2.9", bullseye)];

/** `airlock-test/airflow:<version>`, and upon it `airlock-test/pytest:<version>`, from the pins of that version. */
function airflow(version: string, base: string): readonly BuildRecipe[] {
  const tag = `airlock-test/airflow:${version}`;
  return [
    {
      tag,
      base,
      dockerfile: "airflow.Dockerfile",
      files: [`airflow-${version}.txt`, "entrypoint.sh"],
      certificates: true,
    },
    {
      tag: `airlock-test/pytest:${version}`,
      base: tag,
      dockerfile: "pytest.Dockerfile",
      files: [`pytest-${version}.txt`],
    },
  ];
}
