import { catalogueFor } from "./catalogue-for";
import { describeEnvironment, describeKwarg, describeOperator } from "./describe";
import type { ItemContext, ItemData } from "./items";
import { kwargsOf } from "./kwargs-of";
import type { Providers } from "./providers";

/** The documentation of a completion item, in Markdown; undefined where there is none. */
export function describeItem(data: ItemData, context: ItemContext, providers: Providers): string | undefined {
  const known = () => catalogueFor(context, providers);
  switch (data.kind) {
    case "kwarg": {
      const kwarg = kwargsOf(context, known()).find(({ parameter }) => parameter.name === data.name);
      return kwarg && describeKwarg(kwarg, known());
    }
    case "operator":
      return describeOperator(data.name, known());
    case "environment": {
      const environment = providers.project?.environments.find(({ name }) => name === data.name);
      return environment && describeEnvironment(environment);
    }
    case "build":
      return undefined;
  }
}
