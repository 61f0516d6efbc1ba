/**
 * An SDK type as it travels and after validation: dates are epoch seconds, what the model requires is there,
 * and nothing is explicitly undefined.
 */
export type Wire<T> = T extends Date
  ? number
  : T extends (infer Item)[]
    ? Wire<Item>[]
    : T extends object
      ? { [Key in keyof T as Key extends '$metadata' ? never : Key]: Wire<Exclude<T[Key], undefined>> }
      : T;
